import { writeFileSync } from "fs";
import { resolve } from "path";
import {
  amqpBuses,
  brokerReleases,
  libraries,
  misfit,
  patternLimit,
  type Combination,
  type Driver,
} from "./combinations";

/** Where the table is published. */
export const publishedCombinations = resolve(__dirname, "../../docs/buses/combinations.md");

const drivers: readonly Driver[] = ["rabbit", "amqp", "kafka", "zmq"];
const patterns = ["call", "cast", "fanout", "notify"] as const;
const kinds = ["classic", "quorum"] as const;
const fanouts = ["classic", "quorum", "stream"] as const;

/** The page on what goes together, in Markdown. */
export function renderCombinations(): string {
  const withDrivers = libraries.map(({ version, use, drivers: has }) => [
    version,
    use,
    ...drivers.map((driver) => (has.includes(driver) ? "yes" : "–")),
  ]);
  const brokers = brokerReleases.map(({ version, from }) => [
    version,
    from ?? "an image that the scenario names (`image`)",
  ]);
  const limits: string[] = [];
  const carried = drivers.map((driver) => [
    driver,
    ...patterns.map((pattern) => {
      const limit = patternLimit(driver, pattern);
      if (limit === undefined) return "yes";
      return `${limit.does ?? "–"} (${numbered(`${limit.reason}: use ${limit.instead}`, limits)})`;
    }),
  ]);
  const reasons: string[] = [];
  const queues = libraries.flatMap(({ version: library }) =>
    kinds.flatMap((topics) =>
      kinds.flatMap((replies) =>
        fanouts.map((fanout) => [
          library,
          topics,
          replies,
          fanout,
          ...brokerReleases.map(({ version }) =>
            verdict({ library, broker: version, topics, replies, fanout, named: true }, reasons),
          ),
        ]),
      ),
    ),
  );
  return [
    "<!-- Written by `node -r ts-node/register components/bus/combinationsPage.ts` from components/bus/combinations.ts. -->",
    "",
    "# What goes together",
    "",
    "A scenario with a combination that does not work is refused before anything is made, with the reason and the nearest one that does.",
    "",
    "## Drivers",
    "",
    ...table(["oslo.messaging", "used by", ...drivers], withDrivers),
    "",
    "## Patterns",
    "",
    ...table(["driver", ...patterns], carried),
    "",
    ...notes(limits),
    "## AMQP 1.0",
    "",
    "What the driver `amqp` works with, by its option `addressing_mode`, and the `kind` of bus that a scenario asks for it by.",
    "",
    ...table(
      ["bus", "kind", "addressing_mode"],
      amqpBuses.map(({ name, kind, addressing, reason }) => [
        name,
        kind ?? "–",
        addressing ?? `none: ${reason}`,
      ]),
    ),
    "",
    "## RabbitMQ",
    "",
    ...table(["version", "from"], brokers),
    "",
    "## Kinds of queues on RabbitMQ",
    "",
    "`queues`, `transient` and `fanout` are the scenario's settings. The queue manager (`use_queue_manager`) is not offered: it counts anew for each process group, so that two agent processes of a site would take each other's replies.",
    "",
    ...table(
      [
        "oslo.messaging",
        "queues",
        "transient",
        "fanout",
        ...brokerReleases.map(({ version }) => `RabbitMQ ${version}`),
      ],
      queues,
    ),
    "",
    ...notes(reasons),
  ].join("\n");
}

/** What the table says of a combination: that it works, or the number of the reason why not, new ones being added. */
function verdict(choice: Combination, reasons: string[]): string {
  const wrong = misfit(choice);
  if (wrong === undefined) return "works";
  return `no (${numbered(`${wrong.reason}: use ${wrong.instead}`, reasons)})`;
}

/** The number of a reason, which is added if it is new. */
function numbered(reason: string, reasons: string[]): number {
  if (!reasons.includes(reason)) reasons.push(reason);
  return reasons.indexOf(reason) + 1;
}

function notes(reasons: readonly string[]): string[] {
  return ["Why not:", "", ...reasons.map((reason, index) => `${index + 1}. ${reason}.`), ""];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

if (require.main === module) writeFileSync(publishedCombinations, renderCombinations());

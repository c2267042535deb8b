import { deepEqual, equal, match, ok } from "assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { parse } from "csv-parse/sync";
import { stringify } from "yaml";
import { buswide, projectRoot } from "../command/shim";
import { assertKeepsSecrets } from "./keptSecrets";

/** Of a campaign's table. */
type Row = Readonly<Record<string, string>>;

/** What happens to what, as a table has it. */
type Broken = readonly [fault: string, of: string];

/** A campaign of one link between two sites, and what is broken in it. */
export interface BreaksInTurn {
  /** As a campaign's file has them, without a time. */
  readonly faults: object;
  /** What they come to, in the order of the points. */
  readonly broken: readonly Broken[];
  /** Default: a RabbitMQ at the core. */
  readonly bus?: object;
  /** With their clients at the edge, where each fault is. Default: calls. */
  readonly workloads?: readonly Workload[];
}

interface Workload {
  readonly name: string;
  /** Long enough for agents to be back at their bus well before its end, such as 60s. */
  readonly duration: string;
  readonly [setting: string]: unknown;
}

const rabbitmq = { kind: "rabbitmq", topology: "single", site: "core" };
const calls: Workload = {
  ...{ name: "call", kind: "rpc", clients: { edge: 2 }, servers: { core: 1 } },
  ...{ rate: "20/s", duration: "32s", warmup: "1s", timeout: "5s" },
};
const faultAtSeconds = 4;

/** The suite of a campaign's faults: each lasts two seconds or more, and is to be over long before its window. */
export function breaksInTurn(
  name: string,
  { faults, broken, bus = rabbitmq, workloads = [calls] }: BreaksInTurn,
): void {
  const campaign = {
    question: "What do users see of a bus of which a part dies, or is cut off?",
    scenario: {
      sites: { core: {}, edge: {} },
      links: [{ between: ["core", "edge"], delay: "10ms" }],
      ...{ bus, workloads },
    },
    faults: { at: `${faultAtSeconds}s`, ...faults },
    repetitions: 1,
  };
  const shortest = Math.min(...workloads.map(({ duration }) => Number.parseFloat(duration)));
  const executions = join(projectRoot, "runs", "campaigns", name);
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    writeFileSync(join(folder, `${name}.yaml`), stringify(campaign));
  });
  after(async () => {
    await buswide(["destroy", `c-${name}`, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(executions, { recursive: true, force: true });
    rmSync(join(projectRoot, "runs", `c-${name}`), { recursive: true, force: true });
  });

  const said: Record<string, string> = {};
  let rows: Row[] = [];
  it("measures each fault by itself, and the bus serves again after each", async () => {
    // With its containers: what they say is looked through, too.
    const { code, stdout, stderr } = await buswide([
      "campaign",
      "run",
      "--keep",
      join(folder, `${name}.yaml`),
    ]);
    said.campaign = stdout + stderr;
    equal(code, 0, stderr);
    rows = parse(readFileSync(join(executions, "1", "table.csv")), { columns: true });
    deepEqual(
      rows.map(({ fault, fault_of: of, workload, status }) => [fault, of, workload, status]).sort(),
      broken.flatMap((one) => workloads.map((workload) => [...one, workload.name, "complete"])).sort(),
    );
    for (const { workload, fault, fault_at_s: at, interrupted_s: down, full_service_s: full } of rows) {
      equal(at, String(faultAtSeconds));
      // Dead for two seconds and more for its start, or cut for three; of the first a part may have been served.
      ok(
        Number(down) >= 2 && Number(down) < shortest - faultAtSeconds,
        `${workload}, ${fault}: nothing was served for ${down} s`,
      );
      ok(full !== "" && Number(full) >= 2, `${workload}, ${fault}: full service after ${full} s`);
    }
    for (const row of rows) {
      // The clients are at the edge, and their broker and their link are what is broken.
      equal(row.at_fault_sites, "edge");
      equal(row.at_fault_interrupted_s, row.interrupted_s);
      equal(row.elsewhere_sites ?? "", "");
      const { deaf_servers, unserved_clients, bus_healed, bus_remade } = row;
      deepEqual([deaf_servers, unserved_clients, bus_healed, bus_remade ?? ""], ["0", "0", "true", ""]);
      if (tellsOfQueues.includes(row.bus_kind ?? ""))
        ok(/^\d+$/.test(row.orphan_queues ?? ""), `the broker's queues were not read: ${row.orphan_queues}`);
      else equal(row.orphan_queues ?? "", "");
    }
    for (const { workload, pattern, duplicated, received, sent, expected, lost } of rows)
      if (pattern === "call") {
        // Nothing is executed twice, and what was executed is at most what was asked for.
        equal(duplicated, "0");
        ok(Number(received) <= Number(sent));
      } else {
        // Every delivery that there should have been either was or is told to be lost; what came twice is told, too.
        ok(Number(received) > 0, `${workload}: nothing was delivered`);
        equal(Number(expected), Number(received) + Number(lost), workload);
        match(duplicated ?? "", /^\d+$/);
      }
  });

  it("ends in a scorecard of the bus, in the page and in Markdown", async () => {
    const page = join(folder, "page.md");
    const { code, stderr } = await buswide(["report", join(executions, "1"), "--markdown", page]);
    equal(code, 0, stderr);
    const markdown = readFileSync(page, "utf8");
    const [{ bus_kind: kind, bus_topology: topology } = {}] = rows;
    const named = [kind, topology].filter(Boolean).join(" ");
    const [, score, faultsOfScore, lostSeconds] =
      new RegExp(`^\\| ${named} +\\| ([\\d.]+) +\\| 1 +\\| (\\d+) +\\| ([\\d.]+) +\\|`, "m").exec(markdown) ??
      [];
    equal(faultsOfScore, String(broken.length));
    const mean = (figureOf: (row: Row) => number) =>
      rows.reduce((sum, row) => sum + figureOf(row), 0) / rows.length;
    const share = 100 * mean(cameThrough);
    ok(Math.abs(Number(score) - share) < 0.06, `${score} % in the page, ${share} % by the table`);
    const lost = mean((row) => ((1 - cameThrough(row)) * operationsOf(row)) / Number(row.offered_per_s));
    ok(
      Math.abs(Number(lostSeconds) - lost) <= lost / 100,
      `${lostSeconds} s in the page, ${lost} s by the table`,
    );
    for (const { name: workload } of workloads)
      broken.forEach(([what, of], index) => {
        match(markdown, new RegExp(`^\\| ${named} +\\| ${what} ${of} +\\| ${workload} +\\| 1 `, "m"));
        const picture = join(folder, "page-pictures", `${workload}-fault-${index + 1}.svg`);
        const [site] = /^[a-z]+/.exec(of) ?? [];
        match(readFileSync(picture, "utf8"), new RegExp(`<svg[^]*>${site}[^<]*: ${what}<`));
      });
    const reported = await buswide(["report", join(executions, "1")]);
    said.report = reported.stdout + reported.stderr;
    equal(reported.code, 0, reported.stderr);
    const html = readFileSync(join(executions, "1", "report.html"), "utf8");
    for (const [what, of] of broken) match(html, new RegExp(`<section id="scorecard">[^]*${what} ${of}`));
  });

  it("keeps its secrets: what broke, too, has put none into a log, a journal or a page", () => {
    const folders = [executions, folder, join(projectRoot, "runs", `c-${name}`)];
    assertKeepsSecrets({ stack: `c-${name}`, said, folders });
  });
}

/** Kinds of bus whose brokers tell of their queues. */
const tellsOfQueues = ["rabbitmq", "artemis"];

function operationsOf(row: Row): number {
  return Number(row.succeeded) + Number(row.errors);
}

/** Share of what was asked for that came through: calls that were answered, else the deliveries that there should have been. */
function cameThrough(row: Row): number {
  const operations = operationsOf(row);
  if (row.pattern === "call") return Number(row.succeeded) / operations;
  const copies = Number(row.full_service_per_s) / Number(row.offered_per_s);
  return Math.min(1, Number(row.received) / (operations * copies));
}

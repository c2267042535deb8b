import { deepEqual, equal } from "assert/strict";
import { tableFromIPC, Type } from "apache-arrow";
import { parse } from "csv-parse/sync";
import type { Journal } from "../../campaigns/journal";
import { describeWorkload, tableOf } from "../../campaigns/table/rows";
import { renderArrow, renderCsv } from "../../campaigns/table/write";
import { progressOf, secondsLeft } from "../../campaigns/timeLeft";
import { record, someResults } from "../runner/results";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function journal(cells: Journal["cells"]): Journal {
  return {
    schemaVersion: 1,
    name: "t",
    number: 1,
    stack: "c-t",
    definitionSha256: "",
    definition: { question: "Why?", scenario: {}, set: {}, labels: {}, repetitions: 2, seed: 1 },
    scenario: {},
    startedAt: at(0),
    points: [
      { "links[0].delay": "25ms", bus: { kind: 'rabbit,"mq"' } },
      { "links[0].delay": "1s", bus: { kind: "β" } },
    ],
    cells,
  };
}
const cell = (index: number, status: Journal["cells"][number]["status"], changes: object = {}) => ({
  index,
  point: index % 2,
  repetition: 1 + Math.floor(index / 2),
  status,
  attempts: [
    { startedAt: at(100 * index), finishedAt: at(100 * index + (index === 0 ? 90 : 20)), run: `r${index}` },
  ],
  ...changes,
});

describe("a campaign's table", () => {
  const results = someResults({
    workloads: [
      record("call", {
        services: [
          ["core/rabbitmq", 2],
          ["core/gateway", 3],
          ["edge/gateway", 4],
        ].map(([service, cpuSeconds]) => ({
          service: String(service),
          cpuSeconds: Number(cpuSeconds),
          cpuPercentMean: 1,
          memoryBytesMax: 5,
          networkReceivedBytes: 6,
          networkSentBytes: 7,
        })),
      }),
      record("cast", { latencyMs: undefined, errors: { MessagingTimeout: 2, Other: 3 } }),
    ],
  });
  const table = tableOf(
    journal([
      cell(0, "complete"),
      cell(1, "failed", { attempts: [{ startedAt: at(1), finishedAt: at(2), failure: "no run" }] }),
      cell(2, "running"),
      cell(3, "waiting"),
    ]),
    (run) => (run === "r0" ? results : undefined),
  );

  it("has a row a workload of what was measured, one for what failed, none for what is to come", () =>
    deepEqual(
      table.rows.map(({ point, workload, status, failure }) => [point, workload, status, failure]),
      [
        [1, "call", "complete", undefined],
        [1, "cast", "complete", undefined],
        [2, undefined, "failed", "no run"],
      ],
    ));

  it("has every parameter in every row, in the unit its column names", () =>
    deepEqual(
      table.rows.map((row) => [row["links[0].delay_ms"], row["bus.kind"]]),
      [
        [25, 'rabbit,"mq"'],
        [25, 'rabbit,"mq"'],
        [1000, "β"],
      ],
    ));

  it("counts brokers and gateways each by themselves, and errors of all kinds together", () => {
    const [call, cast] = table.rows;
    deepEqual([call?.brokers_cpu_s, call?.gateways_cpu_s, call?.gateways_sent_bytes], [2, 7, 14]);
    deepEqual([cast?.errors, cast?.brokers_cpu_s, cast?.latency_p50_ms], [5, undefined, undefined]);
  });

  it("comes back from CSV as it was, with nothing where there is no figure", () => {
    const rows: Record<string, string>[] = parse(renderCsv(table), { columns: true });
    deepEqual(Object.keys(rows[0] ?? {}), table.columns);
    for (const [index, row] of table.rows.entries())
      for (const name of table.columns) equal(rows[index]?.[name], String(row[name] ?? ""), name);
  });

  it("comes back from Arrow as it was, numbers as numbers and nothing as null", () => {
    const read = tableFromIPC(renderArrow(table));
    equal(read.numRows, 3);
    for (const [index, row] of table.rows.entries())
      for (const name of table.columns) equal(read.getChild(name)?.get(index), row[name] ?? null, name);
    equal(read.schema.fields.find(({ name }) => name === "latency_p50_ms")?.typeId, Type.Float);
  });
});

describe("a workload in a campaign's table", () => {
  it("has what it cost the WAN, the busiest direction by itself, and how local it stayed", () => {
    const usage = { link: "a--b", packets: 5, droppedPackets: 2 };
    const links = [
      { ...usage, from: "a", to: "b", bytes: 100, bitsPerSecondMax: 900 },
      { ...usage, from: "b", to: "a", bytes: 700, bitsPerSecondMax: 500 },
    ];
    const wan = { seconds: 2, bytes: 800, bytesPerDelivery: 8, links };
    const locality = { counted: 100, local: 25, percent: 25 };
    const row = describeWorkload(record("call", { wan, locality }), someResults());
    deepEqual(Object.fromEntries(Object.entries(row).filter(([name]) => /^(wan|local)/.test(name))), {
      local_percent: 25,
      wan_bytes: 800,
      wan_bytes_per_delivery: 8,
      wan_busiest_link_bytes: 700,
      wan_peak_bit_per_s: 900,
      wan_dropped_packets: 4,
    });
  });

  it("says whether something was broken on purpose, also where there is no figure of the fault", () => {
    const at = { atSeconds: 1, untilSeconds: 2 };
    const cut = { what: "cut" as const, link: "core--edge", ...at };
    const kill = { what: "kill" as const, service: "core/rabbitmq", ...at };
    const told = (timeline: (typeof cut | typeof kill)[] | undefined) => {
      const row = describeWorkload(record("call", timeline ? { timeline } : {}), someResults());
      return [row.broken_on_purpose, row.fault];
    };
    deepEqual([undefined, [], [cut], [cut, kill]].map(told), [
      ...[undefined, []].map(() => [false, undefined]),
      ...[[cut], [cut, kill]].map(() => [true, undefined]),
    ]);
  });

  describe("on three brokers", () => {
    const names = ["a", "b", "c"];
    const bus = {
      ...someResults().bus,
      brokers: names.map((site) => ({ name: `${site}-rabbitmq`, site })),
    };
    const broker = (site: string, totals: object = { publishedTotal: 10, deliveredTotal: 20 }) => ({
      ...{ broker: `${site}-rabbitmq`, connectionsMax: 4 },
      ...totals,
    });
    const service = (site: string) => ({
      ...{ service: `${site}/rabbitmq`, cpuSeconds: 2, cpuPercentMean: 1, memoryBytesMax: 5 },
      ...{ networkReceivedBytes: 6, networkSentBytes: 7 },
    });
    const row = (brokers: ReturnType<typeof broker>[], services = names.map(service)) =>
      describeWorkload(record("call", { brokers, services }), { bus });
    const totals = ({ broker_published, broker_delivered }: ReturnType<typeof row>) => [
      broker_published,
      broker_delivered,
    ];

    it("has what all of them did together", () => {
      const whole = row(names.map((site) => broker(site)));
      deepEqual([...totals(whole), whole.brokers_cpu_s], [30, 60, 6]);
    });

    it("has no total where one of them could not be read, or not at the window's edges", () => {
      deepEqual(totals(row(["a", "b"].map((site) => broker(site)))), [undefined, undefined]);
      deepEqual(totals(row([broker("a"), broker("b"), broker("c", {})])), [undefined, undefined]);
      const known = row([broker("a"), broker("b"), broker("c", { publishedTotal: 1 })]);
      deepEqual([...totals(known), known.broker_connections_max], [21, undefined, 4]);
    });

    it("has no total of what their containers took where one of those could not be read", () => {
      const whole = row(
        names.map((site) => broker(site)),
        ["a", "c"].map(service),
      );
      deepEqual([whole.brokers_cpu_s, whole.brokers_memory_max_bytes], [undefined, undefined]);
      deepEqual(whole.services_cpu_s, 4);
    });
  });

  it("has no figure of the WAN where there is none", () =>
    equal(describeWorkload(record("call"), someResults()).wan_bytes, undefined));
});

describe("the time left of a campaign", () => {
  it("is not known before the first measurement", () =>
    equal(
      secondsLeft(journal([cell(0, "running", { attempts: [{ startedAt: at(0) }] }), cell(1, "waiting")])),
      undefined,
    ));

  it("goes by the measurements after the first, which also built the stack", () => {
    const cells = [cell(0, "complete"), cell(1, "failed"), cell(2, "waiting"), cell(3, "waiting")];
    deepEqual(progressOf({ cells }), { done: 2, failed: 1, total: 4 });
    equal(secondsLeft({ cells }), 40);
  });

  it("is nothing at the end", () => equal(secondsLeft({ cells: [cell(0, "complete")] }), 0));
});

import { deepEqual, equal, match } from "assert/strict";
import { renderResults } from "../../workloads/results/table";
import { rallyRecord, rallyScenario, serversRecord, shakerPair, shakerRecord } from "../runner/toolResults";
import { someResults } from "../runner/results";

const shown = (change: object, width = 120) =>
  renderResults({ ...someResults(), workloads: [], ...change }, { color: false, width });
const cells = (text: string, begin: RegExp) =>
  text
    .split("\n")
    .filter((line) => begin.test(line))
    .map((line) => line.trim().split(/ {2,}/));

describe("the table of a run with other tools", () => {
  it("has a line a pair of what Shaker measured beside what was asked for, directions apart where they differ", () => {
    const back = { ...shakerPair().back, tcp: { bitsPerSecond: 38e6, lineBitsPerSecond: 39.7e6 } };
    const text = shown({ shaker: [shakerRecord({ pairs: [shakerPair({ back })] })] });
    deepEqual(cells(text, /^plane/), [
      ["plane", "core → edge", "20", "20.3", "100M", "→ 99.4M", "→ 95.1M", "50M", "0", "0", "0.04"],
    ]);
    match(text, /← 39.7M +← 38M/);
  });

  it("marks and explains what came out otherwise than asked", () => {
    const difference = {
      what: "tcp there",
      asked: 100e6,
      measured: 8.1e6,
      unit: "bit/s" as const,
      why: "a stream slows down at each loss",
    };
    const text = shown({ shaker: [shakerRecord({ pairs: [shakerPair({ differences: [difference] })] })] });
    match(text, /99\.4M \*/);
    match(text, /^\* core to edge, tcp there: asked for 100Mbit\/s, got 8\.1Mbit\/s: a stream slows down/m);
  });

  it("says which tests have no figure, and why", () => {
    const pair = shakerPair({ failures: ["tcp back: iperf3: the server is busy"] });
    match(
      shown({ shaker: [shakerRecord({ pairs: [pair] })] }),
      /core to edge: no figure of tcp back: iperf3: the server is busy\./,
    );
  });

  it("has Rally's scenarios with their actions, and whether criteria held", () => {
    const text = shown({ rally: [rallyRecord()] });
    deepEqual(cells(text, /boot|nova/).slice(0, 3), [
      [
        "boot",
        "NovaServers.boot_and_delete_server",
        "20×2",
        "0",
        "100",
        "4.1",
        "4.8",
        "5.6",
        "5.9",
        "6.2",
        "held",
      ],
      ["nova.boot_server", "0", "100", "4.1", "3.3", "5.6", "5.9", "6.2"],
      ["nova.delete_server", "0", "100", "4.1", "1.4", "5.6", "5.9", "6.2"],
    ]);
  });

  it("says which of Rally's criteria do not hold, and what iterations failed with", () => {
    const scenario = rallyScenario({
      failures: 2,
      successPercent: 90,
      errors: { GetResourceErrorStatus: 2 },
      sla: [{ criterion: "failure_rate", passed: false, detail: "10.00% of iterations failed" }],
    });
    const text = shown({ rally: [rallyRecord({ status: "failed", scenarios: [scenario] })] });
    match(text, /boot ! .* 90 .* broken/);
    match(text, /failure_rate does not hold: 10.00% of iterations failed/);
    match(text, /failed with GetResourceErrorStatus \(2\)\./);
  });

  it("has servers and tokens before, during and after a fault, and how soon all was well", () => {
    const text = shown({ servers: [serversRecord()] }, 140);
    deepEqual(cells(text, /^boots +all|^ +(before|kill core|after).*\d/), [
      ["boots", "all", "24", "2", "22", "0", "0", "4.8", "6.2", "120", "10", "0.41", "0.9"],
      ["before", "6", "0", "6", "0", "0", "4.8", "6.2", "30", "0", "0.41", "0.9"],
      ["kill core/mariadb", "2", "2", "0", "0", "0", "–", "–", "10", "10", "–", "–"],
      ["after", "16", "0", "16", "0", "0", "4.8", "6.2", "80", "0", "0.41", "0.9"],
    ]);
    deepEqual(cells(text, /^kill/), [
      ["kill", "core/mariadb", "boots", "30", "40", "10", "11.2", "0", "10.1", "17"],
    ]);
    match(text, /boots: servers refused: 503 \(2\)\./);
    match(text, /boots: tokens refused: 500 \(10\)\./);
  });

  it("says what was never well again, and names what became of servers that were lost", () => {
    const record = serversRecord();
    const [fault] = record.faults;
    const { bootsBackSeconds: _, ...never } = fault ?? {};
    const text = shown(
      {
        servers: [
          {
            ...record,
            boots: { ...record.boots, active: 18, stuck: { BUILD: 2 }, gone: 1, unknown: 1 },
            errors: { "No valid host was found.": 3 },
            unaccepted: { ACTIVE: 1 },
            faults: [never],
            novaServices: { services: 22, down: ["nova-compute/a"], silent: ["nova-compute/a"] },
            left: 2,
          },
        ],
      },
      140,
    );
    deepEqual(cells(text, /boots +all/)[0]?.slice(2, 7), ["24", "2", "18", "0", "4"]);
    match(text, /kill +core\/mariadb +boots +30 +40 +never +11\.2/);
    for (const sentence of [
      "accepted, and neither ACTIVE nor ERROR 8 s after the window: BUILD (2), gone (1), unknown (1).",
      "servers in ERROR: No valid host was found. (3).",
      "servers that are there although their request was refused: ACTIVE (1).",
      "services of Nova that are down in the end: nova-compute/a.",
      "services of Nova not heard of since the last fault: nova-compute/a.",
      "2 servers could not be deleted.",
    ])
      equal(text.includes(`boots: ${sentence}`), true, sentence);
  });

  it("fits 80 columns", () => {
    const all = { shaker: [shakerRecord()], rally: [rallyRecord()], servers: [serversRecord()] };
    const text = shown(all, 80);
    const wide = text.split("\n").filter((line) => line.length > 80);
    deepEqual(wide, []);
    equal(/NovaServers/.test(text), true);
  });
});

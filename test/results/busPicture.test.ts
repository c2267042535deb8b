import { DOMParser } from "@xmldom/xmldom";
import assert from "assert";
import { drawBus } from "../../workloads/results/busPicture";
import { episodesOf } from "../../workloads/results/episodes";

const run = {
  stack: "demo",
  run: 3,
  bus: { kind: "rabbitmq", brokers: [{ name: "core-rabbitmq", site: "core" }] },
};

const text = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

const carried = (time: number, bytes: number) => {
  return { kind: "carried", workload: "call", from: "core", to: "edge", time, seconds: 1, bytes };
};
const usage = (time: number, service: string, cpuSeconds: number) => {
  return { kind: "usage", workload: "call", service, time, cpuSeconds, memoryBytes: 64 * 2 ** 20 };
};
const broker = (time: number, messagesReady: number) => {
  const counts = { connections: 4, channels: 5, queues: 2, messagesUnacknowledged: 1, messagesReady };
  return { kind: "broker", workload: "call", broker: "core-rabbitmq", time, ...counts };
};

interface Drawn {
  texts: (string | null)[];
  lines: string[];
  /** Bars of what was done on purpose. */
  bars: { row: string | undefined; from: number; until: number }[];
}

function read(svg: string): Drawn {
  const document = new DOMParser().parseFromString(svg, "image/svg+xml");
  return {
    texts: Array.from(document.getElementsByTagName("text"), (element) => element.textContent),
    lines: Array.from(document.getElementsByTagName("path"))
      .filter((path) => (path.getAttribute("aria-roledescription") ?? "").includes("line mark"))
      .map((path) => path.getAttribute("aria-label") ?? ""),
    bars: Array.from(document.getElementsByTagName("path"))
      .filter((path) => path.getAttribute("aria-roledescription") === "bar")
      .map((path) => path.getAttribute("aria-label") ?? "")
      .map((label) => {
        const values = new Map(label.split("; ").map((part) => part.split(": ", 2) as [string, string]));
        const row = /row: (.*?)(; |$)/.exec(label)?.[1];
        return { row, from: Number(values.get("from")), until: Number(values.get("until")) };
      }),
  };
}

describe("the picture of what links and brokers did", () => {
  const series = text([
    carried(101, 125_000),
    carried(102, 250_000),
    usage(101, "core/rabbitmq", 1),
    usage(102, "core/rabbitmq", 1.5),
    usage(101, "core/agents", 9),
    usage(102, "core/agents", 10),
    broker(101, 0),
    broker(105, 7),
    { kind: "workload", workload: "call", second: 0, time: 101, succeeded: 1 },
  ]);

  it("has a line for each direction, each broker's CPU and memory, and what each broker held", async () => {
    const { texts, lines } = read(await drawBus(run, series));
    assert.equal(lines.length, 8, lines.join("\n"));
    for (const label of [
      "core → edge",
      "core-rabbitmq",
      "core-rabbitmq ready",
      "core-rabbitmq channels",
      "link, Mbit/s",
      "broker memory, MiB",
    ])
      assert.ok(texts.includes(label), texts.join(", "));
    assert.ok(!texts.some((one) => one?.includes("agents")), "what agents use is not the bus's");
  });

  it("draws what there is of a series whose last line was cut off", async () => {
    const { lines } = read(
      await drawBus(run, `${text([carried(101, 1), carried(102, 2)])}{"kind":"carried","wo`),
    );
    assert.equal(lines.length, 1);
  });

  const impairment = { delayMs: 25, jitterMs: 0, lossPercent: 0 };
  const change = (what: string, time: number, from: string, to: string) => {
    const link = [from, to].sort().join("--");
    return { kind: "link", workload: "call", link, from, to, what, askedTime: time, time, impairment };
  };
  /** A change of both directions, which the two gateways make almost at once. */
  const both = (what: string, time: number, from: string, to: string) => [
    change(what, time, from, to),
    change(what, time + 0.02, to, from),
  ];
  const service = (what: string, begunTime: number, time: number) => {
    return { kind: "service", workload: "call", service: "core/rabbitmq", what, begunTime, time };
  };
  const changes = [
    ...both("cut", 101.25, "core", "edge"),
    ...both("restored", 101.75, "core", "edge"),
    ...Array.from({ length: 20 }, (_, step) => both("ramp", 102 + step / 20, "core", "far")).flat(),
    service("kill", 102, 102.1),
    ...both("restored", 103, "core", "far"),
    service("restored", 103.5, 104),
    change("change", 104, "edge", "far"),
  ];

  it("has a bar for each thing that was done to links and services, named and at its time", async () => {
    const { texts, bars } = read(await drawBus(run, series + text(changes)));
    const named = ["core--edge: cut", "core--far: ramp", "core/rabbitmq: kill", "edge → far: change"];
    for (const name of named) assert.ok(texts.includes(name), texts.join(", "));
    assert.deepEqual(
      bars.map(({ from, until, row }) => [row, from, until]),
      [
        ["core--edge: cut", 0.25, 0.77],
        ["core--far: ramp", 1, 2.02],
        ["core/rabbitmq: kill", 1, 3],
        // Nobody ended it: it was so until the last reading.
        ["edge → far: change", 3, 4],
      ],
    );
  });

  it("has its panels on one axis of time", async () => {
    const svg = await drawBus(run, series + text(changes));
    const domains = [...svg.matchAll(/for a linear scale with values from ([\d.]+) to ([\d.]+)"/g)];
    const times = [...svg.matchAll(/X-axis titled[^"]*with values from ([\d.]+) to ([\d.]+)"/g)];
    assert.ok(domains.length > times.length && times.length >= 5);
    for (const [, from, to] of times) assert.deepEqual([from, to], ["0", "4"]);
  });

  it("says how many rows it has no room for", async () => {
    const names = Array.from({ length: 15 }, (_, index) => `edge-${index}`);
    const many = names.flatMap((name, index) => both("cut", 101 + index / 3, "core", name));
    const { texts } = read(await drawBus(run, series + text(many)));
    assert.equal(texts.filter((one) => one?.endsWith(": cut")).length, 12);
    assert.ok(
      texts.some((one) => one?.endsWith("3 more are shaded without a name.")),
      texts.join(", "),
    );
  });

  it("says nothing of changes where none was made", async () => {
    const { texts, bars } = read(await drawBus(run, series));
    assert.deepEqual(bars, []);
    assert.ok(!texts.some((one) => one?.includes("on purpose")));
  });

  it("takes for one what was done to several links at once, and for several what was repeated", () => {
    const names = ["edge-1", "edge-2", "edge-3", "edge-4"];
    const isolated = names.flatMap((name) => both("isolate", 10, "core", name));
    const back = names.flatMap((name) => both("restored", 12, "core", name));
    assert.deepEqual(episodesOf(text([...isolated, ...back])), [
      {
        workload: "call",
        place: "core--edge-1, core--edge-2 and 2 more",
        what: "isolate",
        from: 10,
        until: 12.02,
      },
    ]);
    const flaps = [1, 2, 3].flatMap((time) => [
      ...both("flap", time, "core", "edge-1"),
      ...both("restored", time + 0.5, "core", "edge-1"),
    ]);
    assert.deepEqual(
      episodesOf(text(flaps)).map(({ place, from }) => [place, from]),
      [1, 2, 3].map((time) => ["core--edge-1", time]),
    );
  });

  it("says so when there is nothing to draw", async () => {
    const nothing = text([{ kind: "workload", workload: "call", second: 0, time: 101 }]);
    await assert.rejects(drawBus(run, nothing), /run 3 of demo has no readings of links or brokers to draw/);
  });
});

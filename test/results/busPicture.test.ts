import { DOMParser } from "@xmldom/xmldom";
import assert from "assert";
import { drawBus } from "../../workloads/results/busPicture";

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

function read(svg: string): { texts: (string | null)[]; lines: string[] } {
  const document = new DOMParser().parseFromString(svg, "image/svg+xml");
  return {
    texts: Array.from(document.getElementsByTagName("text"), (element) => element.textContent),
    lines: Array.from(document.getElementsByTagName("path"))
      .filter((path) => (path.getAttribute("aria-roledescription") ?? "").includes("line mark"))
      .map((path) => path.getAttribute("aria-label") ?? ""),
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

  it("says so when there is nothing to draw", async () => {
    const nothing = text([{ kind: "workload", workload: "call", second: 0, time: 101 }]);
    await assert.rejects(drawBus(run, nothing), /run 3 of demo has no readings of links or brokers to draw/);
  });
});

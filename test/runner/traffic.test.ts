import assert from "assert";
import type { Containers, ExecProcess } from "../../workloads/containers";
import { linkUsageIn, readingSeconds, Traffic, type Reading } from "../../workloads/runner/traffic";
import { failingGateway, tellingGateway, type Counters } from "./fakeGateway";
import { measurement } from "./input";
import { fakeContainers } from "./world";

const direction = { link: "core--edge", from: "core", to: "edge" };
const reading = (time: number, bytes: number): Reading => ({ time, bytes, packets: bytes / 100, dropped: 0 });

describe("what a link carried", () => {
  it("is what its counter rose by within the window, and that for each delivery", () => {
    const readings = [
      reading(0, 1000),
      reading(1, 2000),
      reading(2, 6000),
      reading(3, 6000),
      reading(9, 9000),
    ];
    assert.deepEqual(linkUsageIn(direction, readings, { start: 1, end: 3 }, 20), {
      ...direction,
      bytes: 4000,
      packets: 40,
      droppedPackets: 0,
      bitsPerSecondMax: 32_000,
      bytesPerDelivery: 200,
    });
  });

  it("is not known where no reading lies before the window, or none after it", () => {
    const readings = [reading(1, 0), reading(2, 1000)];
    assert.equal(linkUsageIn(direction, readings, { start: 0.9, end: 2 }, 1), undefined);
    assert.equal(linkUsageIn(direction, readings, { start: 1, end: 2.1 }, 1), undefined);
    assert.equal(linkUsageIn(direction, [], { start: 1, end: 2 }, 1), undefined);
  });

  it("goes on after an emulator that was started again counts from zero", () => {
    const readings = [reading(0, 5000), reading(1, 300), reading(2, 700)];
    assert.equal(linkUsageIn(direction, readings, { start: 0, end: 2 }, 0)?.bytes, 700);
  });

  it("has no peak made of two readings a moment apart", () => {
    const readings = [reading(0, 0), reading(1, 1000), reading(1.001, 2000), reading(2, 3000)];
    assert.equal(linkUsageIn(direction, readings, { start: 0, end: 2 }, 0)?.bitsPerSecondMax, 12_000);
  });

  it("costs no figure for a delivery where nothing was delivered", () => {
    const usage = linkUsageIn(direction, [reading(0, 0), reading(1, 10)], { start: 0, end: 1 }, 0);
    assert.ok(usage && !("bytesPerDelivery" in usage));
  });
});

describe("watching the links", () => {
  const containersOf = (spawn: (container: string) => ExecProcess): Containers => {
    return { ...fakeContainers(), spawn: (container) => Promise.resolve(spawn(container)) };
  };
  const watching = (spawn: (container: string) => ExecProcess) => {
    const lines: object[] = [];
    const warnings: string[] = [];
    const sinks = {
      append: (more: readonly object[]) => Promise.resolve(void lines.push(...more)),
      warn: (message: string) => void warnings.push(message),
    };
    return { lines, warnings, traffic: new Traffic(containersOf(spawn), measurement(), "first", sinks) };
  };
  const toCore = (bytes: number): Counters => ({ core: { bytes, packets: 1, dropped: 0 } });
  const toEdge = (bytes: number): Counters => ({ edge: { bytes, packets: 2, dropped: 1 } });

  it("reads each direction at the gateway it is sent from, at both edges of the window", async () => {
    let time = 100;
    let sent = 0;
    const { lines, warnings, traffic } = watching((container) =>
      tellingGateway(
        () => (container === "core-gateway" ? toEdge(10 * sent) : toCore(sent)),
        () => time,
      ),
    );
    await traffic.start();
    time = 101;
    traffic.windowStarted(new Date());
    await new Promise((resolve) => setTimeout(resolve, 20));
    [time, sent] = [103, 600];
    traffic.windowEnded();
    await new Promise((resolve) => setTimeout(resolve, 20));
    [time, sent] = [104, 900];
    await traffic.stop();
    const usage = traffic.usage({ start: 101, end: 103 }, 6);
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      usage?.links.map(({ from, to, bytes, bytesPerDelivery }) => [from, to, bytes, bytesPerDelivery]),
      [
        ["core", "edge", 6000, 1000],
        ["edge", "core", 600, 100],
      ],
    );
    assert.deepEqual([usage?.bytes, usage?.bytesPerDelivery, usage?.seconds], [6600, 1100, 2]);
    const carried = lines.filter((line) => "bytes" in line && line.bytes === 6000);
    assert.deepEqual(carried, [
      {
        kind: "carried",
        workload: "first",
        ...direction,
        time: 103,
        seconds: 2,
        bytes: 6000,
        packets: 0,
        droppedPackets: 0,
      },
    ]);
  });

  it("says once that a gateway can't be read, and gives no figure at all rather than a part", async () => {
    const { warnings, traffic } = watching((container) =>
      container === "core-gateway"
        ? tellingGateway(() => toEdge(1))
        : failingGateway("gateway: no such command"),
    );
    const start = Date.now() / 1000;
    await traffic.start();
    traffic.windowStarted(new Date());
    traffic.windowEnded();
    await traffic.stop();
    assert.equal(traffic.usage({ start, end: start + 0.001 }, 1), undefined);
    assert.deepEqual(warnings, [
      "no figures of the links of edge: its gateway stopped telling: gateway: no such command",
    ]);
  });

  it("reads many gateways less often", () => {
    assert.deepEqual([2, 30, 101].map(readingSeconds), [1, 1, 3]);
  });
});

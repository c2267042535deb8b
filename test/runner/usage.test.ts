import assert from "assert";
import fc from "fast-check";
import { brokerUsageIn, increase, riseOver, serviceUsageIn } from "../../workloads/runner/usage";

const sample = (time: number, cpuSeconds: number, memoryBytes = 0, sockets = 0) => {
  return {
    time,
    cpuSeconds,
    memoryBytes,
    networkReceivedBytes: cpuSeconds * 1000,
    networkSentBytes: 0,
    sockets,
  };
};

describe("usage within a window", () => {
  it("counts only the window's part of what was used between two samples", () => {
    const samples = [sample(0, 0), sample(2, 1), sample(4, 3), sample(6, 3)];
    const usage = serviceUsageIn("core/rabbitmq", samples, { start: 1, end: 3 });
    assert.equal(usage?.cpuSeconds, 1.5);
    assert.equal(usage?.cpuPercentMean, 75);
    assert.equal(usage?.networkReceivedBytes, 1500);
  });

  it("takes the peaks of the window, not of the warm-up before it", () => {
    const samples = [
      sample(0, 0, 900, 90),
      sample(2, 1, 100, 10),
      sample(3, 1, 200, 5),
      sample(9, 1, 800, 80),
    ];
    const usage = serviceUsageIn("core/rabbitmq", samples, { start: 1, end: 4 });
    assert.deepEqual([usage?.memoryBytesMax, usage?.socketsMax], [200, 10]);
  });

  it("uses the samples on either side of a window too short to have its own", () => {
    const usage = serviceUsageIn("s", [sample(0, 0, 5), sample(10, 10, 7)], { start: 4, end: 4.5 });
    assert.deepEqual([usage?.cpuSeconds, usage?.memoryBytesMax], [0.5, 7]);
  });

  it("says nothing of a service that was read once", () => {
    assert.equal(serviceUsageIn("s", [sample(1, 1)], { start: 0, end: 2 }), undefined);
  });

  it("goes on counting after a restart put a counter back to zero", () => {
    const points = [
      { time: 0, value: 10 },
      { time: 1, value: 12 },
      { time: 2, value: 1 },
      { time: 3, value: 4 },
    ];
    assert.equal(increase(points, { start: 0, end: 3 }), 2 + 1 + 3);
  });

  it("adds up: two windows that touch have the use of one that spans them", () => {
    const counters = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 1000 })), {
        minLength: 2,
        maxLength: 20,
      })
      .map((steps) => {
        let [time, value] = [0, 0];
        return steps.map(([pause, rise]) => ({ time: (time += pause), value: (value += rise) }));
      });
    fc.assert(
      fc.property(counters, fc.nat(2000), fc.nat(2000), fc.nat(2000), (points, ...edges) => {
        const [start, middle, end] = edges.sort((a, b) => a - b);
        const parts = increase(points, { start, end: middle }) + increase(points, { start: middle, end });
        assert.ok(Math.abs(parts - increase(points, { start, end })) < 1e-6);
      }),
    );
  });

  it("leaves out totals that a broker does not count", () => {
    const samples = [1, 2].map((time) => {
      return {
        time,
        connections: 1,
        channels: 2,
        queues: 3,
        messagesReady: time,
        messagesUnacknowledged: 0,
        publishedTotal: 10 * time,
      };
    });
    assert.deepEqual(brokerUsageIn("b", samples, { start: 1, end: 2 }), {
      broker: "b",
      connectionsMax: 1,
      channelsMax: 2,
      queuesMax: 3,
      messagesReadyMax: 2,
      messagesUnacknowledgedMax: 0,
      publishedTotal: 10,
    });
  });

  it("leaves out what a broker has not: a router has no queues", () => {
    const samples = [1, 2].map((time) => ({ time, connections: time, channels: 5, transitTotal: 3 * time }));
    assert.deepEqual(brokerUsageIn("r", samples, { start: 1, end: 2 }), {
      broker: "r",
      connectionsMax: 2,
      channelsMax: 5,
      transitTotal: 3,
    });
  });

  it("counts what a broker did from just before the window to just after, however late it was read", () => {
    const point = (time: number, value: number) => ({ time, value });
    const window = { start: 10, end: 20 };
    // Nothing moves but from 10.1 to 19.9.
    const points = [point(3, 50), point(9.6, 100), point(14, 400), point(20.7, 900), point(25, 900)];
    assert.equal(riseOver(points, window), 800);
    // A broker that was restarted counts anew.
    assert.equal(riseOver([point(9.6, 100), point(14, 400), point(18, 30), point(21, 40)], window), 340);
  });

  it("does not count what a broker did if it was not read at the window's edges", () => {
    const point = (time: number, value: number) => ({ time, value });
    const window = { start: 10, end: 20 };
    for (const points of [
      [],
      [point(5, 1), point(11, 2), point(21, 3)],
      [point(9.5, 1), point(19, 2)],
      [point(11, 1), point(21, 2)],
    ])
      assert.equal(riseOver(points, window), undefined);
  });
});

import { deepEqual, equal } from "assert/strict";
import fc from "fast-check";
import type { PlannedEpisode } from "../../workloads/runner/input";
import { figuresOf } from "../../workloads/servers/figures";
import type { LoadEvent } from "../../workloads/servers/protocol";
import { boot, end, services, token, windowStart } from "./events";

const kill: PlannedEpisode = {
  ...{ what: "kill", service: "core/mariadb", atSeconds: 30, untilSeconds: 40 },
};
const figures = (events: readonly LoadEvent[], timeline: PlannedEpisode[] = [kill], durationSeconds = 90) =>
  figuresOf({ timeline, durationSeconds }, windowStart, events);
const active = (number: number, at: number, after = 4) => boot(number, { at, state: "ACTIVE", after });

describe("the figures of servers at a steady rate", () => {
  it("count each request once, by what became of it", () => {
    const { boots, errors } = figures(
      [
        ...active(0, 0),
        ...boot(1, { at: 5, state: "ERROR", fault: "No valid host was found." }),
        ...boot(2, { at: 10 }),
        ...boot(3, { at: 15 }),
        ...boot(4, { at: 20 }),
        ...boot(5, { at: 25, status: 503 }),
        ...boot(6, { at: 30, error: "ConnectFailure" }),
        end(200, { 2: "BUILD", 3: "gone", 4: "unknown" }),
      ],
      [],
    );
    deepEqual(boots, {
      ...{ asked: 7, accepted: 5, refused: { 503: 1 }, unanswered: { ConnectFailure: 1 } },
      ...{ active: 1, error: 1, stuck: { BUILD: 1 }, gone: 1, unknown: 1 },
      activeSeconds: { min: 4, median: 4, p90: 4, p95: 4, max: 4, mean: 4 },
    });
    deepEqual(errors, { "No valid host was found.": 1 });
  });

  it("never lose one, whatever became of them and whatever was broken", () => {
    const anyBoot = fc.record({
      at: fc.integer({ min: 0, max: 89 }),
      answeredAfter: fc.integer({ min: 0, max: 60 }),
      came: fc.constantFrom("ACTIVE", "ERROR", "BUILD", "gone", "unknown", "503", "no answer", "nothing"),
      after: fc.integer({ min: 1, max: 100 }),
    });
    const anyKill = fc.record({
      atSeconds: fc.integer({ min: 0, max: 80 }),
      lasts: fc.integer({ min: 1, max: 10 }),
    });
    fc.assert(
      fc.property(fc.array(anyBoot), fc.array(anyKill, { maxLength: 3 }), (asked, kills) => {
        const events = asked.flatMap(({ at, answeredAfter, came, after }, number) =>
          came === "503"
            ? boot(number, { at, answeredAfter, status: 503 })
            : came === "no answer"
              ? boot(number, { at, answeredAfter, error: "ConnectTimeout" })
              : boot(number, {
                  ...{ at, answeredAfter, after },
                  ...(came === "ACTIVE" || came === "ERROR" ? { state: came } : {}),
                }),
        );
        const states = Object.fromEntries(
          asked.flatMap(({ came }, number) =>
            came === "BUILD" || came === "gone" || came === "unknown" ? [[number, came]] : [],
          ),
        );
        // Faults at different times: what begins at one time is told twice.
        const starts = [...new Map(kills.map((one) => [one.atSeconds, one])).values()];
        const timeline = starts.map(({ atSeconds, lasts }): PlannedEpisode => ({
          ...{ what: "kill", service: "core/mariadb", atSeconds, untilSeconds: atSeconds + lasts },
        }));
        const { boots, before, faults } = figures([...events, end(300, states)], timeline);
        const sum = (counts: Record<string, number>) =>
          Object.values(counts).reduce((total, count) => total + count, 0);
        equal(boots.asked, asked.length);
        const stretches = [
          ...(before === undefined ? [] : [before]),
          ...faults.flatMap(({ underWay, during, after }) => [underWay, during, after]),
        ].map((stretch) => stretch.boots);
        for (const one of [boots, ...stretches]) {
          equal(one.asked, one.accepted + sum(one.refused) + sum(one.unanswered));
          equal(one.accepted, one.active + one.error + sum(one.stuck) + one.gone + one.unknown);
        }
        if (timeline.length > 0)
          equal(
            stretches.reduce((total, one) => total + one.asked, 0),
            asked.length,
          );
      }),
    );
  });

  it("tell what was asked for before a fault, was under way at it, came during it and after it", () => {
    const { before, faults } = figures([
      ...active(0, 10),
      ...active(1, 28, 20),
      ...boot(2, { at: 29.9, answeredAfter: 30, error: "ConnectTimeout" }),
      ...boot(3, { at: 35, status: 500 }),
      ...active(4, 40),
      token(0, 29.8),
      token(1, 31, 500),
      token(2, 41),
      end(95),
    ]);
    const [fault] = faults;
    deepEqual(
      [before, fault?.underWay, fault?.during, fault?.after].map((one) => [
        one?.boots.asked,
        one?.boots.active,
        one?.authentications.asked,
        one?.authentications.granted,
      ]),
      [
        [1, 1, 0, 0],
        [2, 1, 1, 1],
        [1, 0, 1, 0],
        [1, 1, 1, 1],
      ],
    );
    equal(fault?.underWay.boots.activeSeconds?.max, 20);
  });

  it("say how long it took until each request went well again, and that it never did", () => {
    const at = (events: readonly LoadEvent[]) => {
      const [fault] = figures([...events, end(95)]).faults;
      return [fault?.bootsBackSeconds, fault?.authenticationsBackSeconds];
    };
    deepEqual(at([...active(0, 30), token(0, 31)]), [0, 0]);
    deepEqual(at([...active(0, 31), ...boot(1, { at: 36, status: 503 }), ...active(2, 41)]), [11, undefined]);
    deepEqual(at([token(0, 30, 500), token(1, 31), token(2, 38, null), token(3, 42)]), [undefined, 12]);
    deepEqual(at([...active(0, 45), ...boot(1, { at: 85 })]), [undefined, undefined]);
  });

  it("leave what the next fault came upon to that one", () => {
    const second: PlannedEpisode = { ...kill, service: "core/keystone", atSeconds: 60, untilSeconds: 65 };
    const { faults } = figures(
      [...active(0, 35), ...boot(1, { at: 58, state: "ERROR", after: 9 }), ...active(2, 70), end(95)],
      [kill, second],
    );
    deepEqual(
      faults.map(({ bootsBackSeconds, observedUntilSeconds, underWay, during, after }) => [
        bootsBackSeconds,
        observedUntilSeconds,
        ...[underWay, during, after].map(({ boots }) => boots.asked),
      ]),
      [
        [0, 60, 0, 1, 0],
        [0, 90, 1, 0, 1],
      ],
    );
  });

  it("tell servers that are there although nobody was told so, apart from all others", () => {
    const { unaccepted, boots } = figures(
      [
        ...boot(0, { at: 1, status: 500, state: "ACTIVE" }),
        ...boot(1, { at: 2, error: "ConnectTimeout" }),
        ...boot(2, { at: 3, status: 503 }),
        end(95, { 1: "BUILD" }),
      ],
      [],
    );
    deepEqual(unaccepted, { ACTIVE: 1, BUILD: 1 });
    deepEqual([boots.accepted, boots.active, boots.stuck], [0, 0, {}]);
  });

  it("say by how much the generator was late, and how long it was waited", () => {
    const { lateSeconds, waitedSeconds } = figures([...active(0, 5), end(101.5)]);
    deepEqual([lateSeconds, waitedSeconds], [0.01, 11.5]);
  });

  it("know nothing of what became of servers that were not seen to their end", () => {
    const { boots } = figures([...boot(0, { at: 1 })], []);
    deepEqual([boots.accepted, boots.unknown], [1, 1]);
  });
});

describe("Nova's services under a fault", () => {
  const one = "nova-compute/edge-compute-1";
  const other = "nova-conductor/core";
  const of = (...readings: LoadEvent[]) => figures(readings).faults[0]?.novaServices;

  it("are well again once all are up, and once the last has said that it lives since the fault's end", () => {
    deepEqual(
      of(
        services(29, { [one]: 25, [other]: 28 }),
        services(31, { [one]: 25, [other]: 28 }),
        services(32, undefined),
        services(90, { [one]: 25, [other]: 85 }, [one]),
        services(95, { [one]: 93, [other]: 95 }),
      ),
      { downMost: 1, untoldReadings: 1, upSeconds: 65, reportedSeconds: 63 },
    );
  });

  it("are not said to be heard of by what they said before, though Nova takes them for up", () => {
    deepEqual(of(services(31, { [one]: 29, [other]: 31 }), services(45, { [one]: 29, [other]: 41 })), {
      ...{ downMost: 0, untoldReadings: 0, upSeconds: 0 },
    });
  });

  it("are told to be down, or silent, in the end", () => {
    const { novaServices } = figures([
      services(95, { [one]: 29, [other]: 60, "nova-scheduler/core": 90 }, [one, other]),
      services(96, undefined),
    ]);
    deepEqual(novaServices, { services: 3, down: [one, other].sort(), silent: [one] });
  });

  it("have no figures where they were never told", () => {
    const found = figures([services(31, undefined)]);
    deepEqual([found.novaServices, found.faults[0]?.novaServices], [undefined, undefined]);
  });
});

import { deepEqual, equal, match, ok, throws } from "assert/strict";
import fc from "fast-check";
import { measurementsLeft, nextStep, type Outcome, type Trial } from "../../campaigns/search/bisect";
import { judge } from "../../campaigns/search/judge";
import { ScaleError, scaleOf, type Scale } from "../../campaigns/search/scale";

/** Searches where `holds` says what each measurement finds. */
function search(
  scale: Scale,
  repetitions: number,
  holds: (value: number, repetition: number) => boolean,
): { readonly trials: readonly Trial[]; readonly outcome: Outcome } {
  const trials: Trial[] = [];
  for (;;) {
    const step = nextStep(scale, trials, repetitions);
    if (step.kind === "done") return { trials, outcome: step.outcome };
    const repetition = trials.filter(({ value }) => value === step.value).length + 1;
    trials.push({ value: step.value, holds: holds(step.value, repetition) });
    ok(trials.length < 1000, "it does not come to an end");
  }
}

const rates = scaleOf({ from: "50/s", to: "1600/s", within: "10%" });

describe("a search for a limit", () => {
  it("encloses the limit as nearly as was asked for, whatever it is", () => {
    fc.assert(
      fc.property(fc.double({ min: 50.5, max: 1599, noNaN: true }), (limit) => {
        const { outcome } = search(rates, 1, (value) => value <= limit);
        ok(outcome.kind === "limit");
        ok(outcome.holds.value <= limit && limit < outcome.fails.value);
        ok(outcome.fails.value - outcome.holds.value <= 0.1 * outcome.fails.value);
      }),
    );
  });

  it("takes few measurements: about as many as halvings of the factor between the ends", () => {
    const { trials } = search(rates, 1, (value) => value <= 400);
    // 32 = 1.1 ^ 36.4, which five or six halvings bring below one; and the two ends.
    ok(trials.length <= 9, `${trials.length}`);
    ok(Math.abs(measurementsLeft(rates, [], 1) - trials.length) <= 1);
  });

  it("decides each value by the majority and measures it no more than that needs", () => {
    // The second measurement of every value contradicts the first.
    const { trials, outcome } = search(rates, 3, (value, repetition) => value <= 400 === (repetition !== 2));
    ok(outcome.kind === "limit" && outcome.holds.value <= 400 && 400 < outcome.fails.value);
    deepEqual([outcome.holds.held, outcome.holds.of, outcome.fails.held, outcome.fails.of], [2, 3, 1, 3]);
    const agreed = search(rates, 5, (value) => value <= 400);
    for (const { value } of agreed.trials)
      equal(agreed.trials.filter((trial) => trial.value === value).length, 3);
    ok(trials.length > 0);
  });

  it("lets a tie decide against", () => {
    const { outcome } = search(rates, 2, (_, repetition) => repetition === 1);
    deepEqual(outcome, { kind: "never", fails: { value: 50, held: 1, of: 2 } });
  });

  it("says when the limit is beyond its ends, on either side, without searching between them", () => {
    const beyond = search(rates, 1, () => true);
    deepEqual([beyond.trials.length, beyond.outcome.kind], [2, "beyond"]);
    const never = search(rates, 1, () => false);
    deepEqual([never.trials.length, never.outcome.kind], [1, "never"]);
  });

  it("goes on from whatever was measured as if it had not been stopped", () => {
    const { trials } = search(rates, 3, (value) => value <= 333);
    for (let kept = 0; kept < trials.length; kept += 1) {
      const step = nextStep(rates, trials.slice(0, kept), 3);
      deepEqual(step, { kind: "measure", value: trials[kept]?.value });
    }
  });

  it("searches downwards, for the least that still holds", () => {
    const scale = scaleOf({ from: "100mbit", to: "1mbit", within: "2mbit" });
    const { outcome } = search(scale, 1, (value) => value >= 12);
    ok(outcome.kind === "limit" && outcome.holds.value >= 12 && outcome.fails.value < 12);
    ok(outcome.holds.value - outcome.fails.value <= 2);
  });

  it("tries whole numbers only where the ends are such", () => {
    const scale = scaleOf({ from: 10, to: 14, within: "1%" });
    const { trials, outcome } = search(scale, 1, (value) => value <= 12);
    ok(trials.every(({ value }) => Number.isInteger(value)));
    ok(outcome.kind === "limit");
    deepEqual([outcome.holds.value, outcome.fails.value], [12, 13]);
  });

  it("begins at nothing, too", () => {
    const scale = scaleOf({ from: "0%", to: "25%", within: "10%" });
    const { outcome } = search(scale, 1, (value) => value <= 3);
    ok(outcome.kind === "limit" && outcome.holds.value <= 3 && outcome.fails.value > 3);
    ok(outcome.fails.value - outcome.holds.value <= 0.1 * outcome.fails.value);
  });

  it("writes values as the scenario has them", () => {
    equal(rates.write(rates.between(50, 1600)), "283/s");
    equal(scaleOf({ from: 10, to: 20, within: 1 }).write(15), 15);
  });

  for (const [what, ends, setting, message] of [
    ["two units", { from: "50/s", to: "10ms", within: "10%" }, "to", /another unit than from: "50\/s"/],
    ["no way to go", { from: "50/s", to: "50/s", within: "10%" }, "to", /where the search begins already/],
    ["a word", { from: "some", to: "50/s", within: "10%" }, "from", /"some" is not a number with a unit/],
    ["no difference", { from: "1/s", to: "50/s", within: "0%" }, "within", /"0%" is nothing/],
    ["a difference of another unit", { from: "1/s", to: "5/s", within: "1ms" }, "within", /neither a share/],
  ] as const)
    it(`refuses ${what}`, () => {
      throws(
        () => scaleOf(ends),
        (error) => error instanceof ScaleError && error.setting === setting && message.test(error.message),
      );
    });
});

describe("the verdict on a measurement", () => {
  const conditions = [
    { column: "latency_p99_ms", most: 100 },
    { column: "lost", most: 0 },
  ];
  const good = { latency_p99_ms: 80, lost: 0, late_starts_percent: 0, services_cpu_percent: 50, cores: 2 };

  it("is that it holds where every condition does", () => {
    deepEqual(judge(good, conditions), { holds: true, reasons: [] });
  });

  it("names each condition that does not hold, with its figure", () => {
    const { holds, reasons } = judge({ ...good, latency_p99_ms: 140.25, lost: 3 }, conditions);
    equal(holds, false);
    deepEqual(reasons, ["latency_p99_ms is 140, above 100", "lost is 3, above 0"]);
  });

  it("does not take a figure that is missing for a good one", () => {
    deepEqual(judge({ ...good, latency_p99_ms: undefined }, conditions).reasons, [
      "there is no figure of latency_p99_ms",
    ]);
  });

  it("is against a rate that the load generator did not offer, and says whose limit it was", () => {
    const { holds, reasons, saturated } = judge({ ...good, late_starts_percent: 17 }, conditions);
    deepEqual([holds, saturated], [false, "load generator"]);
    match(reasons.join(), /17 % of operations started late/);
    // Some late starts are in the latency already, which counts from when they were due.
    deepEqual(judge({ ...good, late_starts_percent: 7 }, conditions), {
      holds: true,
      reasons: [],
      saturated: "load generator",
    });
  });

  it("says when the machine was used up, and leaves the conditions to decide", () => {
    deepEqual(judge({ ...good, services_cpu_percent: 190 }, conditions), {
      holds: true,
      reasons: [],
      saturated: "machine",
    });
  });

  it("does not have a machine used up of which nobody knows how many cores it had", () =>
    deepEqual(judge({ ...good, cores: 0 }, conditions), { holds: true, reasons: [] }));

  describe("where sites are on hosts", () => {
    const many = { ...good, hosts: "20 × X, 4 cores", hosts_count: 20, hosts_cores: 80 };

    it("is not of the machine that steers them, however small that is", () =>
      deepEqual(judge({ ...many, services_cpu_percent: 600, busiest_host_cores_percent: 40 }, conditions), {
        holds: true,
        reasons: [],
      }));

    it("says that a host was used up, however large the machine is that steers it", () =>
      deepEqual(
        judge({ ...many, cores: 64, services_cpu_percent: 380, busiest_host_cores_percent: 95 }, conditions),
        { holds: true, reasons: [], saturated: "host" },
      ));

    it("is of all hosts together where it is not known which one a service was on", () => {
      const used = (services_cpu_percent: number) =>
        judge({ ...many, services_cpu_percent }, conditions).saturated;
      deepEqual([used(600), used(7300)], [undefined, "hosts"]);
    });
  });
});

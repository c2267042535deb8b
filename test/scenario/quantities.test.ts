import { ok, strictEqual } from "assert";
import fc from "fast-check";
import type { z } from "zod";
import {
  bitRate,
  delay,
  frequency,
  memory,
  messageLength,
  percent,
  seconds,
  secondsOrZero,
} from "../../stacks/scenario/quantities";

/** A quantity, with each unit's factor to the unit it is parsed to and the bounds of what it takes, in that unit. */
interface Kind {
  readonly name: string;
  readonly schema: z.ZodType<number, string>;
  readonly units: Readonly<Record<string, number>>;
  readonly least: number;
  readonly most: number;
}

const time = { s: 1, ms: 1 / 1000, min: 60, h: 3600 };
const size = { B: 1, KiB: 1024, MiB: 1024 * 1024, GiB: 1024 * 1024 * 1024 };
const smallest = 1e-6;
const kinds: readonly Kind[] = [
  { name: "delay", schema: delay, units: { us: 1 / 1000, ms: 1, s: 1000 }, least: 0, most: 10_000 },
  { name: "seconds", schema: seconds, units: time, least: smallest, most: 86_400 },
  { name: "secondsOrZero", schema: secondsOrZero, units: time, least: 0, most: 86_400 },
  { name: "percent", schema: percent, units: { "%": 1 }, least: 0, most: 100 },
  {
    name: "bitRate",
    schema: bitRate,
    units: { bit: 1, kbit: 1000, mbit: 1e6, gbit: 1e9 },
    least: 1000,
    most: 1e12,
  },
  { name: "frequency", schema: frequency, units: { "/s": 1, "/min": 1 / 60 }, least: smallest, most: 1e6 },
  { name: "messageLength", schema: messageLength, units: size, least: 0, most: 128 * 1024 * 1024 },
  { name: "memory", schema: memory, units: size, least: 32 * 1024 * 1024, most: 1024 ** 4 },
];

/** A number as people write it, with up to three decimals and never in exponents. */
const written = fc
  .tuple(fc.nat({ max: 2_000_000_000 }), fc.integer({ min: 0, max: 3 }))
  .map(([digits, decimals]) => (digits / 10 ** decimals).toFixed(decimals));

describe("a quantity", () => {
  for (const { name, schema, units, least, most } of kinds)
    it(`of ${name} is the number times its unit, or refused out of bounds`, () =>
      fc.assert(
        fc.property(
          written,
          fc.constantFrom(...Object.entries(units)),
          fc.boolean(),
          (number, [unit, factor], space) => {
            const exact = Number(number) * factor;
            const result = schema.safeParse(`${number}${space ? " " : ""}${unit}`);
            // Rounding to six decimals may carry what lies next to a bound over it.
            if (exact < least - smallest || exact > most + smallest) ok(!result.success);
            else if (exact >= least && exact <= most && (least > 0 || exact === 0 || exact >= smallest)) {
              ok(result.success);
              ok(Math.abs(result.data - exact) <= 0.5 * smallest + exact * 1e-12);
            }
          },
        ),
        { numRuns: 500 },
      ));

  it("comes back as itself when written in its own unit and read again", () =>
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000 }), (microseconds) => {
        const parsed = delay.parse(`${microseconds}us`);
        strictEqual(delay.parse(`${parsed.toFixed(6)}ms`), parsed);
        strictEqual(parsed, microseconds / 1000);
      }),
    ));

  it("means the same in every unit", () => {
    strictEqual(delay.parse("0.25s"), delay.parse("250ms"));
    strictEqual(delay.parse("250ms"), delay.parse("250000us"));
    strictEqual(bitRate.parse("0.1gbit"), bitRate.parse("100mbit"));
    strictEqual(seconds.parse("1.5min"), seconds.parse("90s"));
    strictEqual(memory.parse("0.5GiB"), memory.parse("512MiB"));
  });

  it("keeps exact what decimal fractions make inexact", () => {
    strictEqual(percent.parse("0.1%"), 0.1);
    strictEqual(delay.parse("1.1ms"), 1.1);
    strictEqual(seconds.parse("70ms"), 0.07);
  });

  it("is refused unless all of it is a number with a unit", () => {
    for (const text of [
      "",
      "ms",
      "5 5ms",
      "5ms ",
      " 5ms",
      "5\nms",
      "5  ms",
      "1e3ms",
      ".5ms",
      "5.ms",
      "+5ms",
      "0x5ms",
      "5MS",
      "٣ms",
    ])
      strictEqual(delay.safeParse(text).success, false, JSON.stringify(text));
  });

  it("that rounds to nothing is nothing", () => {
    strictEqual(seconds.safeParse("0.0001ms").success, false);
    strictEqual(frequency.safeParse(`${"9".repeat(400)}/s`).success, false);
  });
});

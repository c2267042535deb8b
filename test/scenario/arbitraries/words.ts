import fc from "fast-check";
import { put } from "../../support/scenarios";

/*
 * Scenarios as people write them, rightly and wrongly: most of each is sensible, so that the checks behind the first one
 * are reached, and a few places hold what nobody meant.
 */

/** Mostly the first, now and then one of the others. */
export function mostly<T>(usual: fc.Arbitrary<T>, ...odd: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: usual, weight: 60 }, { arbitrary: fc.constantFrom(...odd), weight: 1 });
}

/** Sites and groups that the scenarios mostly speak of, and a name that there mostly is not. */
export const place = fc.constantFrom("core", "core", "edge", "edge-1", "edge-2", "far");
export const anyPlace = mostly(place, "moon", "", "Core", "edge-3", 7, "__proto__");

export const seconds = mostly(
  fc.integer({ min: 1, max: 60 }).map((value) => `${value}s`),
  "0s",
  "1",
  "-3s",
  "90min",
  5,
  "25h",
);
export const delay = mostly(
  fc.integer({ min: 0, max: 300 }).map((value) => `${value}ms`),
  "11s",
  "fast",
  { there: "1ms" },
  null,
);
export const share = mostly(
  fc.integer({ min: 0, max: 300 }).map((value) => `${value / 10}%`),
  "101%",
  "1",
);
export const rate = mostly(fc.constantFrom("1mbit", "100mbit", "10gbit"), "1bit", "0mbit", 100);

export const some = (fields: Record<string, fc.Arbitrary<unknown>>, required: string[] = []) =>
  fc.record(fields, { requiredKeys: required });
export const memory = mostly(fc.constantFrom("512MiB", "1GiB"), "1B", "much");

/** One site, as a name of a group is none. */
export const oneSite = mostly(fc.constantFrom("core", "edge-1", "far"), "edge", "moon", 7);

/** Mostly nothing. */
export function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary, weight: 1 });
}

/** Now and then with something quite different, somewhere. */
export function withSomethingOdd(arbitrary: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      arbitrary,
      fc.oneof(
        { arbitrary: fc.constant(null), weight: 3 },
        { arbitrary: fc.tuple(fc.nat(), fc.jsonValue({ maxDepth: 2 })), weight: 1 },
      ),
    )
    .map(([usual, odd]) => {
      if (odd === null) return usual;
      const whole = structuredClone(usual);
      const places = placesIn(whole);
      const chosen = places[odd[0] % places.length];
      if (chosen) put(whole, chosen, odd[1]);
      return whole;
    });
}

/** Every place of a value, as `put` takes it. */
function placesIn(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...at, Array.isArray(value) ? Number(key) : key];
    return [here, ...placesIn(inner, here)];
  });
}

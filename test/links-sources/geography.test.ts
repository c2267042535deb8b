import { deepEqual, equal, ok } from "assert/strict";
import fc from "fast-check";
import {
  cableDelayMs,
  greatCircleKm,
  neighbouringPairs,
  type Place,
} from "../../stacks/scenario/links/geography";
import { planned, refusalOf } from "./links";

const paris: Place = [48.8566, 2.3522];
const berlin: Place = [52.52, 13.405];
const sites = {
  paris: { at: paris },
  berlin: { at: berlin },
  lyon: { at: [45.764, 4.8357] },
  madrid: { at: [40.4168, -3.7038] },
};
const all = ["paris", "berlin", "lyon", "madrid"];
const pairs = (geography: object) =>
  planned([{ geography: { sites: all, ...geography } }], { sites, bus: { kind: "rabbitmq" } });

describe("geography", () => {
  it("measures along the great circle", () => {
    // Known values: Paris and Berlin are 878 km apart, the poles half of the Earth's circumference.
    ok(Math.abs(greatCircleKm(paris, berlin) - 878) < 1);
    ok(Math.abs(greatCircleKm([90, 0], [-90, 0]) - Math.PI * 6371.0088) < 1e-6);
    ok(Math.abs(greatCircleKm([0, 179], [0, -179]) - 222.39) < 0.01, "across the date line");
  });

  it("makes a delay of it: stretched, at the fibre's speed", () => {
    const km = greatCircleKm(paris, berlin);
    equal(
      cableDelayMs(paris, berlin, { fibreSpeed: 200_000, stretch: 1.5 }),
      Math.round(km * 1.5 * 5) / 1000,
    );
    const [link] = pairs({ fibreSpeed: "100000km/s", stretch: 1 });
    deepEqual([link?.name, link?.there.delayMs, link?.back.delayMs], ["paris--berlin", 8.775, 8.775]);
  });

  it("links all pairs, those within a distance, or each site's nearest, whichever end counts it", () => {
    equal(pairs({}).length, 6);
    const within = pairs({ neighbours: { within: "1100km" } }).map(({ name }) => name);
    deepEqual(within, ["paris--berlin", "paris--lyon", "paris--madrid", "berlin--lyon", "lyon--madrid"]);
    const nearest = pairs({ neighbours: { nearest: 1 } }).map(({ name }) => name);
    deepEqual(nearest, ["paris--berlin", "paris--lyon", "lyon--madrid"]);
  });

  it("gives each site as many neighbours as asked for, or all there are", () => {
    const place = fc.tuple(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(place, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        (places, nearest) => {
          const named = new Map(places.map((at, index): [string, Place] => [`s${index}`, at]));
          const chosen = neighbouringPairs(named, { nearest });
          for (const name of named.keys())
            ok(chosen.filter((pair) => pair.includes(name)).length >= Math.min(nearest, places.length - 1));
          ok(chosen.length <= places.length * nearest);
          equal(new Set(chosen.map(String)).size, chosen.length);
        },
      ),
    );
  });

  it("is refused for a site without a place", () => {
    deepEqual(
      refusalOf([{ geography: { sites: ["core", "edge-1"] } }], {
        sites: { core: { at: paris }, edge: { count: 1 } },
      }),
      [
        'links[0].geography.sites[1]: "edge-1" has no place: give it one, such as edge-1: { at: [48.86, 2.35] } (latitude, longitude), or leave it out here',
      ],
    );
  });

  it("is refused where it leaves sites apart", () => {
    deepEqual(refusalOf([{ geography: { sites: all, neighbours: { within: "600km" } } }], { sites }), [
      'sites.berlin: no links lead from "paris" to "berlin", "madrid": add a link, such as { between: [paris, berlin], delay: 25ms }',
    ]);
  });

  it("refuses places off the Earth, and one place for a group", () => {
    deepEqual(refusalOf([], { sites: { core: { at: [148.9, 2.4] } } }), [
      "sites.core.at[0]: expected at most 90, got 148.9",
    ]);
    deepEqual(refusalOf([], { sites: { core: { count: 2, at: paris } } }), [
      "sites.core.at: [48.8566, 2.3522] is one place, and the group has 2 sites: name each site with its own place",
    ]);
    deepEqual(refusalOf([], { sites: { core: { at: "Paris" } } }), [
      'sites.core.at: expected [latitude, longitude], such as [48.86, 2.35], got "Paris"',
    ]);
  });

  it("refuses a signal faster than light, and cables shorter than the way", () => {
    deepEqual(refusalOf([{ geography: { sites: all, fibreSpeed: "300000km/s", stretch: 0.5 } }], { sites }), [
      'links[0].geography.fibreSpeed: "300000km/s" is too much: use at most 299792.458km/s',
      "links[0].geography.stretch: expected at least 1, got 0.5",
    ]);
  });
});

import { deepEqual } from "assert/strict";
import { linesOf, planned, refusalOf } from "./links";

describe("an exception", () => {
  const star = (exceptions: unknown) => [
    { between: ["core", "edge"], delay: "25ms", jitter: "2ms", loss: "1%", rate: "10mbit", exceptions },
  ];

  it("overrides the fields it names, for the pairs it names, and nothing else", () => {
    const links = planned(star([{ between: ["core", "edge-2"], delay: "80ms" }]));
    deepEqual(
      links.map(({ name, there }) => [
        name,
        there.delayMs,
        there.jitterMs,
        there.lossPercent,
        there.rateBitsPerSecond,
      ]),
      [
        ["core--edge-1", 25, 2, 1, 10e6],
        ["core--edge-2", 80, 2, 1, 10e6],
        ["core--edge-3", 25, 2, 1, 10e6],
      ],
    );
  });

  it("can be the only link that is not trusted, or the only one that is", () => {
    const trust = (links: ReturnType<typeof planned>) => links.map(({ trusted }) => trusted !== false);
    deepEqual(trust(planned(star([{ between: ["core", "edge-2"], trusted: false }]))), [true, false, true]);
    const [entry] = star([{ between: ["core", "edge-2"], trusted: true }]);
    deepEqual(trust(planned([{ ...entry, trusted: false }])), [false, true, false]);
  });

  it("means there and back as seen from its own first site", () => {
    const [link] = planned(star([{ between: ["edge-1", "core"], delay: { there: "30ms", back: "40ms" } }]));
    deepEqual([link?.between, link?.there.delayMs, link?.back.delayMs], [["core", "edge-1"], 40, 30]);
  });

  it("may name a group, and stand in any kind of entry", () => {
    deepEqual(
      linesOf([
        {
          generate: "mesh",
          sites: ["core", "edge"],
          delay: "1ms",
          exceptions: [{ between: ["edge", "edge"], delay: "9ms" }],
        },
      ]),
      [
        "core--edge-1 1/1",
        "core--edge-2 1/1",
        "core--edge-3 1/1",
        "edge-1--edge-2 9/9",
        "edge-1--edge-3 9/9",
        "edge-2--edge-3 9/9",
      ],
    );
  });

  it("is refused for a pair that the entry does not link", () => {
    deepEqual(refusalOf(star([{ between: ["edge-1", "edge-2"], delay: "8ms" }])), [
      'links[0].exceptions[0].between: "edge-1" and "edge-2" are no pair that this entry links: name one of its pairs, such as [core, edge-1], or make it an entry of `links` of its own',
    ]);
  });

  it("is refused for a site that isn't there", () => {
    deepEqual(refusalOf(star([{ between: ["core", "egde-1"], delay: "8ms" }])), [
      'links[0].exceptions[0].between[1]: there is no site "egde-1"; the sites are core, edge',
    ]);
  });

  it("is refused if it changes nothing", () => {
    deepEqual(refusalOf(star([{ between: ["core", "edge-1"] }])), [
      'links[0].exceptions[0]: it changes nothing about "core" and "edge-1": name what differs, such as delay: 80ms',
    ]);
  });

  it("is refused if another one is about the same pair", () => {
    deepEqual(
      refusalOf(
        star([
          { between: ["core", "edge-1"], delay: "8ms" },
          { between: ["edge", "core"], loss: "0%" },
        ]),
      ),
      [
        'links[0].exceptions[1].between: "edge-1" and "core" are excepted already, in exceptions[0]: put both into one',
      ],
    );
  });

  it("is refused if it leaves less delay than jitter", () => {
    deepEqual(refusalOf(star([{ between: ["core", "edge-3"], delay: "1ms" }])), [
      'links[0].jitter: 2ms is more than the delay of 1ms between "core" and "edge-3", which would have packets arrive before they leave: use at most the delay',
    ]);
  });
});

describe("an entry of links", () => {
  it("with a misspelt setting is refused as what it comes closest to", () => {
    deepEqual(refusalOf([{ between: ["core", "edge"], dealy: "5ms" }]), [
      'links[0].dealy: there is no setting "dealy" here: correct its name or take it out; docs/scenario.md lists what there is',
    ]);
    deepEqual(refusalOf([{ generate: "star", sites: ["edge"], centre: "core" }]), [
      "links[0].center: missing: expected the name of a site",
      'links[0].centre: there is no setting "centre" here: correct its name or take it out; docs/scenario.md lists what there is',
    ]);
  });

  it("by a rule that there is not is refused with those there are", () => {
    deepEqual(refusalOf([{ generate: "grid", sites: ["core", "edge"] }]), [
      'links[0].generate: expected one of "star", "ring", "tree", "mesh", "random", got "grid"',
    ]);
  });

  it("may not link a pair that another entry links, whatever made it", () => {
    deepEqual(
      refusalOf([
        { between: ["core", "edge"], delay: "5ms" },
        { generate: "ring", sites: ["edge-1", "core", "edge-2"] },
      ]),
      [
        'links[1].sites: "edge-1" and "core" already have a link, links[0]: a pair of sites has one; drop one of the two',
        'links[1].sites: "core" and "edge-2" already have a link, links[0]: a pair of sites has one; drop one of the two',
      ],
    );
  });
});

import { deepEqual, equal, ok } from "assert/strict";
import { pictureOf, renderSvg } from "../../components/plan/graph";
import { cornersOf, overlap, type Box } from "../../components/plan/graph/geometry";
import { layOutScene } from "../../components/plan/graph/scene";
import { elements, parseSvg, planOf, runOf, samples, textsOf } from "./pictures";

/** A box as a message names it. */
type Named = readonly [string, Box];

/** What must not lie on one another: sites, their names beside them, and the figures of links. */
function boxesOf(scene: ReturnType<typeof layOutScene>): Named[] {
  return [
    ...scene.sites.map(({ site, mark }): Named => [site.name, mark]),
    ...scene.sites.flatMap(({ site, name }): Named[] => (name ? [[`name of ${site.name}`, name.box]] : [])),
    ...scene.links.flatMap(({ link, label }): Named[] =>
      label ? [[`figures of ${link.name}`, label.box]] : [],
    ),
  ];
}

describe("a drawing of", () => {
  for (const [what, sample] of Object.entries(samples)) {
    describe(what, function () {
      this.timeout(30_000);
      const picture = sample();
      const scene = layOutScene(picture);
      const svg = renderSvg(picture);
      const document = parseSvg(svg);

      it("has every site and every link once, each with a title", () => {
        for (const [attribute, names] of [
          ["data-site", picture.sites.map(({ name }) => name)],
          ["data-link", picture.links.map(({ name }) => name)],
        ] as const) {
          const drawn = elements(document).filter((element) => element.hasAttribute(attribute));
          deepEqual(
            drawn.map((element) => element.getAttribute(attribute)),
            names,
          );
          for (const element of drawn) equal(element.getElementsByTagName("title").length, 1);
        }
      });

      it("names every site, and has no writing on other writing or on a site", () => {
        const boxes = boxesOf(scene);
        boxes.forEach(([name, box], index) => {
          for (const [other, otherBox] of boxes.slice(index + 1))
            ok(!overlap(box, otherBox), `${name} lies on ${other}`);
        });
        const named =
          scene.style === "dots" ? scene.sites.filter(({ name }) => name).length : picture.sites.length;
        equal(named, picture.sites.length);
      });

      it("keeps everything within its edges", () => {
        const { width, height } = scene.size;
        for (const [name, box] of boxesOf(scene))
          for (const { x, y } of cornersOf(box))
            ok(
              x >= 0 && y >= 0 && x <= width && y <= height,
              `${name} is at ${x}, ${y} of ${width} × ${height}`,
            );
      });

      it("says the figures of each link beside it or in the legend", () => {
        const unlabelled = scene.links.filter(({ label }) => !label);
        const legend = scene.legend.rows.map(({ text }) => text).join("\n");
        for (const { link, band } of unlabelled)
          ok(
            band !== undefined
              ? scene.legend.rows.some(({ sign }) => sign.kind === "band" && sign.band === band)
              : legend.includes(link.between.join(" → ")),
            link.name,
          );
      });

      it("needs nothing outside itself, and is the same each time", () => {
        for (const element of elements(document)) {
          ok(
            !["image", "use", "script", "foreignObject", "a", "link"].includes(element.tagName),
            element.tagName,
          );
          for (const { name } of Array.from(element.attributes)) ok(!/href|src|^on/.test(name), name);
        }
        ok(!/url\(|@import|<\?|<!DOCTYPE/.test(svg));
        equal(renderSvg(sample()), svg);
      });
    });
  }

  it("a plan is described for those who do not see it", () => {
    const document = parseSvg(
      renderSvg(pictureOf(planOf({ core: {} }, [], { description: "Just <one> & all" }))),
    );
    const [title, description] = ["title", "desc"].map((name) => document.getElementsByTagName(name)[0]);
    const root = document.documentElement;
    ok(title && description && root);
    equal(title.textContent, "Topology of test");
    equal(description.textContent, "Just <one> & all 1 site · 0 links");
    equal(root.getAttribute("role"), "img");
    deepEqual(root.getAttribute("aria-labelledby")?.split(" "), [
      title.getAttribute("id"),
      description.getAttribute("id"),
    ]);
  });

  it("a plan has colours for light and for dark surroundings", () => {
    ok(textsOf(parseSvg(renderSvg(pictureOf(planOf({ core: {} }, [])))), "paper").length === 1);
    ok(renderSvg(pictureOf(planOf({ core: {} }, []))).includes("@media (prefers-color-scheme: dark)"));
  });
});

describe("the figures of a link", () => {
  const plan = planOf({ core: {}, edge: { count: 2 } }, [
    {
      between: ["core", "edge-1"],
      delay: { there: "5ms", back: "9ms" },
      jitter: "1ms",
      loss: "0.5%",
      rate: "100mbit",
    },
    { between: ["core", "edge-2"], delay: "25ms" },
  ]);

  it("are one line where both directions are the same, and one each where they differ", () => {
    const { links } = layOutScene(pictureOf(plan));
    const [uneven, even] = links.map(({ label }) =>
      label?.lines.map(({ text }) => text.replace(/^[→←↑↓] /, "")),
    );
    deepEqual(uneven, ["5 ± 1 ms · 0.5 % loss · 100 Mbit/s", "9 ± 1 ms · 0.5 % loss · 100 Mbit/s"]);
    deepEqual(even, ["25 ms"]);
  });

  it("point the way that each direction goes in the drawing", () => {
    const [link] = layOutScene(pictureOf(plan)).links;
    const [there, back] = link?.label?.lines.map(({ text }) => text[0]) ?? [];
    const [dx, dy] = [(link?.to.x ?? 0) - (link?.from.x ?? 0), (link?.to.y ?? 0) - (link?.from.y ?? 0)];
    const arrows = Math.abs(dx) >= Math.abs(dy) ? (dx > 0 ? "→←" : "←→") : dy > 0 ? "↓↑" : "↑↓";
    equal(`${there}${back}`, arrows);
  });

  it("carry what a run measured, and mark what is beyond tolerance by sign, colour and thickness", () => {
    const document = parseSvg(renderSvg(pictureOf(plan, runOf(plan, ["core--edge-2"]))));
    deepEqual(textsOf(document, "good"), ["✓ RTT 14.4 ms · 0.5 % lost · 97 Mbit/s"]);
    deepEqual(textsOf(document, "bad"), ["✗ RTT 59.4 ms"]);
    const beyond = elements(document).filter((element) =>
      /\bbeyond\b/.test(element.getAttribute("class") ?? ""),
    );
    deepEqual(beyond.map((element) => element.getAttribute("data-link")).filter(Boolean), ["core--edge-2"]);
    ok(
      textsOf(document, "muted").some((text) => text.includes("run 7: 2 links measured, 1 beyond tolerance")),
    );
    ok(beyond[0]?.textContent?.includes("rtt, before the workloads: asked 50.4 ms, got 59.4 ms (± 1 ms)"));
  });

  it("are shown without measurements that were made while other figures were asked for", () => {
    const changed = planOf({ core: {}, edge: { count: 2 } }, [{ between: ["core", "edge"], delay: "25ms" }]);
    const picture = pictureOf(changed, runOf(plan));
    deepEqual(
      picture.links.map(({ name, measured }) => [name, measured !== undefined]),
      [
        ["core--edge-1", false],
        ["core--edge-2", true],
      ],
    );
    ok(
      renderSvg(picture).includes(
        "run 7 measured 1 of the links with other figures than these: measure again",
      ),
    );
  });

  it("beyond tolerance are listed where a hundred sites leave no room beside the link", () => {
    const hundred = planOf({ core: {}, edge: { count: 99 } }, [
      { generate: "star", center: "core", sites: ["edge"], delay: "25ms" },
    ]);
    const beyond = Array.from({ length: 40 }, (_, index) => `core--edge-${index + 1}`);
    const { legend, links } = layOutScene(pictureOf(hundred, runOf(hundred, beyond)));
    const rows = legend.rows.map(({ text }) => text);
    const missing = 40 - links.filter(({ label }) => label).length;
    ok(missing > 6, `${missing} of 40 have no place`);
    equal(rows.filter((text) => /^core → edge-\d+: 25 ms, ✗ RTT 59.4 ms$/.test(text)).length, 6);
    ok(rows.includes(`… and ${missing - 6} more: point at them`));
  });
});

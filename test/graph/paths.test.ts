import { deepEqual, equal, ok } from "assert/strict";
import { pictureOf, renderMermaid, renderSvg } from "../../components/plan/graph";
import { parseSvg, planOf, groupOf, runWithPaths, textsOf } from "./pictures";

const line = planOf({ a: {}, b: {}, c: {}, d: {} }, [
  { between: ["a", "b"], delay: { there: "5ms", back: "15ms" } },
  { between: ["b", "c"], delay: "10ms", loss: "2%" },
  { between: ["c", "d"], delay: "20ms" },
]);
const star = planOf(groupOf(40), [{ generate: "star", center: "core", sites: ["edge"], delay: "5ms" }]);

/** What a drawing writes below the topology. */
const legendOf = (svg: string) => textsOf(parseSvg(svg), "muted");

describe("the paths of a run, in a drawing,", () => {
  it("stand below it with what was expected and measured, and over which sites they lead", () => {
    const legend = legendOf(renderSvg(pictureOf(line, runWithPaths(line))));
    const from = legend.findIndex((text) => text.startsWith("measured end to end"));
    deepEqual(legend.slice(from), [
      "measured end to end: all 3 paths over several links, 0 beyond tolerance:",
      "a ↔ c over b: RTT 40.3 ms of 40 ms · 2 % lost of 2 %",
      "a ↔ d over b, c: RTT 80.3 ms of 80 ms · 2 % lost of 2 %",
      "b ↔ d over c: RTT 60.3 ms of 60 ms · 2 % lost of 2 %",
    ]);
  });

  it("are marked where they are beyond tolerance, and these come before all others", () => {
    const document = parseSvg(renderSvg(pictureOf(star, runWithPaths(star, "edge-7"))));
    const legend = textsOf(document, "muted");
    const late = runWithPaths(star, "edge-7").paths?.measured.filter(
      ({ between }) => between[0] === "edge-7",
    );
    ok(late && late.length > 0);
    const summary = legend.find((text) => text.startsWith("measured end to end")) ?? "";
    ok(
      summary.includes(`24 of 741 paths over several links, drawn by seed 1, ${late.length} beyond`),
      summary,
    );
    ok(summary.endsWith("the 6 farthest from what is expected:"), summary);
    equal(textsOf(document, "bad").filter((text) => text === "✗").length, late.length);
    equal(textsOf(document, "good").filter((text) => text === "✓").length, 6 - late.length);
    for (const { between } of late)
      ok(legend.some((text) => text.startsWith(`${between.join(" ↔ ")} over core: RTT`)));
  });

  it("are left out where the links add up to something else now, or sites are gone", () => {
    const slower = planOf({ a: {}, b: {}, c: {} }, [
      { between: ["a", "b"], delay: "6ms" },
      { between: ["b", "c"], delay: "10ms", loss: "2%" },
    ]);
    equal(pictureOf(slower, runWithPaths(line)).paths, undefined);
    const without = planOf({ b: {}, c: {}, d: {} }, [
      { between: ["b", "c"], delay: "10ms", loss: "2%" },
      { between: ["c", "d"], delay: "20ms" },
    ]);
    deepEqual(
      pictureOf(without, runWithPaths(line)).paths?.measured.map(({ between }) => between),
      [["b", "d"]],
    );
  });

  it("stand in a box of their own in Mermaid", () => {
    const text = renderMermaid(pictureOf(line, runWithPaths(line, "a")));
    const box = text.split("\n").find((one) => one.startsWith("  paths[")) ?? "";
    ok(box.includes("2 beyond tolerance:<br/>✗ a ↔ c over b: RTT 49.3 ms of 40 ms"), box);
    ok(box.includes("<br/>✓ b ↔ d over c: RTT 60.3 ms of 60 ms"), box);
    ok(!renderMermaid(pictureOf(line)).includes("paths["));
  });
});

describe("what is expected of a path, in a drawing,", () => {
  const pareto = { by: "6ms", distribution: "pareto" };
  const plan = planOf({ a: {}, b: {}, c: {} }, [
    { between: ["a", "b"], delay: "20ms", jitter: pareto, corrupt: "1%" },
    { between: ["b", "c"], delay: "10ms", loss: "2%" },
  ]);

  it("is the median and the loss that the verdict is by", () => {
    const legend = legendOf(renderSvg(pictureOf(plan, runWithPaths(plan))));
    const [line] = legend.filter((text) => text.startsWith("a ↔ c"));
    // A sum of delays, and the losses alone, would be 60 ms and 2 %.
    equal(line, "a ↔ c over b: RTT 60.3 ms of 57.4 ms · 2 % lost of 2.98 %");
  });

  it("is compared with what its links are asked for now, in all their figures", () => {
    const sound = planOf({ a: {}, b: {}, c: {} }, [
      { between: ["a", "b"], delay: "20ms", jitter: pareto },
      { between: ["b", "c"], delay: "10ms", loss: "2%" },
    ]);
    equal(pictureOf(sound, runWithPaths(plan)).paths, undefined);
    ok(pictureOf(plan, runWithPaths(plan)).paths);
  });
});

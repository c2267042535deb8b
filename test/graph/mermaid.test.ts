import { deepEqual, equal, match, ok } from "assert/strict";
import { pictureOf, renderMermaid } from "../../components/plan/graph";
import { namesInShort } from "../../components/plan/graph/leaves";
import { groupOf, planOf, runOf, samples } from "./pictures";

describe("a Mermaid drawing", () => {
  const plan = planOf({ core: {}, end: {} }, [
    { between: ["core", "end"], delay: { there: "5ms", back: "9ms" }, rate: "10mbit" },
  ]);

  it("has sites with their gateway and services, and links from gateway to gateway", () => {
    deepEqual(renderMermaid(pictureOf(plan)).split("\n"), [
      "---",
      'title: "test"',
      "---",
      "flowchart LR",
      "  accTitle: Topology of test",
      '  subgraph s0["core"]',
      '    s0g{{"gateway"}}',
      '    s0x1["rabbitmq"]',
      '    s0x2["agents"]',
      "  end",
      '  subgraph s1["end"]',
      '    s1g{{"gateway"}}',
      '    s1x1["agents"]',
      "  end",
      '  s0g ---|"→ 5 ms · 10 Mbit/s<br/>← 9 ms · 10 Mbit/s"| s1g',
      "",
    ]);
  });

  it("carries what was measured and marks the links beyond tolerance", () => {
    const text = renderMermaid(pictureOf(plan, runOf(plan, ["core--end"])));
    ok(text.includes('<br/>✗ RTT 23.4 ms · 9.7 Mbit/s"| s1g'));
    ok(text.includes("\n  linkStyle 0 stroke:#c01f1f,stroke-width:3px\n"));
  });

  it("of some sites has one node a site", () => {
    const text = renderMermaid((samples["a ring of 12"] ?? (() => pictureOf(plan)))());
    equal(text.match(/^ {2}s\d+\[/gm)?.length, 12);
    equal(text.match(/---\|"5 ms"\|/g)?.length, 12);
    ok(!text.includes("subgraph"));
  });

  const hundred = planOf(groupOf(100), [
    { generate: "tree", arity: 4, sites: ["core", "edge"], delay: "4ms" },
  ]);

  it("of many sites draws those at the ends of like links as one, every site and link being in one place", () => {
    const text = renderMermaid(pictureOf(hundred));
    // Of a tree of four below each, sites from edge-25 on are ends; edge-24 has but three below it.
    equal(text.match(/^ {2}s\d+\[/gm)?.length, 25);
    equal(text.match(/^ {2}l\d+\(/gm)?.length, 19);
    ok(text.includes('(["edge-97 … edge-99<br/>3 sites, each with agents"])'));
    ok(text.includes('(["edge-85 … edge-88<br/>4 sites, each with agents"])'));
    const counts = [...text.matchAll(/<br\/>(\d+) sites, each/g)].map(([, count]) => Number(count));
    equal(
      counts.reduce((sum, count) => sum + count, 25),
      100,
    );
    equal(text.match(/---\|"4 ms"\|/g)?.length, 24 + 19);
  });

  it("leaves alone what was measured beyond tolerance, and counts the rest", () => {
    const text = renderMermaid(pictureOf(hundred, runOf(hundred, ["edge-24--edge-98"])));
    ok(text.includes('["edge-98<br/>agents"]'));
    ok(text.includes('(["edge-97, edge-99<br/>2 sites, each with agents"])'));
    match(text, / ---\|"4 ms<br\/>✓ all 2"\| l\d+$/m);
    const links = text.split("\n").filter((line) => line.includes(" ---|"));
    const [, index] = /linkStyle (\d+) stroke/.exec(text) ?? [];
    match(links[Number(index)] ?? "", /✗ RTT/);
  });

  it("keeps leaves apart that differ: by direction, figures, neighbour or services", () => {
    const links = [
      { generate: "star", center: "core", sites: ["a", "b", "c"], delay: "5ms" },
      { between: ["d", "core"], delay: { there: "5ms", back: "9ms" } },
      { between: ["core", "e"], delay: { there: "5ms", back: "9ms" } },
    ];
    const sites = { core: {}, a: { count: 12 }, b: { count: 12 }, c: {}, d: {}, e: {} };
    const text = renderMermaid(pictureOf(planOf(sites, links)));
    equal(text.match(/^ {2}l\d+\(/gm)?.length, 1);
    ok(text.includes('(["a-1 … a-12, b-1 … b-12, c<br/>25 sites, each with agents"])'));
    ok(text.includes('["d<br/>agents"]') && text.includes('["e<br/>agents"]'));
  });
});

describe("names in short", () => {
  it("are runs by their ends, others one by one, and not too many", () => {
    equal(namesInShort(["a-1", "a-2", "a-3", "b", "c-7", "c-8"], 9), "a-1 … a-3, b, c-7, c-8");
    equal(namesInShort(["a-9", "a-10", "a-11"], 9), "a-9 … a-11");
    equal(namesInShort(["a-1", "b-2", "c-3"], 2), "a-1, b-2, …");
    equal(namesInShort([], 2), "");
  });
});

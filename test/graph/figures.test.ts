import { deepEqual, equal, ok } from "assert/strict";
import { pictureOf, renderMermaid, renderSvg } from "../../components/plan/graph";
import { bandsOf } from "../../components/plan/graph/legend";
import { layOutScene } from "../../components/plan/graph/scene";
import type { Results } from "../../workloads/results/schema";
import { groupOf, parseSvg, planOf, runOf, samples, textsOf } from "./pictures";

const link = { delay: "25ms", jitter: "2ms", rate: "100mbit" };
/** Each differs from the first in one figure that few links have. */
const alike: readonly object[] = [
  link,
  { ...link, jitter: { by: "2ms", distribution: "normal" } },
  { ...link, jitter: { by: "2ms", correlation: "25%" } },
  { ...link, queue: { packets: 100 } },
  { ...link, duplicate: "0.5%" },
  { ...link, corrupt: "0.2%" },
];
const star = alike.map((figures, index) => ({ between: ["core", `edge-${index + 1}`], ...figures }));

/** Titles of the links of a drawing. */
function titlesOf(svg: string): string[] {
  return Array.from(parseSvg(svg).getElementsByTagName("g"))
    .filter((group) => group.hasAttribute("data-link"))
    .map((group) => group.getElementsByTagName("title")[0]?.textContent ?? "");
}

describe("figures that few links have", () => {
  const everything = [
    "25 ± 2 ms (normal) · 3.85 % loss · 10 Mbit/s · jitter correlated by 25 %",
    "losses in bursts: 1 % begin one, 25 % end it, 100 % lost inside, 0 % outside",
    "queue of 100 packets · 0.5 % duplicated · 0.2 % corrupted · 2 % reordered, gap 5",
  ].join(" · ");
  const rare = samples["a star of 4 with rare figures"];

  it("are all in what is said of a link that is pointed at, and in Mermaid", () => {
    ok(rare);
    for (const title of titlesOf(renderSvg(rare()))) ok(title.includes(`\n${everything}`), title);
    equal(renderMermaid(rare()).split(`"${everything}"`).length, 4);
  });

  it("are a sign beside their link, which the legend explains once", () => {
    ok(rare);
    const { links, legend } = layOutScene(rare());
    for (const { label } of links)
      equal(label?.lines[0]?.text, "25 ± 2 ms (normal) · 3.85 % loss · 10 Mbit/s · …");
    const [row, ...others] = legend.rows.map(({ text }) => text).filter((text) => text.startsWith("…"));
    equal(row, `… of 3 links: ${everything.slice(everything.indexOf("jitter"))}`);
    deepEqual(others, []);
  });

  it("are told of the direction that has them", () => {
    const picture = pictureOf(
      planOf({ a: {}, b: {} }, [
        { between: ["a", "b"], delay: "5ms", duplicate: { there: "0.5%", back: "0%" } },
      ]),
    );
    deepEqual(titlesOf(renderSvg(picture)), ["a → b\n→ 5 ms · 0.5 % duplicated\n← 5 ms"]);
    ok(
      layOutScene(picture)
        .legend.rows.map(({ text }) => text)
        .includes("… of a → b: → 0.5 % duplicated"),
    );
  });

  it("give links that differ in nothing else colours of their own", () => {
    const { links } = pictureOf(planOf(groupOf(7), star));
    equal(new Set(bandsOf(links).bandOf).size, alike.length);
  });

  it("keep sites apart in Mermaid whose links differ in nothing else", () => {
    const plain = Array.from({ length: 12 }, (_, index) => ({
      between: ["core", `edge-${index + 7}`],
      ...link,
    }));
    const text = renderMermaid(pictureOf(planOf(groupOf(19), [...star, ...plain])));
    ok(text.includes("<br/>13 sites, each with agents"), text);
    for (const index of [2, 3, 4, 5, 6]) ok(text.includes(`["edge-${index}<br/>agents"]`), text);
  });

  it("is the distribution of jitter, named where it is not uniform", () => {
    const [uniform, normal] = layOutScene(pictureOf(planOf(groupOf(7), star))).links.map(
      ({ label }) => label?.lines[0]?.text,
    );
    deepEqual([uniform, normal], ["25 ± 2 ms · 100 Mbit/s", "25 ± 2 ms (normal) · 100 Mbit/s"]);
  });
});

describe("a link that deviates after the workloads alone", () => {
  const plan = planOf({ a: {}, b: {} }, [{ between: ["a", "b"], delay: "25ms" }]);
  const direction = (delayMs: number) => ({ delayMs, lossPercent: 0, packets: 100 });
  const after = (rttMs: number, there: number, back: number, what: string): Results["links"] =>
    runOf(plan).links.map((record) => ({
      ...record,
      after: {
        rttMs: { median: rttMs, mean: rttMs, min: rttMs, max: rttMs, stddev: 0 },
        ...{ there: direction(there), back: direction(back) },
      },
      deviations: [{ when: "after", what, asked: 25, measured: there, tolerance: 1, unit: "ms" }],
    }));
  const marked = (links: Results["links"]) =>
    textsOf(parseSvg(renderSvg(pictureOf(plan, { run: 7, links }))), "bad");

  it("shows the figure that deviates, not the one from before them", () => {
    deepEqual(marked(after(59.4, 34, 25.4, "rtt")), ["✗ after: RTT 59.4 ms"]);
    const text = renderMermaid(pictureOf(plan, { run: 7, links: after(59.4, 34, 25.4, "rtt") }));
    ok(text.includes("<br/>✗ after: RTT 59.4 ms"), text);
  });

  it("shows the delays of single directions where these deviate", () => {
    const [text] = marked(after(50.4, 34, 16.4, "delay there"));
    ok(text && /^✗ after: RTT 50\.4 ms · [→←↑↓] 34 ms$/.test(text), text);
  });

  it("shows the loss where none is what deviates", () => {
    deepEqual(marked(after(50.4, 25.2, 25.2, "loss there")), ["✗ after: RTT 50.4 ms · 0 % lost"]);
  });

  it("shows what was measured before them where it deviates then", () => {
    deepEqual(marked(runOf(plan, ["a--b"]).links), ["✗ RTT 59.4 ms"]);
  });
});

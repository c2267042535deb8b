import { DOMParser, type Document, type Element } from "@xmldom/xmldom";
import { pictureOf, type Picture } from "../../components/plan/graph";
import { planMeasuredPaths } from "../../components/plan/measuredPaths";
import { planScenario, type Plan } from "../../components/plan/plan";
import { parseScenario } from "../../stacks/scenario/parse";
import type { Results } from "../../workloads/results/schema";

/** A plan of sites with the links given; agents everywhere. */
export function planOf(sites: object, links: readonly unknown[], more: object = {}): Plan {
  const workload = { name: "call", kind: "rpc", clients: {}, servers: {}, calls: 1 };
  const everywhere = Object.fromEntries(Object.keys(sites).map((name) => [name, 1]));
  return planScenario(
    parseScenario({
      sites,
      links,
      bus: { kind: "rabbitmq" },
      workloads: [{ ...workload, clients: everywhere, servers: everywhere }],
      ...more,
    }),
    { stack: "test", busy: [] },
  );
}

export function groupOf(count: number): object {
  return { core: {}, edge: { count: count - 1 } };
}

/** Topologies of every kind and size that a drawing must be readable for. */
export const samples: Readonly<Record<string, () => Picture>> = {
  "one site": () => pictureOf(planOf({ core: {} }, [])),
  "a star of 4": () => pictureOf(planOf(groupOf(4), [star])),
  "a mesh of 6, all lossy": () =>
    pictureOf(planOf(groupOf(6), [{ ...all, generate: "mesh", delay: "25ms", jitter: "3ms", loss: "0.1%" }])),
  "a ring of 12": () => pictureOf(planOf(groupOf(12), [{ ...all, generate: "ring", delay: "5ms" }])),
  "a star of 20": () => pictureOf(planOf(groupOf(20), [star])),
  "a tree of 20": () =>
    pictureOf(planOf(groupOf(20), [{ ...all, generate: "tree", arity: 3, rate: "100mbit" }])),
  "a random graph of 20": () => pictureOf(planOf(groupOf(20), [random])),
  "a dense random graph of 30": () => pictureOf(planOf(groupOf(30), [{ ...random, degree: 10 }])),
  "a tree of 100": () => pictureOf(planOf(groupOf(100), [{ ...all, generate: "tree", arity: 4 }])),
  "a star of 100": () => pictureOf(planOf(groupOf(100), [star])),
  "a random graph of 100": () => pictureOf(planOf(groupOf(100), [random])),
  "a control plane with Rally": () => pictureOf(planOf(groupOf(4), [star], controlPlane)),
  "a control plane and 29 sites with computes": () =>
    pictureOf(planOf(groupOf(30), [star], { ...controlPlane, controlPlane: { computes: { edge: 3 } } })),
  "a control plane and 99 sites with computes": () =>
    pictureOf(planOf(groupOf(100), [star], { ...controlPlane, controlPlane: { computes: { edge: 3 } } })),
  "a star of 4 with rare figures": () => pictureOf(planOf(groupOf(4), [rare])),
  "a map of 5, two at one place": () =>
    pictureOf(
      planOf(
        {
          paris: { at: [48.86, 2.35] },
          orly: { at: [48.86, 2.35] },
          berlin: { at: [52.52, 13.4] },
          tokyo: { at: [35.68, 139.69] },
          lima: { at: [-12.05, -77.04] },
        },
        [{ geography: { sites: ["paris", "orly", "berlin", "tokyo", "lima"], neighbours: { nearest: 2 } } }],
      ),
    ),
};

/** OpenStack's services at a core, seven and six computes at two edges, and Rally, which asks for tokens. */
export const controlPlane = {
  controlPlane: { site: "core", computes: { "edge-1": 7, "edge-2": 6, "edge-3": 1 } },
  workloads: [{ name: "tokens", kind: "rally", site: "core", scenario: "Authenticate.keystone", times: 1 }],
};

/** A link with everything that few have. */
const rare = {
  between: ["core", "edge"],
  ...{ delay: "25ms", jitter: { by: "2ms", distribution: "normal", correlation: "25%" } },
  ...{ loss: { bursts: { begins: "1%", ends: "25%" } }, rate: "10mbit", queue: { packets: 100 } },
  ...{ duplicate: "0.5%", corrupt: "0.2%", reorder: { percent: "2%", gap: 5 } },
};

const all = { sites: ["core", "edge"] };
const star = { generate: "star", center: "core", sites: ["edge"], delay: "25ms" };
const random = { ...all, generate: "random", degree: 3, delay: { from: "2ms", to: "40ms" } };

/** A run that measured what was asked, but for the links named, whose round trip is 9 ms too long. */
export function runOf(plan: Plan, beyond: readonly string[] = []): Pick<Results, "run" | "links"> {
  return {
    run: 7,
    links: plan.links.map(({ name, between: [a, b], there, back }) => {
      const late = beyond.includes(name) ? 9 : 0;
      const rttMs = there.delayMs + back.delayMs + 0.4 + late;
      const direction = (loss: number, rate: number | undefined) => ({
        lossPercent: loss,
        packets: 100,
        ...(rate === undefined ? {} : { rateBitsPerSecond: rate * 0.97 }),
      });
      return {
        name,
        between: [a, b] as [string, string],
        emulator: "nfqueue" as const,
        asked: { there, back },
        before: {
          rttMs: { median: rttMs, mean: rttMs, min: rttMs, max: rttMs, stddev: 0 },
          there: direction(there.lossPercent, there.rateBitsPerSecond),
          back: direction(back.lossPercent, back.rateBitsPerSecond),
        },
        deviations:
          late === 0
            ? []
            : [
                {
                  when: "before" as const,
                  what: "rtt",
                  asked: rttMs - late,
                  measured: rttMs,
                  tolerance: 1,
                  unit: "ms" as const,
                },
              ],
      };
    }),
  };
}

/** The same with the paths of the plan: as their links add up, but for those from the site named, 9 ms too long. */
export function runWithPaths(plan: Plan, late?: string): Pick<Results, "run" | "links" | "paths"> {
  const { pairs, sample } = planMeasuredPaths(plan);
  const measured = sample.map(({ between, there, back }, index) => {
    const isLate = between[0] === late;
    const expected = there.delayMs + back.delayMs;
    const rttMs = expected + 0.3 + index / 100 + (isLate ? 9 : 0);
    const direction = (lossPercent: number) => ({ lossPercent, packets: 1000 });
    return {
      between,
      predicted: { there, back },
      measured: {
        rttMs: { median: rttMs, mean: rttMs, min: rttMs, max: rttMs, stddev: 0 },
        there: direction(there.lossPercent),
        back: direction(back.lossPercent),
      },
      deviations: isLate
        ? [
            {
              ...{ when: "before" as const, what: "rtt", asked: expected, measured: rttMs },
              ...{ tolerance: 1, unit: "ms" as const },
            },
          ]
        : [],
    };
  });
  return { ...runOf(plan), paths: { pairs, seed: plan.scenario.seed, measured } };
}

/** Parses a drawing. Errors: it is not well-formed. */
export function parseSvg(svg: string): Document {
  return new DOMParser({
    onError: (level, message) => {
      throw new Error(`${level}: ${message}`);
    },
  }).parseFromString(svg, "image/svg+xml");
}

/** Every element of a document below an element. */
export function elements(root: Document | Element): Element[] {
  return Array.from(root.getElementsByTagName("*"));
}

/** The text of a drawing's elements of one class, line by line. */
export function textsOf(document: Document, name: string): string[] {
  return elements(document)
    .filter((element) => (element.getAttribute("class") ?? "").split(" ").includes(name))
    .map((element) => element.textContent ?? "");
}

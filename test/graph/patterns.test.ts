import { deepEqual, equal, ok } from "assert/strict";
import { pictureOf, renderSvg, withPatterns, type Picture } from "../../components/plan/graph";
import { layOutScene } from "../../components/plan/graph/scene";
import type { Patterns } from "../../workloads/results/patterns";
import { patternsOf } from "../../workloads/trace/patterns";
import { planned } from "../support/plans";
import { controlPlaneScenario } from "../support/scenarios";
import { patternsOf1, surroundings } from "../trace/patternFixture";
import { groupOf, parseSvg, planOf, textsOf } from "./pictures";

const patterns = patternsOf([{ patterns: patternsOf1(), missing: [], unfinished: 0 }], surroundings());
const picture = () =>
  pictureOf(
    planned({
      ...controlPlaneScenario({ profiler: true }),
      bus: { kind: "rabbitmq", site: "core" },
      workloads: [{ name: "boot", kind: "trace", site: "core" }],
    }),
  );
const drawn = (changes: Partial<Patterns> = {}) => {
  ok(patterns);
  return withPatterns(picture(), "boot", { patterns: { ...patterns, ...changes } });
};

describe("a drawing with what services tell each other", () => {
  it("has it beside each link that carries any, as it lies", () => {
    const texts = textsOf(parseSvg(renderSvg(drawn())), "traffic");
    equal(texts[0], "5 round trips a request");
    ok(texts[1] && /^messages [←→↑↓] 5, 17\.4 kB [←→↑↓] 5, 18\.5 kB$/.test(texts[1]), texts[1]);
    equal(texts.length, 2);
  });

  it("has links by how much they carry, and others as they were", () => {
    const { links } = layOutScene(drawn());
    deepEqual(
      links.map(({ link, weight }) => [link.name, weight]),
      [
        ["core--edge-1", 4],
        ["core--edge-2", undefined],
      ],
    );
  });

  it("has an arrow from service to service for each pattern over links, in its colour, and what it stands for", () => {
    const svg = parseSvg(renderSvg(drawn()));
    const flows = Array.from(svg.getElementsByTagName("g")).filter((group) =>
      group.hasAttribute("data-flow"),
    );
    deepEqual(flows.map((flow) => [flow.getAttribute("data-flow"), flow.getAttribute("class")]).sort(), [
      ["core/nova-conductor edge-1/computes cast", "flow band-1"],
      ["edge-1/computes core/neutron rest", "flow band-4"],
      ["edge-1/computes core/nova-conductor call", "flow band-0"],
      ["edge-1/computes core/nova-scheduler fanout", "flow band-2"],
    ]);
    const rows = layOutScene(drawn()).legend.rows.map(({ text }) => text);
    for (const pattern of ["call", "cast", "fanout", "rest"]) ok(rows.includes(pattern), pattern);
    ok(!rows.includes("sql"));
  });

  it("has arrows begin and end at the rows of their services, at the sides that sites turn to each other", () => {
    const { flows, sites } = layOutScene(drawn());
    const box = (name: string) => sites.find(({ site }) => site.name === name)?.mark;
    const [core, edge] = [box("core"), box("edge-1")];
    ok(core && edge);
    for (const { from, to, flow } of flows) {
      const [start, end] = flow.from.startsWith("core") ? [core, edge] : [edge, core];
      for (const [point, mark] of [
        [from, start],
        [to, end],
      ] as const) {
        ok(Math.abs(Math.abs(point.x - mark.x) - mark.width / 2) < 0.2, `${point.x} at ${mark.x}`);
        ok(Math.abs(point.y - mark.y) < mark.height / 2);
      }
    }
  });

  it("leads to a site's database by its server", () => {
    const far = drawn({
      exchanges: [
        {
          ...{ pattern: "sql", from: "edge-1/computes", to: "core/database", what: "SELECT instances" },
          ...{ over: ["core--edge-1"], count: 2, waits: 0, roundTrips: 0 },
        },
      ],
    });
    deepEqual(
      far.flows?.map(({ from, to, pattern }) => [from, to, pattern]),
      [["edge-1/computes", "core/mariadb", "sql"]],
    );
  });

  it("has no arrows among sites of which not all services are drawn", () => {
    const many: Picture = {
      ...pictureOf(planOf(groupOf(20), [{ between: ["core", "edge"], delay: "25ms" }])),
      flows: [{ from: "edge-1/agents", to: "core/rabbitmq", pattern: "call", details: [] }],
    };
    deepEqual(layOutScene(many).flows, []);
  });

  it("is the same as without it where nothing is told", () => {
    const { links, ...rest } = withPatterns(picture(), "boot", {});
    deepEqual(links, picture().links);
    deepEqual(rest.flows, []);
  });
});

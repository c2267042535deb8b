import { deepEqual, equal, notEqual } from "assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { planScenario } from "../../components/plan/plan";
import { readScenarioFiles } from "../../stacks/scenario/files";
import { parseScenario, ScenarioError } from "../../stacks/scenario/parse";
import { linesOf, planned, refusalOf } from "./links";

const table = (text: string, more: object = {}) => ({
  matrix: { file: "delays.csv", text },
  holds: "one-way",
  ...more,
});
const rest = { between: ["core", "edge-3"], delay: "1ms" };

describe("a table of delays", () => {
  it("links the pairs that have a number, each direction its own; the diagonal and empty cells are no links", () => {
    deepEqual(linesOf([table(",core,edge-1,edge-2\ncore,0,5,7.25\nedge-1,6,,\nedge-2,8,,0\n"), rest]), [
      "core--edge-1 5/6",
      "core--edge-2 7.25/8",
      "core--edge-3 1/1",
    ]);
  });

  it("may give one half only: the number then holds in both directions", () => {
    deepEqual(linesOf([table(",core,edge-1,edge-2\ncore,,5,\nedge-1,,,7\nedge-2,,,\n"), rest]), [
      "core--edge-1 5/5",
      "edge-1--edge-2 7/7",
      "core--edge-3 1/1",
    ]);
  });

  it("of round trips gives each direction half of its own", () => {
    deepEqual(linesOf([table(",core,edge-1,edge-2\ncore,,10,31\nedge-1,12,,\n", { holds: "rtt" }), rest]), [
      "core--edge-1 5/6",
      "core--edge-2 15.5/15.5",
      "core--edge-3 1/1",
    ]);
  });

  it("takes comments, quotes, blank lines and a byte order mark, and figures for all its links", () => {
    const text = '\ufeff# measured in spring\n,"core",edge-1,edge-2\n\ncore, ,5, 6\n';
    const [link] = planned([table(text, { loss: "1%", rate: "10mbit" }), rest]);
    deepEqual(link?.there, { delayMs: 5, jitterMs: 0, lossPercent: 1, rateBitsPerSecond: 10e6 });
  });

  for (const [what, text, message] of [
    [
      "a site that isn't there",
      ",core,cloud\ncore,,5\n",
      'there is no site "cloud"; the sites are core, edge',
    ],
    ["a group", ",core,edge\ncore,,5\n", '"edge" is a group: name its sites one by one, such as "edge-1"'],
    [
      "what is no name",
      ",core,$(id)\ncore,,5\n",
      '"$(id)" is no name for a site: use up to 31 lower-case letters, digits and single hyphens, a letter first',
    ],
    [
      "a cell that is no number",
      ",core,edge-1\ncore,,5ms\n",
      'line 2, column "edge-1": "5ms" is not a delay in milliseconds: use a number from 0 to 10000, such as 12.5, or nothing for no link',
    ],
    [
      "a negative cell",
      ",core,edge-1\ncore,,-5\n",
      'line 2, column "edge-1": "-5" is not a delay in milliseconds: use a number from 0 to 10000, such as 12.5, or nothing for no link',
    ],
    [
      "a delay of a site to itself",
      ",core,edge-1\ncore,3,5\n",
      'line 2: "3" is a delay of "core" to itself: leave it empty',
    ],
    [
      "a column that is there twice",
      ",edge-1,edge-1\ncore,1,2\n",
      'column "edge-1" is there twice: a site has one',
    ],
    ["a row that is there twice", ",edge-1\ncore,1\ncore,2\n", 'line 3: "core" has a row already: drop one'],
    [
      "rows of different lengths",
      ",core,edge-1\ncore,1\n",
      "it is not a table of comma-separated values: Invalid Record Length: expect 3, got 2 on line 2",
    ],
    ["nothing in it", "", 'it holds no delays: use rows such as ",core,edge", "core,,12.5", "edge,12.5,"'],
  ] as const)
    it(`is refused for ${what}`, () => {
      deepEqual(refusalOf([table(text), { between: ["core", "edge"], delay: "1ms" }]), [
        `links[0].matrix: delays.csv: ${message}`,
      ]);
    });

  it("is refused without saying what its numbers are", () => {
    deepEqual(refusalOf([{ matrix: { file: "delays.csv", text: ",core,edge-1\ncore,,5\n" } }]), [
      'links[0].holds: expected one of "one-way", "rtt", got nothing',
    ]);
  });
});

describe("the file of a table", () => {
  const directory = mkdtempSync(join(tmpdir(), "buswide-matrix-"));
  after(() => rmSync(directory, { recursive: true }));
  const scenario = {
    sites: { core: {}, edge: {} },
    links: [{ matrix: "delays.csv", holds: "one-way" }],
    bus: { kind: "rabbitmq" },
  };
  const planWith = (text: string) => {
    writeFileSync(join(directory, "delays.csv"), text);
    const parsed = parseScenario(readScenarioFiles(scenario, directory));
    return planScenario(parsed, { stack: "test", busy: [] });
  };

  it("is found from the scenario's folder, and is part of the scenario's hash by what it says", () => {
    const plan = planWith(",core,edge\ncore,,5\n");
    equal(plan.links[0]?.there.delayMs, 5);
    notEqual(planWith(",core,edge\ncore,,6\n").scenarioSha256, plan.scenarioSha256);
    equal(
      planWith("# the same, said otherwise\n,core,edge\ncore,0,5.0\n").scenarioSha256,
      plan.scenarioSha256,
    );
  });

  it("that cannot be read is refused by its place in the scenario", () => {
    const missing = { ...scenario, links: [{ matrix: "no.csv", holds: "rtt" }] };
    try {
      readScenarioFiles(missing, directory);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      equal(
        error.message,
        'links[0].matrix: "no.csv" cannot be read (ENOENT): give the path of a CSV file from the scenario\'s folder',
      );
      return;
    }
    throw new Error("it was not refused");
  });

  it("that nobody read is refused rather than taken for empty", () => {
    deepEqual(refusalOf([{ matrix: "delays.csv", holds: "rtt" }]), [
      'links[0].matrix: "delays.csv" was not read: give a file beside the scenario, or { file, text } with its text',
    ]);
  });

  it("is left alone where the scenario is none: saying so is the parser's part", () => {
    for (const value of [undefined, 5, [], { links: {} }, { links: [5, { matrix: 5 }] }])
      deepEqual(readScenarioFiles(value, directory), value);
  });
});

import { deepEqual, equal, match, ok } from "assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { stringify } from "yaml";
import { compare, settingDifferences } from "../../bin/commands/compare";
import { describeDifference } from "../../bin/report/difference";
import { compareSides } from "../../campaigns/compare/compare";
import { findSource, type Source } from "../../campaigns/compare/sources";
import { readJournal, writeJournal, type Journal } from "../../campaigns/journal";
import { writeCampaign, type Model } from "./synthetic";

type Scenario = Readonly<Record<string, unknown>>;

describe("the settings that a comparison says are not the same", () => {
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-settings-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  function campaign(model: Model, change: (journal: Journal) => Partial<Journal> = () => ({})): Source {
    const folder = writeCampaign(root, { repetitions: 1, ...model });
    const journal = readJournal(folder);
    writeJournal(folder, { ...journal, ...change(journal) });
    return findSource(folder, root);
  }

  function run(number: number, scenario?: Scenario): Source {
    const folder = join(root, "runs", "c-wan", String(number));
    if (scenario) keep(folder, scenario);
    return findSource(folder, root);
  }

  function keep(folder: string, scenario: Scenario): void {
    mkdirSync(join(folder, "config"), { recursive: true });
    writeFileSync(join(folder, "config", "scenario.yaml"), stringify(scenario));
  }

  const between = (a: Source, b: Source) => {
    const [left, right] = [a, b].map(({ label, table }) => ({ label, ...table }));
    ok(left && right);
    return settingDifferences(a, b, compareSides(left, right))?.map(describeDifference);
  };
  const set = (values: Journal["definition"]["set"]) => (journal: Journal) => ({
    definition: { ...journal.definition, set: values },
  });
  const written = (values: Scenario) => (journal: Journal) => ({
    scenario: { ...(journal.scenario as Scenario), ...values },
  });

  it("are none of the same campaign, nor what both vary, nor words", () => {
    deepEqual(between(campaign({}), campaign({ number: 2 })), []);
    const otherBase = written({
      links: [{ between: ["core", "edge"], delay: "70ms" }],
      description: "Another.",
    });
    deepEqual(between(campaign({}), campaign({ number: 2 }, otherBase)), []);
    deepEqual(between(campaign({ delays: [0, 10] }), campaign({ number: 2, delays: [10, 25] })), []);
  });

  it("are of campaigns those of the scenario that is varied, and those that are set at every point", () => {
    deepEqual(between(campaign({}), campaign({ number: 2 }, written({ bus: { kind: "zeromq" } }))), [
      "bus.kind rabbitmq → zeromq",
    ]);
    deepEqual(between(campaign({}, set({ "workloads[0].rate": "500/s" })), campaign({ number: 2 })), [
      "workloads[call].rate 500/s → 50/s",
    ]);
    // Said another way, it is the same.
    const same = set({ "bus.kind": "zeromq" });
    deepEqual(between(campaign({}, same), campaign({ number: 2 }, written({ bus: { kind: "zeromq" } }))), []);
  });

  it("have what only one campaign varies, and what the other has in its place", () =>
    deepEqual(between(campaign({ buses: ["zeromq"] }), campaign({ number: 2 })), [
      "bus.kind zeromq → rabbitmq",
    ]));

  it("have nothing of a part that the other varies as a whole, and both have at the same point", () => {
    const whole = (journal: Journal) => ({
      points: journal.points.map(({ "bus.kind": kind = "", ...values }) => ({
        bus: { kind, topology: "single" },
        ...values,
      })),
    });
    const buses = ["rabbitmq", "zeromq"];
    deepEqual(between(campaign({ buses }, whole), campaign({ number: 2, buses: [...buses].reverse() })), [
      "- bus.topology single",
    ]);
  });

  const scenario = { seed: 1, bus: { kind: "rabbitmq" }, workloads: [{ name: "call", rate: 50 }] };

  it("are of a campaign with runs those of the scenarios that were kept, but for the seed", () => {
    const source = campaign({ delays: [10] });
    keep(source.runs[0]?.folder ?? "", scenario);
    campaign({ number: 2, delays: [10] });
    const other = run(2001, { ...scenario, seed: 9, workloads: [{ name: "call", rate: 80 }] });
    deepEqual(between(source, other), ["workloads[call].rate 50 → 80"]);
  });

  it("are of a run with a run all that differs, the seed too", () => {
    campaign({ delays: [10, 20] });
    deepEqual(between(run(1001, scenario), run(1002, { ...scenario, seed: 2 })), ["seed 1 → 2"]);
  });

  it("are not known where a scenario was not kept", () => {
    campaign({ delays: [10, 20] });
    equal(between(run(1001, scenario), run(1002)), undefined);
  });

  it("are said before any figure", async () => {
    campaign({});
    campaign({ number: 2 }, set({ "workloads[0].rate": "500/s" }));
    const write = process.stdout.write.bind(process.stdout);
    let text = "";
    process.stdout.write = (piece) => ((text += String(piece)), true);
    try {
      await compare("wan@1", "wan@2", { root, json: false });
    } finally {
      process.stdout.write = write;
    }
    match(
      text,
      /^A: .*\nB: .*\n\nThe scenarios differ, besides in what was varied, in:\n {2}workloads\[call\]\.rate 50\/s → 500\/s\n/,
    );
    ok(text.indexOf("500/s") < text.indexOf("verdict"));
  });
});

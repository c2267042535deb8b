import assert from "assert/strict";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { loadCampaign, scenarioAt } from "../../bin/campaign/load";
import { Refusal } from "../../bin/refusal";
import { planScenario, type PlanFacts } from "../../components/plan/plan";
import { machineHosts } from "../../components/target/machines/hosts";
import { parseScenario, ScenarioError, type ScenarioIssue } from "../../stacks/scenario/parse";
import type { Scenario } from "../../stacks/scenario/schema";
import { projectRoot } from "../command/shim";
import { facts } from "../support/plans";
import { campaign } from "./arbitraries/campaign";
import { scenario } from "./arbitraries/scenario";

const runs = 10_000;
const campaigns = 2_000;
/** The gate's, unless another is wanted: the same scenarios each time, or others. */
const seed = Number(process.env["BUSWIDE_FUZZ_SEED"] ?? 8);

/** Where a refusal was, and how it begins, without what is this scenario's own. */
function kindOf(path: string, message: string): string {
  const words = message.replace(/"[^"]*"/g, "…").replace(/-?[\d.]+/g, "0");
  return `${path.replace(/\d+/g, "0")}: ${words.slice(0, 40)}`;
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is known of the hosts that a scenario names, as if each had answered. */
function factsOf({ target }: Scenario): PlanFacts {
  if (target.kind !== "machines") return facts;
  const names = machineHosts(target).map(({ name }) => name);
  return {
    ...facts,
    hostAddresses: new Map(names.map((name, index) => [name, `192.0.2.${index + 1}`])),
    hostEngines: new Map(names.map((name) => [name, `engine of ${name}`])),
  };
}

/** What a scenario that was accepted has of that which scenarios may have. */
function partsOf({ target, bus, controlPlane, metrics, workloads, timeline }: Scenario): string[] {
  const kinds = workloads.map((one) => ("tool" in one && one.tool === "ombt" ? "ombt" : one.kind));
  return [
    target.kind,
    ...("tls" in bus && bus.tls ? ["tls"] : []),
    ...(controlPlane ? ["controlPlane", controlPlane.database.kind] : []),
    ...(controlPlane?.keystoneDatabase ? ["cockroachdb"] : []),
    ...(metrics ? ["metrics"] : []),
    ...(timeline ? ["timeline"] : []),
    ...new Set(kinds),
  ];
}

const everyPart = [
  ...["local", "machines", "tls", "controlPlane", "mariadb", "galera", "cockroachdb", "metrics", "timeline"],
  ...["rpc", "notification", "ombt", "shaker", "rally", "servers", "trace"],
];

/** What came of all that was tried, with how often each thing that there is was accepted. */
class Outcome {
  accepted = 0;
  refused = 0;
  readonly reasons = new Set<string>();
  readonly parts = new Map<string, number>();

  accept(parts: readonly string[]): void {
    this.accepted += 1;
    for (const part of parts) this.parts.set(part, (this.parts.get(part) ?? 0) + 1);
  }

  refuse(issues: readonly ScenarioIssue[], isWhole: boolean): void {
    this.refused += 1;
    assert.ok(issues.length > 0);
    for (const { path, message } of issues) {
      assert.ok(path !== "" || isWhole, message);
      assert.ok(message.length > 0 && !/undefined|\[object|NaN/.test(message), `${path}: ${message}`);
      this.reasons.add(kindOf(path, message));
    }
  }

  print(what: string): void {
    const parts = [...this.parts].map(([part, count]) => `${count} ${part}`).sort();
    const outcomes = `${this.accepted} accepted and planned, ${this.refused} refused, each with a reason, of ${this.reasons.size} kinds`;
    process.stdout.write(
      `      BUSWIDE_FUZZ_SEED=${seed}: ${this.accepted + this.refused} ${what}: ${outcomes}\n      accepted with ${parts.join(", ")}\n`,
    );
  }
}

describe("a scenario that anybody might write", function () {
  this.timeout(240_000);

  it(`is planned, or refused with reasons: ${runs} of them, and none falls over`, () => {
    const outcome = new Outcome();
    fc.assert(
      fc.property(scenario, (raw) => {
        try {
          const parsed = parseScenario(raw);
          planScenario(parsed, factsOf(parsed));
          outcome.accept(partsOf(parsed));
        } catch (error) {
          if (!(error instanceof ScenarioError)) throw error;
          // Of a value that is no scenario at all there is no path.
          outcome.refuse(error.issues, !isMap(raw));
        }
      }),
      { numRuns: runs, seed, endOnFailure: true },
    );
    outcome.print("scenarios");
    // Of a generator that made one or the other only, or something never rightly, this would say nothing.
    const { accepted, refused, reasons, parts } = outcome;
    assert.ok(accepted > runs / 10 && refused > runs / 10 && reasons.size > 50);
    assert.deepEqual(
      everyPart.filter((part) => (parts.get(part) ?? 0) < 5),
      [],
    );
  });
});

const ways = ["grid", "zip", "list", "faults", "search"] as const;

describe("a campaign that anybody might write", function () {
  this.timeout(240_000);
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "buswide-fuzz-"))));
  after(() => rmSync(folder, { recursive: true }));

  it(`has its points planned, or is refused with reasons: ${campaigns} of them, and none falls over`, () => {
    const outcome = new Outcome();
    const file = join(folder, "fuzz.yaml");
    fc.assert(
      fc.property(campaign, (raw) => {
        writeFileSync(file, JSON.stringify(raw));
        try {
          const loaded = loadCampaign(file, projectRoot);
          for (const point of loaded.points.slice(0, 2)) {
            if (loaded.definition.search) continue;
            const { scenario: one } = scenarioAt(loaded, point, 1);
            planScenario(one, factsOf(one));
          }
          outcome.accept(ways.filter((way) => loaded.definition[way] !== undefined));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          outcome.refuse(error.issues, true);
        }
      }),
      { numRuns: campaigns, seed, endOnFailure: true },
    );
    outcome.print("campaigns");
    const { accepted, refused, reasons, parts } = outcome;
    assert.ok(accepted > campaigns / 10 && refused > campaigns / 10 && reasons.size > 50);
    for (const way of ways) assert.ok((parts.get(way) ?? 0) >= 5, `${way}: ${parts.get(way)} accepted`);
  });
});

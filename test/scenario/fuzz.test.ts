import assert from "assert/strict";
import fc from "fast-check";
import { planScenario } from "../../components/plan/plan";
import { parseScenario, ScenarioError } from "../../stacks/scenario/parse";
import { facts } from "../support/plans";
import { scenario } from "./arbitraries";

const runs = 10_000;

/** Where a refusal was, and how it begins, without what is this scenario's own. */
function kindOf(path: string, message: string): string {
  const words = message.replace(/"[^"]*"/g, "…").replace(/-?[\d.]+/g, "0");
  return `${path.replace(/\d+/g, "0")}: ${words.slice(0, 40)}`;
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

describe("a scenario that anybody might write", function () {
  this.timeout(240_000);

  it(`is planned, or refused with reasons: ${runs} of them, and none falls over`, () => {
    let planned = 0;
    let refused = 0;
    const reasons = new Set<string>();
    fc.assert(
      fc.property(scenario, (raw) => {
        try {
          planScenario(parseScenario(raw), facts);
          planned += 1;
        } catch (error) {
          if (!(error instanceof ScenarioError)) throw error;
          refused += 1;
          assert.ok(error.issues.length > 0);
          for (const { path, message } of error.issues) {
            // Of a value that is no scenario at all there is no path.
            assert.ok(path !== "" || !isMap(raw), message);
            assert.ok(message.length > 0 && !/undefined|\[object|NaN/.test(message), `${path}: ${message}`);
            reasons.add(kindOf(path, message));
          }
        }
      }),
      { numRuns: runs, seed: 8, endOnFailure: true },
    );
    process.stdout.write(
      `      ${planned + refused} scenarios: ${planned} accepted and planned, ${refused} refused, each with a path and a reason, of ${reasons.size} kinds\n`,
    );
    // Of a generator that made one or the other only, this would say nothing.
    assert.ok(planned > runs / 10 && refused > runs / 10 && reasons.size > 50);
  });
});

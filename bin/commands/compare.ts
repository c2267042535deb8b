import type { Value } from "../../campaigns/columns";
import { compareSides, IncomparableError, type Comparison, type Side } from "../../campaigns/compare/compare";
import { findSource, keptScenario, SourceError, type Source } from "../../campaigns/compare/sources";
import { describeComparison, explanation } from "../../campaigns/compare/words";
import { Refusal } from "../refusal";
import { describeDifference, differences } from "../report/difference";
import { applyOverride, parsePath } from "../scenario/override";

export interface CompareOptions {
  readonly root: string;
  readonly json: boolean;
}

/** Says how B differs from A. Nothing is made, and no engine is needed. Errors: {@link Refusal}. */
export function compare(a: string, b: string, { root, json }: CompareOptions): Promise<void> {
  const refusing = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof SourceError || error instanceof IncomparableError)
        throw new Refusal(what, [{ path: "", message: error.message }]);
      throw error;
    }
  };
  const [left, right] = [refusing(a, () => findSource(a, root)), refusing(b, () => findSource(b, root))];
  const compared = refusing(`${a} with ${b}`, () => compareSides(sideOf(left), sideOf(right)));
  const scenario = settingDifferences(left, right, compared);
  const comparison = scenario
    ? compared
    : {
        ...compared,
        notes: [...compared.notes, "Not both kept their scenario: it is not known whether that is the same."],
      };
  if (json) {
    const document = { scenario: scenario ?? [], ...comparison, explanation: explanation(comparison) };
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return Promise.resolve();
  }
  process.stdout.write(`${describeComparison(comparison, scenario?.map(describeDifference))}\n`);
  return Promise.resolve();
}

function sideOf({ label, table }: Source): Side {
  return { label, parameters: table.parameters, rows: table.rows };
}

/** Words about a scenario, which change nothing that is measured. */
const words = "description";

/**
 * What the scenarios of two sides differ in besides what both vary: of campaigns as they are written, else as they were
 * parsed. Undefined: they were not both kept.
 */
export function settingDifferences(
  a: Source,
  b: Source,
  comparison: Comparison,
): ReturnType<typeof differences> | undefined {
  if (a.kind === "campaign" && b.kind === "campaign") {
    const both = pathsOf(a).filter((path) => pathsOf(b).includes(path));
    const [left, right] = [a, b].map((side) => writtenScenario(side, commonPoint(comparison), both));
    return differences(left, right).filter(({ path }) => path !== words);
  }
  const [left, right] = [a, b].map(({ runs }) => keptScenario(runs[0]?.folder ?? ""));
  // Of several runs each has a seed of its own.
  const single = [a, b].every(({ kind, runs }) => kind === "runs" && runs.length === 1);
  return left && right
    ? differences(left, right).filter(({ path }) => path !== words && (single || path !== "seed"))
    : undefined;
}

type Campaign = Extract<Source, { kind: "campaign" }>;

/** The scenario of the point that was compared first, with nothing where both sides vary it. */
function writtenScenario(
  { journal, table }: Campaign,
  point: Readonly<Record<string, Value>>,
  varied: readonly string[],
): unknown {
  const row = table.rows.find((one) => Object.entries(point).every(([name, value]) => one[name] === value));
  const settings = {
    ...journal.definition.set,
    ...journal.points[Number(row?.point ?? 1) - 1],
    ...Object.fromEntries(varied.map((path) => [path, null])),
  };
  return Object.entries(settings).reduce<unknown>(
    (scenario, [text, value]) => applyOverride(scenario, { text, path: parsePath(text) ?? [], value }),
    journal.scenario,
  );
}

function pathsOf({ journal }: Campaign): string[] {
  return [...new Set(journal.points.flatMap((values) => Object.keys(values)))];
}

/** The values of the first point that both sides have. */
function commonPoint({ effects, trends }: Comparison): Readonly<Record<string, Value>> {
  return effects[0]?.point ?? trends[0]?.shape[0]?.point ?? {};
}

import { existsSync, readFileSync } from "fs";
import { join } from "path";
import { parse } from "yaml";
import { compareSides, IncomparableError, type Side } from "../../campaigns/compare/compare";
import { findSource, SourceError, type Source } from "../../campaigns/compare/sources";
import { describeComparison, explanation } from "../../campaigns/compare/words";
import { Refusal } from "../refusal";
import { describeDifference, differences } from "../report/difference";

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
  const comparison = refusing(`${a} with ${b}`, () => compareSides(sideOf(left), sideOf(right)));
  // What differs between the scenarios of runs is what is compared; a campaign's parameters say it themselves.
  const scenario = left.kind === "runs" && right.kind === "runs" ? scenarioDifferences(left, right) : [];
  if (json) {
    const document = { ...comparison, scenario, explanation: explanation(comparison) };
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return Promise.resolve();
  }
  const lines = scenario.map((difference) => `  ${describeDifference(difference)}`);
  process.stdout.write(
    [
      describeComparison(comparison),
      ...(lines.length > 0 ? ["", "The scenarios differ in:", ...lines] : []),
      "",
    ].join("\n"),
  );
  return Promise.resolve();
}

function sideOf({ label, table }: Source): Side {
  return { label, parameters: table.parameters.map(({ name }) => name), rows: table.rows };
}

function scenarioDifferences(
  a: Extract<Source, { kind: "runs" }>,
  b: Extract<Source, { kind: "runs" }>,
): ReturnType<typeof differences> {
  const [left, right] = [a, b].map(({ runs }) => {
    const file = join(runs[0]?.folder ?? "", "config", "scenario.yaml");
    return existsSync(file) ? (parse(readFileSync(file, "utf8")) as unknown) : undefined;
  });
  return left === undefined || right === undefined ? [] : differences(left, right);
}

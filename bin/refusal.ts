import type { ScenarioIssue } from "../stacks/scenario/parse";

/** Input that was refused before anything was made: exit code 2. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /**
   * @param what What was refused, for the first line: a file, an option.
   * @param issues What is wrong with it and what would be right, one entry an issue.
   */
  constructor(
    readonly what: string,
    readonly issues: readonly ScenarioIssue[],
  ) {
    super(
      [
        `${what} was refused:`,
        ...issues.map(({ path, message }) => `  ${path ? `${path}: ` : ""}${message}`),
      ].join("\n"),
    );
  }
}

/** Something that can go wrong did, and its message says all there is to say: exit code 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}

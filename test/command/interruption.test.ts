import { deepEqual } from "assert/strict";
import { explained } from "../../bin/commands/up";
import { CliError } from "../../bin/engine/stackEngine";
import { Outcome } from "../../bin/report/outcome";

/** What a command says of its end where it was interrupted, or its engine killed. */
function said(operation: Parameters<typeof explained>[3], interrupted: boolean): string {
  const session = { stack: "demo", interrupts: { interrupted } };
  const killed = new CliError(["up"], { code: null, stdout: "", stderr: "" });
  return (explained(killed, new Outcome(), session, operation) as Error).message;
}

describe("a command that was interrupted", () => {
  it("says what became of it, and repeats nothing that was typed, which its stack's name is not", () =>
    deepEqual(
      (["update", "preview", "destroy"] as const).map((operation) => said(operation, true)),
      [
        "interrupted; the same command goes on from here, `npx buswide destroy demo` removes what is there",
        "interrupted; nothing was changed",
        "interrupted; the same command goes on from here",
      ],
    ));

  it("says so where the engine was killed", () =>
    deepEqual(said("update", false), "the engine was killed; the same command goes on from here"));
});

import { writeFileSync } from "fs";
import { reporters, Runner, type MochaOptions, type Test } from "mocha";

/** Mocha's spec reporter, which also says what is tried again, and writes its counts to the file named by BUSWIDE_TEST_COUNTS. */
export = class CountingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.on(Runner.constants.EVENT_TEST_RETRY, (test: Test, error: Error) =>
      reporters.Base.consoleLog(`    tried again: ${test.title}: ${error.message}`),
    );
    const file = process.env["BUSWIDE_TEST_COUNTS"];
    if (file === undefined) return;
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
};

import { writeFileSync } from "fs";
import { reporters, Runner, type MochaOptions } from "mocha";

/** Mocha's spec reporter, which also writes its counts to the file named by BUSWIDE_TEST_COUNTS. */
export = class CountingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const file = process.env["BUSWIDE_TEST_COUNTS"];
    if (file === undefined) return;
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
};

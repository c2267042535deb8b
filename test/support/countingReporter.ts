import { writeFileSync } from "fs";
import { reporters, Runner, type MochaOptions, type Suite, type Test } from "mocha";

/** Seconds from which on a suite's are told: what is shorter is not what makes a gate long. */
const toldSeconds = 10;

/** Mocha's spec reporter, which also says what is tried again and how long suites took with all their hooks, and writes its counts to the file named by BUSWIDE_TEST_COUNTS. */
export = class CountingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.on(Runner.constants.EVENT_TEST_RETRY, (test: Test, error: Error) =>
      reporters.Base.consoleLog(`    tried again: ${test.title}: ${error.message}`),
    );
    const starts = new Map<Suite, number>();
    runner.on(Runner.constants.EVENT_SUITE_BEGIN, (suite: Suite) => starts.set(suite, performance.now()));
    runner.on(Runner.constants.EVENT_SUITE_END, (suite: Suite) => {
      const seconds = Math.round((performance.now() - (starts.get(suite) ?? NaN)) / 1000);
      if (suite.parent?.root && seconds >= toldSeconds)
        reporters.Base.consoleLog(`    ${seconds} s: ${suite.title}`);
    });
    const file = process.env["BUSWIDE_TEST_COUNTS"];
    if (file === undefined) return;
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
};

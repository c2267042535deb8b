import type { Command } from "commander";
import { Refusal } from "./refusal";

interface Options {
  readonly set: string[];
  readonly json: boolean;
  readonly from?: string;
}

/** Adds `run` to the command. @param root The project's root. */
export function registerRun(program: Command, root: string): void {
  program
    .command("run")
    .description("measure again what is deployed, or repeat an earlier run from its provenance")
    .argument("[scenario]", "a scenario's name, or the path of a file Pulumi.<name>.yaml")
    .option("--json", "data for programs on standard output", false)
    .option(
      "--set <path=value>",
      "use another value for this command, such as 'links[0].delay=50ms'; repeatable",
      (value: string, previous: string[]) => [...previous, value],
      [],
    )
    .option(
      "--from <run>",
      "deploy what a run measured and measure it again, saying what could not be made the same: a run's folder, or demo@3",
    )
    .action(async (scenario: string | undefined, { from, set, json }: Options) => {
      const refuse = (message: string) => new Refusal("run", [{ path: "", message }]);
      if (from === undefined) {
        if (scenario === undefined)
          throw refuse("say which scenario to measure again, or which run with --from");
        const { run } = await import("./commands/run");
        return run(scenario, { root, set, json });
      }
      if (scenario !== undefined || set.length > 0)
        throw refuse("--from repeats a run as it was: leave the scenario and --set away");
      const { repeat } = await import("./commands/repeat");
      return repeat(from, { root, json });
    });
}

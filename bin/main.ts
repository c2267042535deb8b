import { Command, CommanderError } from "commander";
import { readFileSync } from "fs";
import { join, resolve } from "path";
import { registerCampaign, registerCompare, registerReport } from "./campaign/register";
import { registerGraph } from "./graph";
import { registerRun } from "./run";
import { Failure, Refusal } from "./refusal";

/** Exit codes: everything is done; something failed; the input was refused before anything was made. */
const exitCode = { done: 0, failed: 1, refused: 2 } as const;

const root = resolve(__dirname, "..");

interface Options {
  readonly set: string[];
  readonly json: boolean;
  readonly full: boolean;
  readonly lost: string[];
  readonly keepStack: boolean;
  readonly keepImages: boolean;
  readonly plot?: string;
  readonly stack?: string;
  readonly plotBus?: string;
}

// Each command's code is loaded when it is asked for: the engine's libraries take a second that `check` has no use for.
const commands: Readonly<
  Record<string, (scenario: string, options: Options & { root: string }) => Promise<void>>
> = {
  up: async (scenario, options) => (await import("./commands/up")).up(scenario, options),
  preview: async (scenario, options) => (await import("./commands/preview")).preview(scenario, options),
  destroy: async (scenario, options) => (await import("./commands/destroy")).destroy(scenario, options),
  check: async (scenario, options) => (await import("./commands/check")).check(scenario, options),
  results: async (scenario, options) => (await import("./commands/results")).results(scenario, options),
};

const collect = (value: string, previous: string[]) => [...previous, value];

function buildProgram(): Command {
  const { version, description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
    description: string;
  };
  const program = new Command("buswide")
    .description(description)
    .version(version)
    .exitOverride()
    .showHelpAfterError("(buswide --help lists the commands)")
    .addHelpText(
      "after",
      "\nExit codes: 0 done; 1 failed, or refused by a policy; 2 the scenario, an option or an image was refused before anything was made.",
    );
  const add = (name: string, what: string) =>
    program
      .command(name)
      .description(what)
      .argument("<scenario>", "a scenario's name, or the path of a file Pulumi.<name>.yaml")
      .option("--json", "data for programs on standard output", false)
      .action((scenario: string, options: Options) => commands[name]?.(scenario, { ...options, root }));
  const withSet = (command: Command) =>
    command.option(
      "--set <path=value>",
      "use another value for this command, such as 'links[0].delay=50ms'; repeatable",
      collect,
      [],
    );
  const withStack = (command: Command) =>
    command.option(
      "--stack <name>",
      "use what is deployed under another name: `preview federation --stack single`; default: the scenario's name",
    );
  const withLost = (command: Command) =>
    command.option(
      "--lost <host>",
      "forget what the stack has on a host that is gone for good; repeatable",
      collect,
      [],
    );
  withStack(
    withSet(
      withLost(
        add("up", "build what a scenario describes, or change what is there into it, and measure").option(
          "--full",
          "go through every resource also where nothing has changed since the last up",
          false,
        ),
      ),
    ),
  );
  withStack(withSet(add("preview", "say what up would change")));
  withLost(add("destroy", "remove everything of a stack but its runs"))
    .option("--keep-stack", "keep the stack, empty, with its history", false)
    .option("--keep-images", "keep images that no container uses", false);
  withSet(add("check", "check a scenario; nothing is needed and nothing made"));
  registerRun(program, root);
  add("results", "show the results of the newest run")
    .option("--plot <file>", "draw the distribution of its latencies, as SVG")
    .option("--plot-bus <file>", "draw what links and brokers did over time, as SVG");
  registerGraph(program, root);
  registerCampaign(program, root);
  registerCompare(program, root);
  registerReport(program, root);
  return program;
}

/** Says what went wrong and returns the exit code that goes with it. */
function conclude(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.refused;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) {
    if (json) printJson({ refused: error.what, issues: error.issues });
    process.stderr.write(`${message}\n`);
    return exitCode.refused;
  }
  if (json) printJson({ failed: message });
  // What was foreseen says all in its message; of anything else the place is of interest too.
  const foreseen = error instanceof Failure || !(error instanceof Error) || !isBug(error);
  process.stderr.write(`${foreseen ? message : (error.stack ?? message)}\n`);
  return exitCode.failed;
}

function isBug(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

async function main(): Promise<void> {
  let code: number = exitCode.done;
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    code = conclude(error, process.argv.includes("--json"));
  }
  // Connections that libraries keep open would hold the process; what was printed is let out first.
  process.exitCode = code;
  await new Promise((resolve) => process.stdout.write("", resolve));
  process.exit();
}

void main();

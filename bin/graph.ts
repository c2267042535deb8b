import { Option, type Command } from "commander";

/** Adds `graph` to the command. @param root The project's root. */
export function registerGraph(program: Command, root: string): void {
  program
    .command("graph")
    .description("draw a scenario: sites, links and their figures, and what a run measured of them")
    .argument("<scenario>", "a scenario's name, or the path of a file Pulumi.<name>.yaml")
    .addOption(
      new Option("--format <format>", "what to draw it as").choices(["svg", "mermaid"]).default("svg"),
    )
    .option(
      "--output <file>",
      "where to write it; - is standard output (default: <name>.svg or <name>.mmd here)",
    )
    .option("--run <directory>", "the run whose measurements to show (default: the newest of runs/<name>)")
    .option("--no-run", "show no measurements")
    .option(
      "--set <path=value>",
      "use another value for this command, such as 'links[0].delay=50ms'; repeatable",
      (value: string, previous: string[]) => [...previous, value],
      [],
    )
    // The layout's libraries are loaded when they are asked for.
    .action(async (scenario: string, options: Options) => {
      const { graph } = await import("./commands/graph");
      return graph(scenario, { ...options, run: options.run ?? true, root });
    });
}

interface Options {
  readonly format: "svg" | "mermaid";
  readonly output?: string;
  /** A directory; absent: the newest; false: none. */
  readonly run?: string | false;
  readonly set: string[];
}

import type { Command } from "commander";

/** Adds `campaign` to the command. @param root The project's root. */
export function registerCampaign(program: Command, root: string): void {
  const campaign = program
    .command("campaign")
    .description("run a scenario over values of its parameters, or say how far that is");
  campaign
    .command("run")
    .description("run a campaign, or go on with one that was stopped, and write its table")
    .argument("<campaign>", "a campaign's name, or the path of its file")
    .option("--json", "data for programs on standard output", false)
    .option("--new", "begin a new execution even if the newest is not at its end", false)
    .option("--keep", "leave the stack as the last point made it", false)
    // The engine's libraries are loaded when they are asked for.
    .action(async (argument: string, options: { json: boolean; new: boolean; keep: boolean }) => {
      const { campaignRun } = await import("../commands/campaign");
      return campaignRun(argument, { ...options, root });
    });
  campaign
    .command("status")
    .description("say how far a campaign's newest execution is")
    .argument("<campaign>", "a campaign's name, or the path of its file")
    .option("--json", "data for programs on standard output", false)
    .action(async (argument: string, options: { json: boolean }) => {
      const { campaignStatus } = await import("../commands/campaign");
      return campaignStatus(argument, { ...options, root });
    });
}

/** Adds `compare` to the command. @param root The project's root. */
export function registerCompare(program: Command, root: string): void {
  program
    .command("compare")
    .description("say how B differs from A: effects with intervals, and a verdict in words")
    .argument("<A>", "a run's or a campaign's folder, or name: demo, demo@3, demo@3-7, rpc-over-wan@1")
    .argument("<B>", "as A")
    .option("--json", "data for programs on standard output", false)
    .action(async (a: string, b: string, options: { json: boolean }) => {
      const { compare } = await import("../commands/compare");
      return compare(a, b, { ...options, root });
    });
}

/** Adds `report` to the command. @param root The project's root. */
export function registerReport(program: Command, root: string): void {
  program
    .command("report")
    .description("report on a campaign or a run: one HTML file, and its plots as SVG files beside it")
    .argument("<what>", "a campaign's or a run's folder, or name: rpc-over-wan, rpc-over-wan@1, demo, demo@3")
    .option("--output <file>", "the file to write (default: report.html where it is kept)")
    .option(
      "--markdown <file>",
      "write its tables as a page of Markdown instead, with pictures of faults beside it",
    )
    .option("--json", "data for programs on standard output", false)
    .action(async (argument: string, options: { output?: string; markdown?: string; json: boolean }) => {
      const { report } = await import("../commands/report");
      return report(argument, { ...options, root });
    });
}

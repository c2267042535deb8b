import { execFile } from "child_process";
import { cpus, totalmem } from "os";
import { setTimeout as sleep } from "timers/promises";
import { promisify } from "util";
import { cliVersion } from "../../toolchain/versions";
import type { Bench } from "../benchmark";

/** What figures were taken on, and of. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  /** Share of the cores' time that others used just before the benchmark began, 0 to 1. */
  readonly busy: number;
  readonly kernel: string;
  readonly os: string;
  readonly docker: string;
  readonly node: string;
  readonly pulumi: string;
  /** Abbreviated; with `+` if files differed from it. */
  readonly commit: string;
}

const run = promisify(execFile);

/** Describes the machine. Errors: the engine does not answer. */
export async function describeMachine({ docker, root }: Pick<Bench, "docker" | "root">): Promise<Machine> {
  const info = (await docker.info()) as {
    KernelVersion: string;
    OperatingSystem: string;
    ServerVersion: string;
  };
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    busy: await busyShare(),
    kernel: info.KernelVersion,
    os: info.OperatingSystem,
    docker: info.ServerVersion,
    node: process.version.slice(1),
    pulumi: cliVersion,
    commit: await commitOf(root),
  };
}

/** In a sentence. */
export function inWords({
  cpu,
  cores,
  memoryGib,
  busy,
  kernel,
  os,
  docker,
  node,
  pulumi,
  commit,
}: Machine): string {
  return (
    `${cores} × ${cpu}, ${memoryGib} GiB, ${os}, Linux ${kernel}; Docker ${docker}, Node ${node}, Pulumi ${pulumi}; ` +
    `commit ${commit}; ${(100 * busy).toFixed(0)} % of its CPU in use beforehand`
  );
}

/** Whether so much else was going on that the figures say little. */
export function isBusy({ busy }: Pick<Machine, "busy">): boolean {
  return busy > 0.2;
}

/**
 * Looks at the CPUs for some seconds, once what a benchmark before this one started has died down. The load average
 * would not do: for a minute it still has that benchmark in it.
 */
async function busyShare(): Promise<number> {
  const times = () =>
    cpus().map(({ times: { idle, ...others } }) => ({
      idle,
      all: idle + Object.values(others).reduce((sum, time) => sum + time, 0),
    }));
  await sleep(5_000);
  const before = times();
  await sleep(5_000);
  const after = times();
  const spent = (key: "idle" | "all") =>
    after.reduce((sum, core, index) => sum + core[key] - (before[index]?.[key] ?? 0), 0);
  return 1 - spent("idle") / spent("all");
}

/** An archive is no checkout, and has no commit. */
async function commitOf(root: string): Promise<string> {
  const git = async (...parameters: string[]) => (await run("git", parameters, { cwd: root })).stdout.trim();
  let commit: string;
  try {
    commit = await git("rev-parse", "--short", "HEAD");
  } catch {
    return "unknown";
  }
  // The document that the figures go into changes with each benchmark.
  const changed = await git(
    "status",
    "--porcelain",
    "--untracked-files=no",
    "--",
    ".",
    ":!docs/benchmarks.md",
  );
  return changed === "" ? commit : `${commit}+`;
}

import { deepStrictEqual, ok, strictEqual } from "assert";
import { execa } from "execa";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { parse, stringify } from "yaml";
import { results, type Results } from "../../workloads/results/schema";

const root = resolve(__dirname, "../..");

/** The round trip to edge-2 over its link in the scenarios of buses, and what half of the calls from there may take, milliseconds. */
const roundTripMs = 50;
export const mostMs = 100;

/** Runs the command. */
export const buswide = (command: string, ...parameters: string[]) =>
  execa("node", [join(root, "bin/buswide.js"), command, ...parameters], {
    cwd: root,
    reject: false,
    all: true,
  });

interface Workloads {
  workloads: readonly { readonly name: string }[];
}

/** What is measured of each bus: enough messages to lose one, and not more. */
const short: readonly (readonly [pattern: string, ...settings: string[]])[] = [
  ["call", "calls=20"],
  ["cast", "duration=2s"],
  ["fanout", "duration=2s"],
  ["notify", "duration=2s"],
];

/**
 * A stack that is deployed with one scenario of the project after the other, each changing what the one before left, and measured
 * shortly with each.
 */
export class MeasuredBuses {
  readonly #folder = mkdtempSync(join(tmpdir(), "buswide-buses-"));
  readonly #file: string;

  constructor(readonly stack: string) {
    this.#file = join(this.#folder, `Pulumi.${stack}.yaml`);
  }

  /** @param patterns Those that are measured, in the scenario's order, whose workloads are called by them. */
  async measured(
    scenario: string,
    patterns: readonly string[] = allPatterns,
    ...parameters: string[]
  ): Promise<Results> {
    const text = readFileSync(join(root, "stacks", `Pulumi.${scenario}.yaml`), "utf8");
    const file = parse(text) as { readonly config: { readonly "buswide:scenario": Workloads } };
    const asked = file.config["buswide:scenario"];
    asked.workloads = asked.workloads.filter(({ name }) => patterns.includes(name));
    writeFileSync(this.#file, stringify(file));
    const shorter = patterns.flatMap((pattern, at) => {
      const [, ...settings] = short.find(([name]) => name === pattern) ?? [];
      return [...settings, "warmup=0s"].flatMap((setting) => ["--set", `workloads[${at}].${setting}`]);
    });
    const since = new Date();
    const { exitCode, all } = await buswide("up", this.#file, ...shorter, ...parameters);
    strictEqual(exitCode, 0, all);
    const latest = join(root, "runs", this.stack, "latest/results.json");
    const measured = results.parse(JSON.parse(readFileSync(latest, "utf8")));
    for (const { name, removedAt } of await this.#removed(since))
      ok(
        removedAt < new Date(measured.provenance.startedAt),
        `${name} was there while something else was measured`,
      );
    return measured;
  }

  /** The stack's containers that were removed since a time. */
  async #removed(since: Date): Promise<{ name: string; removedAt: Date }[]> {
    const period = ["--since", since.toISOString(), "--until", new Date().toISOString()];
    const filters = ["event=destroy", `label=io.buswide.stack=${this.stack}`];
    const { stdout } = await execa("docker", [
      "events",
      ...period,
      ...filters.flatMap((filter) => ["--filter", filter]),
      ...["--format", "{{json .}}"],
    ]);
    return stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const event = JSON.parse(line) as { timeNano: number; Actor: { Attributes: { name: string } } };
        return { name: event.Actor.Attributes.name, removedAt: new Date(event.timeNano / 1e6) };
      });
  }

  /** Names of the containers of the stack, without those of sites themselves. */
  async containers(): Promise<string[]> {
    const label = `label=io.buswide.stack=${this.stack}`;
    const { stdout } = await execa("docker", ["ps", "-a", "--filter", label, "--format", "{{.Names}}"]);
    return stdout
      .split("\n")
      .map((name) => name.replace(`buswide-${this.stack}-`, ""))
      .filter((name) => name !== "" && !/-(agents|gateway)$/.test(name))
      .sort();
  }

  async destroy(): Promise<void> {
    const { exitCode, all } = await buswide("destroy", this.#file, "--keep-images");
    rmSync(join(root, "runs", this.stack), { recursive: true, force: true });
    rmSync(this.#folder, { recursive: true, force: true });
    strictEqual(exitCode, 0, all);
  }
}

const allPatterns = ["call", "cast", "fanout", "notify"];

/**
 * All that was sent arrived, once, and by the way that it must take; there are figures of each of `brokers`.
 * @param most What half of the first workload's operations from edge-2 may take, milliseconds.
 */
export function losesNothing(
  { status, failure, workloads }: Results,
  brokers: readonly string[],
  patterns: readonly string[] = allPatterns,
  most = mostMs,
): void {
  strictEqual(status, "complete", failure);
  deepStrictEqual(
    workloads.map(({ pattern }) => pattern),
    patterns,
  );
  for (const { name, sent, expected, received, lost, duplicated, errors, brokers: seen } of workloads) {
    ok(sent > 0, name);
    deepStrictEqual(
      { received, lost, duplicated, errors },
      { received: expected, lost: 0, duplicated: 0, errors: {} },
      name,
    );
    deepStrictEqual(
      seen.map(({ broker }) => broker),
      brokers,
    );
    for (const { broker, cpuPercentMean, memoryBytesMax } of seen)
      ok(cpuPercentMean !== undefined && (memoryBytesMax ?? 0) > 0, `${broker}'s CPU and memory`);
    const connections = seen.reduce((sum, { connectionsMax }) => sum + connectionsMax, 0);
    ok(connections > 0, `${name}: agents are connected to ${brokers.join(", ")}`);
  }
  const [first] = workloads;
  const { p50 } = first?.latencyMsByClientSite?.["edge-2"] ?? {};
  // All but a call cross the link once.
  const leastMs = first?.pattern === "call" ? roundTripMs : roundTripMs / 2;
  ok(p50 !== undefined && p50 >= leastMs && p50 < most, `a ${first?.pattern} from edge-2 takes ${p50} ms`);
}

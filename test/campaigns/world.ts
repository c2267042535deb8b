import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "fs";
import { join } from "path";
import type { OutputMap } from "@pulumi/pulumi/automation";
import type { UpLimits } from "../../bin/engine/stackEngine";
import type { StateResource } from "../../bin/engine/state";
import type { LoadedScenario } from "../../bin/scenario/read";
import { Failure } from "../../bin/refusal";
import { planLoaded } from "../../bin/planning";
import { StackEngines } from "../../bin/engine/hosts";
import type { Session } from "../../bin/session";
import type { Results } from "../../workloads/results/schema";
import { someResults } from "../runner/results";

/** What one `up` of the engine in a test does after it has been told its configuration. */
export type Up = (attempt: number, measure: (changes?: Partial<Results>) => void) => void;

/** A session whose engine measures by writing a run's folder, as the runner would, and nothing else. */
export function session(
  root: string,
  stack: string,
  up: Up,
  resources: readonly StateResource[] = [],
): Session & {
  readonly ups: string[];
  readonly lines: string[];
  readonly replaced: (readonly string[])[];
} {
  const ups: string[] = [];
  const replaced: (readonly string[])[] = [];
  let configuration: Readonly<Record<string, unknown>> = {};
  let runs = 0;
  const lines: string[] = [];
  const docker = {
    listNetworks: () => Promise.resolve([]),
    listContainers: () => Promise.resolve([]),
    // No image of somebody else's is to be had.
    getImage: () => ({
      inspect: () => Promise.reject(Object.assign(new Error(), { statusCode: 404 })),
      distribution: () =>
        Promise.reject(Object.assign(new Error(), { statusCode: 500, json: { message: "no such host" } })),
    }),
  } as unknown as Session["docker"];
  const engine = {
    configure: (value: Readonly<Record<string, unknown>>) => {
      configuration = value;
    },
    exportState: () => Promise.resolve({ version: 3, deployment: { resources } }),
    up: async (_: unknown, { replace = [] }: UpLimits): Promise<OutputMap> => {
      replaced.push(replace);
      const scenario = configuration["buswide:scenario"] as { links: { delay: string }[]; seed: number };
      ups.push(`${scenario.links[0]?.delay} seed ${scenario.seed}`);
      const sha256 = await shaOf(configuration, stack);
      up(ups.length, (changes = {}) => {
        runs += 1;
        writeRun(root, stack, runs, {
          ...changes,
          provenance: { ...provenanceOf(sha256), ...changes.provenance },
        });
      });
      return {};
    },
  } as unknown as Session["engine"];
  return {
    ups,
    lines,
    replaced,
    root,
    stack,
    engine,
    docker,
    engines: new StackEngines(root, stack, docker),
    screen: { line: (text) => lines.push(text), status: () => undefined, close: () => undefined },
    interrupts: { interrupted: false, check: () => undefined } as unknown as Session["interrupts"],
    repair: () => Promise.resolve(undefined),
    restartIdleEngine: () => Promise.resolve(false),
    prepareOpenstack: () => Promise.resolve(),
  };
}

/** What kills a command: nothing that it could handle. */
export class Killed extends Error {}

export function failing(message: string): never {
  throw new Failure(message);
}

export function writeRun(root: string, stack: string, number: number, changes: Partial<Results>): void {
  const folder = join(root, "runs", stack, String(number));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "results.json"),
    JSON.stringify(someResults({ stack, run: number, ...changes })),
  );
  const latest = join(root, "runs", stack, "latest");
  rmSync(latest, { force: true });
  symlinkSync(String(number), latest);
}

function provenanceOf(scenarioSha256: string): Results["provenance"] {
  const now = new Date().toISOString();
  return { ...someResults().provenance, scenarioSha256, startedAt: now, finishedAt: now };
}

async function shaOf(configuration: Readonly<Record<string, unknown>>, stack: string): Promise<string> {
  const { parseScenario } = await import("../../stacks/scenario/parse");
  const scenario = parseScenario(configuration["buswide:scenario"]);
  const loaded: LoadedScenario = { stack, file: "", shown: "", configuration, scenario };
  return (await planLoaded(loaded)).scenarioSha256;
}

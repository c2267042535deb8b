import { existsSync, readFileSync, rmSync } from "fs";
import { rm } from "fs/promises";
import { join } from "path";
import { operationMark } from "../../bin/engine/processes";
import { writeBareProject, writeStackFile } from "../../bin/engine/stackFile";
import { limitsOver } from "../../bin/commands/up";
import { saveAtEndVariable } from "../../bin/engine/saving";
import { project } from "../../bin/engine/stackEngine";
import { planLoaded } from "../../bin/planning";
import { loadScenario, type LoadedScenario } from "../../bin/scenario/read";
import type { Plan } from "../../components/plan/plan";
import type { Bench } from "../benchmark";
import { command } from "./commands";
import { previewed } from "./previews";
import { timed } from "./pairs";

/** The resource that measures, as the engine's `--exclude` takes it. */
const measurement = "**buswide:workload:Measurement$command:local:Command::*";
const scenarioFile = "benchmarks/scenarios/Pulumi.bench.yaml";
export const stackName = "bench";

/** A tree of so many sites, for {@link BenchStack.make}. */
export function treeScenario(sites: number): [file: string, sets: readonly string[]] {
  return ["benchmarks/scenarios/tree/Pulumi.bench.yaml", [`sites.edge.count=${sites - 1}`]];
}

/** A resource as exported: inputs with secrets in the open. */
export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * The benchmarks' own stack, on the bare engine: the pinned CLI in the toolchain's environment, with neither
 * preview nor policies.
 */
export class BenchStack {
  private constructor(
    private readonly bench: Bench,
    private readonly loaded: LoadedScenario,
    private readonly configuration: string,
    private readonly environment: NodeJS.ProcessEnv,
    /** The scenario and what differs from it, as the `buswide` command takes them. */
    readonly scenario: readonly string[],
  ) {}

  /**
   * Makes the stack, empty; whatever an earlier benchmark left of it goes.
   * @param file The scenario, relative to the project's root.
   * @param sets Values that differ from the file's, `path=value` each.
   */
  static async make(bench: Bench, file = scenarioFile, sets: readonly string[] = []): Promise<BenchStack> {
    const { root, cleanup } = bench;
    const scenario = join(root, "stacks", `Pulumi.${stackName}.yaml`);
    if (existsSync(scenario) && !isSaltOnly(scenario))
      throw new Error(
        `stacks/Pulumi.${stackName}.yaml is a scenario of yours: the benchmarks need its name, call it otherwise`,
      );
    const loaded = loadScenario(join(root, file), sets, root);
    const environment = {
      ...operationMark(root, stackName),
      PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
      PULUMI_DEBUG_COMMANDS: "true",
      // As the product does it.
      ...(limitsOver(undefined, await planLoaded(loaded)).saveAtEnd ? { [saveAtEndVariable]: "true" } : {}),
    };
    await removeStack(bench);
    const configuration = writeStackFile(root, stackName, loaded.configuration);
    cleanup.add(`the file ${configuration}`, () => rm(configuration, { force: true }));
    cleanup.add(`the stack ${stackName}`, () => removeStack(bench));
    const stack = new BenchStack(bench, loaded, configuration, environment, [
      file,
      ...sets.flatMap((value) => ["--set", value]),
    ]);
    await stack.#pulumi(
      ["stack", "init", stackName, "--no-select"],
      writeBareProject(root, project, stackName),
    );
    return stack;
  }

  /** Makes everything and measures it. */
  async upMeasured(): Promise<void> {
    await this.#operate("up", []);
  }

  /** Makes everything that the measurement waits for, and leaves that out. Returns the time of the whole command, seconds. */
  async up(): Promise<number> {
    return timed(() => this.#operate("up", ["--exclude", measurement]));
  }

  /** The same of what is deployed. Errors: there was something to change. */
  async upUnchanged(): Promise<number> {
    return timed(() => this.#operate("up", ["--exclude", measurement, "--expect-no-changes"]));
  }

  /**
   * A preview of a stack that has nothing yet. Returns its time in seconds, and how many resources of each type it
   * registered.
   */
  async preview(): Promise<{ readonly seconds: number; readonly counts: Readonly<Record<string, number>> }> {
    return previewed(this.bench, stackName, (options) =>
      this.#pulumi([
        ...["preview", "--stack", stackName, "--config-file", this.configuration, "--suppress-outputs"],
        ...["--color", "never", ...options],
      ]),
    );
  }

  /** Removes every resource; the stack stays, empty. */
  async destroy(): Promise<void> {
    await this.#operate("destroy", []);
  }

  /** The plan of what is deployed. */
  plan(): Promise<Plan> {
    return planLoaded(this.loaded, this.bench);
  }

  /** What is deployed, with every secret: never to be shown. */
  async resources(): Promise<readonly ExportedResource[]> {
    const text = await this.#pulumi(["stack", "export", "--show-secrets", "--stack", stackName]);
    const state = JSON.parse(text) as { deployment: { resources?: ExportedResource[] } };
    return (state.deployment.resources ?? []).map((resource) => revealed(resource) as ExportedResource);
  }

  async #operate(operation: "up" | "destroy", options: readonly string[]): Promise<void> {
    const common = ["--yes", "--skip-preview", "--stack", stackName, "--config-file", this.configuration];
    await this.#pulumi([operation, ...common, "--suppress-outputs", "--color", "never", ...options]);
  }

  #pulumi(parameters: readonly string[], cwd?: string): Promise<string> {
    return command(this.bench, "pulumi", [...parameters, "--non-interactive"], {
      env: this.environment,
      ...(cwd === undefined ? {} : { cwd }),
    });
  }
}

/** The product's own removal takes up a stack in whatever state a killed benchmark left it. */
async function removeStack(bench: Bench): Promise<void> {
  const { root } = bench;
  await command(
    bench,
    process.execPath,
    [join(root, "bin", "buswide.js"), "destroy", stackName, "--keep-images"],
    {
      undoing: true,
    },
  );
  // The engine notes the salt of a stack's secrets where a scenario of its name would be.
  const noted = join(root, "stacks", `Pulumi.${stackName}.yaml`);
  if (existsSync(noted) && isSaltOnly(noted)) rmSync(noted);
  rmSync(join(root, "runs", stackName), { recursive: true, force: true });
}

function isSaltOnly(file: string): boolean {
  return /^encryptionsalt: \S+\s*$/.test(readFileSync(file, "utf8"));
}

/** A secret in an exported state: a map with this key, by Pulumi's resource.SigKey. */
const signature = "4dabf18193072939515e22adb298388d";

function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  const map = value as Readonly<Record<string, unknown>>;
  if (signature in map && typeof map.plaintext === "string") return revealed(JSON.parse(map.plaintext));
  return Object.fromEntries(Object.entries(map).map(([key, inner]) => [key, revealed(inner)]));
}

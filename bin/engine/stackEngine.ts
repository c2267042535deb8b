import type { EngineEvent, OutputMap, Stack } from "@pulumi/pulumi/automation";
import { rmSync, writeFileSync } from "fs";
import { dirname, join } from "path";
import { cliFolder, pulumiHome } from "../../toolchain/home";
import { onlyDeployVariable } from "../../stacks/environment";
import { overridesVariable } from "../../workloads/runner/overrides";
import { Failure } from "../refusal";
import { runCli, type CliResult } from "./cli";
import { isUnfinished, notingWhileUnfinished, withDoubts } from "./doubts";
import type { Interrupts } from "./interrupts";
import { operationMark } from "./processes";
import { saveAtEndVariable } from "./saving";
import { writeBareProject, writeStackFile, type StackFileGuard } from "./stackFile";
import { isMeasurement, type StackState } from "./state";
import { SummedChanges } from "./summedChanges";

/** The project's name in Pulumi.yaml; part of where a backend keeps its stacks. */
export const project = "buswide";

/** The Pulumi CLI ended with an exit code that is not 0. */
export class CliError extends Failure {
  constructor(
    args: readonly string[],
    readonly result: CliResult,
  ) {
    const said = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-20).join("\n");
    const end = result.code === null ? "was killed" : `ended with ${result.code}`;
    super(`\`pulumi ${args[0]} ${args[1] ?? ""}\` ${end}${said ? `:\n${said}` : ""}`);
  }
}

export interface UpLimits {
  /**
   * URNs to replace whether or not anything about them has changed. The engine refuses those that the stack does not
   * have yet.
   */
  readonly replace?: readonly string[];
  /** The only URNs to touch, whether they are there or are to be made. */
  readonly only?: readonly string[];
  /** Whether the state is saved at the end only: see {@link savesAtEnd}. Default: at each step. */
  readonly saveAtEnd?: boolean;
  /**
   * Whether what the program has no more is removed before anything is measured, by an update of its own that measures nothing. The
   * engine removes last of all: what was there before would run beside what is measured. Default: no.
   */
  readonly clearFirst?: boolean;
}

export interface OpenOptions {
  readonly root: string;
  readonly stack: string;
  /** The stack's configuration; empty where the operation reads none. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** What `prepare()` gave. */
  readonly environment: NodeJS.ProcessEnv;
  readonly interrupts: Interrupts;
  /** What the engine notes in the scenario's file, it takes back. */
  readonly stackFile: StackFileGuard;
  /** What the command line put in the place of the file's values, `path=value` each: part of a run's provenance. */
  readonly overrides?: readonly string[];
}

/**
 * One stack of this project and the operations on it, by the Automation API. Nothing of what it does stays in the
 * scenario's file: the engine reads a generated one, and takes the salt of its secrets from the stack's state.
 * Errors of every operation: {@link CliError}.
 */
export class StackEngine {
  readonly #options: OpenOptions;
  readonly #command: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #configFile: string;
  #overrides: readonly string[];
  #stack: Stack | undefined;
  #saveAtEnd = false;
  #onlyDeploy = false;

  constructor(options: OpenOptions) {
    this.#options = options;
    this.#command = join(cliFolder(pulumiHome(options.environment)), "pulumi");
    this.#environment = {
      ...options.environment,
      ...operationMark(options.root, options.stack),
      PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    this.#configFile = writeStackFile(options.root, options.stack, options.configuration);
    this.#overrides = options.overrides ?? [];
  }

  /** Removes what only this process needed. */
  close(): void {
    rmSync(this.#configFile, { force: true });
  }

  /** The stack's state, secrets encrypted; undefined if there is no such stack. */
  async exportState(): Promise<StackState | undefined> {
    const args = ["stack", "export", "--stack", this.#options.stack];
    const result = await this.#run(args);
    if (result.code === 0) return JSON.parse(result.stdout) as StackState;
    if (/no stack named/.test(result.stderr)) return undefined;
    throw new CliError(args, result);
  }

  /** Puts a state, as exported, in the place of the stack's. */
  async importState(state: StackState): Promise<void> {
    const file = join(dirname(this.#configFile), `${this.#options.stack}.${process.pid}.state.json`);
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    try {
      await this.#must(["stack", "import", "--stack", this.#options.stack, "--file", file]);
    } finally {
      rmSync(file, { force: true });
    }
  }

  /** Makes the stack, empty. */
  async create(): Promise<void> {
    const bare = writeBareProject(this.#options.root, project, this.#options.stack);
    await this.#must(["stack", "init", this.#options.stack, "--no-select"], bare);
  }

  /** Removes the stack, which must be empty, from the backend; no file of its configuration. */
  async remove(): Promise<void> {
    await this.#must(["stack", "rm", "--yes", "--preserve-config", this.#options.stack]);
  }

  /** Removes every lock of the stack. */
  async cancel(): Promise<void> {
    await this.#must(["cancel", "--yes", "--stack", this.#options.stack]);
  }

  async preview(onEvent: (event: EngineEvent) => void): Promise<void> {
    const stack = await this.#select();
    await stack.preview({ ...this.#operation(), policyPacks: [this.#policies], onEvent });
  }

  /** Gives the stack another configuration, for the operations to come. */
  configure(configuration: Readonly<Record<string, unknown>>, overrides: readonly string[]): void {
    writeStackFile(this.#options.root, this.#options.stack, configuration);
    this.#overrides = overrides;
  }

  /** Brings the stack to what the program says, within `limits`. */
  async up(
    onEvent: (event: EngineEvent) => void,
    { clearFirst = false, ...limits }: UpLimits = {},
  ): Promise<OutputMap> {
    if (!clearFirst) return this.#update(onEvent, limits);
    const { replace = [], ...others } = limits;
    const changes = new SummedChanges();
    this.#onlyDeploy = true;
    try {
      const deployed = replace.filter((urn) => !isMeasurement(urn));
      await this.#update((event) => onEvent(changes.first(event)), { ...others, replace: deployed });
    } finally {
      this.#onlyDeploy = false;
    }
    return this.#update((event) => onEvent(changes.second(event)), others);
  }

  async #update(
    onEvent: (event: EngineEvent) => void,
    { replace, only, saveAtEnd = false }: Omit<UpLimits, "clearFirst">,
  ): Promise<OutputMap> {
    const stack = await this.#select();
    await this.#admitDoubts();
    const limits = {
      ...(replace && replace.length > 0 ? { replace: [...replace] } : {}),
      ...(only ? { target: [...only] } : {}),
    };
    // What an earlier command noted would be a change that was not committed, to whoever says what was measured with.
    this.#options.stackFile.takeBack();
    const wasKilled = (error: unknown) => error instanceof CliError && error.result.code === null;
    const { root, stack: name } = this.#options;
    const result = await notingWhileUnfinished({ root, stack: name, onEvent, wasKilled }, (onEvent) =>
      this.#saving(saveAtEnd, () =>
        stack.up({ ...this.#operation(), ...limits, policyPacks: [this.#policies], onEvent }),
      ),
    );
    return result.outputs;
  }

  /** Has the state say what an update of this very command has left in doubt; that of an earlier one is repaired before. */
  async #admitDoubts(): Promise<void> {
    if (!isUnfinished(this.#options.root, this.#options.stack)) return;
    const state = await this.exportState();
    if (state) await this.importState(withDoubts(state));
  }

  /** Reads what has become of resources into the state. */
  async refresh(urns: readonly string[], onEvent: (event: EngineEvent) => void): Promise<void> {
    const stack = await this.#select();
    await stack.refresh({ ...this.#operation(), target: [...urns], onEvent });
  }

  /** Removes every resource. @param saveAtEnd Whether the state is saved at the end only: see {@link savesAtEnd}. */
  async destroy(onEvent: (event: EngineEvent) => void, saveAtEnd = false): Promise<void> {
    const stack = await this.#select();
    await this.#saving(saveAtEnd, () => stack.destroy({ ...this.#operation(), onEvent }));
  }

  async #saving<T>(atEnd: boolean, operate: () => Promise<T>): Promise<T> {
    this.#saveAtEnd = atEnd;
    try {
      return await operate();
    } finally {
      this.#saveAtEnd = false;
    }
  }

  get #policies(): string {
    return join(this.#options.root, "policies");
  }

  #operation() {
    return {
      configFile: this.#configFile,
      color: "never",
      suppressProgress: true,
      suppressOutputs: true,
      userAgent: "buswide",
    } as const;
  }

  async #select(): Promise<Stack> {
    if (this.#stack) return this.#stack;
    const { LocalWorkspace, PulumiCommand, Stack } = await import("@pulumi/pulumi/automation");
    const installed = await PulumiCommand.get({ root: dirname(dirname(this.#command)) });
    // The Automation API's own way of running the CLI leaves it in the terminal's process group.
    const pulumiCommand = Object.assign(installed, {
      run: async (
        args: string[],
        cwd: string,
        environment: Record<string, string>,
        onOutput?: (text: string) => void,
        onError?: (text: string) => void,
      ) => {
        const result = await this.#run(args, cwd, environment, onOutput, onError);
        if (result.code !== 0) throw new CliError(args, result);
        return result;
      },
    });
    const workspace = await LocalWorkspace.create({ workDir: this.#options.root, pulumiCommand });
    this.#stack = await Stack.select(this.#options.stack, workspace);
    return this.#stack;
  }

  async #must(args: readonly string[], cwd?: string): Promise<void> {
    const result = await this.#run(args, cwd);
    if (result.code !== 0) throw new CliError(args, result);
  }

  #run(
    args: readonly string[],
    cwd?: string,
    environment?: NodeJS.ProcessEnv,
    onOutput?: (text: string) => void,
    onError?: (text: string) => void,
  ): Promise<CliResult> {
    const { interrupts, root, stack } = this.#options;
    interrupts.check();
    return runCli(this.#command, args.includes("--non-interactive") ? args : [...args, "--non-interactive"], {
      cwd: cwd ?? root,
      env: {
        ...process.env,
        ...environment,
        ...this.#environment,
        // By the environment, for it says nothing about what is to be deployed, and must change nothing there.
        [overridesVariable]: JSON.stringify(this.#overrides),
        ...(this.#saveAtEnd ? { [saveAtEndVariable]: "true" } : {}),
        ...(this.#onlyDeploy ? { [onlyDeployVariable]: "true" } : {}),
      },
      root,
      stack,
      interrupts,
      onOutput,
      onError,
    });
  }
}

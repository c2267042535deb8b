import { type ChildProcess, spawn } from "child_process";
import { existsSync } from "fs";
import { createRequire } from "module";
import * as path from "path";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";

/** The exit code of a program that has told the user itself what went wrong (SDK, `cmd/run/error.ts`). */
const bailExitCode = 32;

/** What `runtime.options` of a Pulumi.yaml may hold for this runtime. */
export interface RuntimeOptions {
  /** Whether TypeScript is compiled as it is loaded; default true. */
  typescript: boolean;
  /** Further arguments of node. */
  nodeArgs: string[];
  /** The tsconfig.json to use, relative to the program's folder. */
  tsconfig?: string;
}

/** Reads the options. Errors: one is of the wrong type, or not known to this host. */
export function runtimeOptions(options: { [name: string]: unknown }): RuntimeOptions {
  const { typescript = true, nodeargs = "", tsconfig, packagemanager, ...others } = options;
  const unknown = Object.keys(others);
  if (unknown.length > 0) {
    throw new Error(
      `runtime option ${unknown.join(", ")} is not known; known are typescript, nodeargs, tsconfig, packagemanager`,
    );
  }
  if (typeof typescript !== "boolean") {
    throw new Error("runtime option typescript must be true or false");
  }
  if (typeof nodeargs !== "string") {
    throw new Error("runtime option nodeargs must be a string");
  }
  if (tsconfig !== undefined && typeof tsconfig !== "string") {
    throw new Error("runtime option tsconfig must be a path");
  }
  if (packagemanager !== undefined && packagemanager !== "npm") {
    throw new Error("runtime option packagemanager can only be npm here");
  }
  return { typescript, nodeArgs: nodeargs.split(/\s+/).filter((argument) => argument !== ""), tsconfig };
}

/** Where the SDK of the program in `directory` keeps the script that runs programs, policy packs or plugins. */
export function sdkScript(directory: string, name: "run" | "run-policy-pack" | "run-plugin"): string {
  try {
    return createRequire(path.join(directory, "index.js")).resolve(`@pulumi/pulumi/cmd/${name}`);
  } catch {
    throw new Error(`@pulumi/pulumi is not installed in ${directory}: run \`npm install\` there`);
  }
}

/** The environment that tells the SDK how to load TypeScript. */
export function loaderEnvironment(options: RuntimeOptions, directory: string): NodeJS.ProcessEnv {
  const tsconfig = options.tsconfig === undefined ? undefined : path.resolve(directory, options.tsconfig);
  if (tsconfig !== undefined && !existsSync(tsconfig)) {
    throw new Error(`runtime option tsconfig: ${tsconfig} does not exist`);
  }
  return {
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript),
    ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

/** The SDK's arguments for a program run. */
export function programArguments(request: RunRequest, engineAddress: string): string[] {
  const info = request.getInfo();
  const flags: { [name: string]: string } = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    "root-directory": info?.getRootDirectory() ?? "",
    pwd: info?.getProgramDirectory() ?? request.getPwd(),
    parallel: String(request.getParallel()),
    ...(request.getDryrun() ? { "dry-run": "true" } : {}),
  };
  return [
    ...Object.entries(flags)
      .filter(([, value]) => value !== "")
      .map(([name, value]) => `--${name}=${value}`),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

/** The stack's configuration as the SDK reads it from its environment. */
export function configEnvironment(request: RunRequest): NodeJS.ProcessEnv {
  const config = Object.fromEntries(request.getConfigMap().toArray());
  return {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

export interface Outcome {
  bail: boolean;
  error: string;
}

/** What a program's end means to the engine. */
export function outcome(code: number | null, signal: NodeJS.Signals | null): Outcome {
  if (code === 0) {
    return { bail: false, error: "" };
  }
  if (code === bailExitCode) {
    return { bail: true, error: "" };
  }
  return {
    bail: false,
    error: signal
      ? `Program was ended by the signal ${signal}`
      : `Program exited with non-zero exit code: ${code}`,
  };
}

/** The programs that this host has started. They end with it, and when the engine cancels. */
export class Children {
  private readonly children = new Set<ChildProcess>();

  /** Starts node in `directory`; standard output and error go where `stdio` says. */
  start(options: {
    arguments: string[];
    directory: string;
    environment: NodeJS.ProcessEnv;
    stdio: "inherit" | "pipe";
  }): ChildProcess {
    const child = spawn(process.execPath, options.arguments, {
      cwd: options.directory,
      env: options.environment,
      stdio: ["ignore", options.stdio, options.stdio],
    });
    this.children.add(child);
    child.on("close", () => this.children.delete(child));
    return child;
  }

  get idle(): boolean {
    return this.children.size === 0;
  }

  end(signal: NodeJS.Signals): void {
    this.children.forEach((child) => child.kill(signal));
  }
}

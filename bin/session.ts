import type Docker from "dockerode";
import { claimStack } from "./engine/claim";
import { connectDocker } from "./engine/connect";
import { StackEngines } from "./engine/hosts";
import { Interrupts } from "./engine/interrupts";
import { repair } from "./engine/repair";
import { StackEngine } from "./engine/stackEngine";
import { guardStackFile } from "./engine/stackFile";
import type { StackState } from "./engine/state";
import { openScreen, type Screen } from "./report/screen";

/** What a command works with once the engine is there. */
export interface Session {
  readonly root: string;
  readonly stack: string;
  readonly engine: StackEngine;
  /** This machine's engine. */
  readonly docker: Docker;
  /** All engines that the stack may have something on. */
  readonly engines: StackEngines;
  readonly screen: Screen;
  readonly interrupts: Interrupts;
  /**
   * Takes the stack up where an earlier command left it; only for commands that claim it.
   * Returns its state; undefined if there is no such stack.
   */
  repair(): Promise<StackState | undefined>;
  /** Starts Docker's engine anew if it is this project's own and has no container. Returns whether it did. */
  restartIdleEngine(): Promise<boolean>;
  /** Makes sure of the OpenStack plugin, for a stack that turns out to need it. */
  prepareOpenstack(): Promise<void>;
}

export interface SessionOptions {
  readonly root: string;
  readonly stack: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The values of the configuration that the command line gave, `path=value` each. */
  readonly overrides?: readonly string[];
  readonly openstack: boolean;
  /** The command's name if it changes the stack, so that no two do at once. */
  readonly claim?: string;
}

/** Gets everything ready that the engine needs, and runs `work` with it. */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { root, stack, configuration, openstack } = options;
  const screen = openScreen();
  const interrupts = new Interrupts((line) => screen.line(line));
  const progress = (line: string) => screen.line(line);
  const release =
    options.claim === undefined ? undefined : claimStack(root, stack, `${options.claim} ${stack}`);
  const stackFile = guardStackFile(root, stack);
  try {
    const { prepare, restartIdleEngine } = await import("../toolchain");
    const environment = await prepare({ openstack, progress });
    const docker = await connectDocker(environment);
    const overrides = options.overrides ?? [];
    const engines = new StackEngines(root, stack, docker);
    const engine = new StackEngine({
      root,
      stack,
      configuration,
      overrides,
      environment,
      interrupts,
      stackFile,
    });
    try {
      const context = { root, stack, environment, engine, engines, progress };
      const prepareOpenstack = async () => {
        await prepare({ openstack: true, progress });
      };
      return await work({
        root,
        stack,
        engine,
        docker,
        engines,
        screen,
        interrupts,
        repair: () => repair(context),
        prepareOpenstack,
        restartIdleEngine: () => restartIdleEngine(environment, progress),
      });
    } finally {
      engine.close();
      engines.close();
    }
  } finally {
    screen.close();
    stackFile.end();
    release?.();
  }
}

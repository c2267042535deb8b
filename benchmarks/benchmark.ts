import type Docker from "dockerode";
import type { DockerContainers } from "../workloads/dockerContainers";
import type { Cleanup } from "./support/cleanup";
import type { Figure } from "./support/figures";

/** What a benchmark works with. */
export interface Bench {
  /** The project's root. */
  readonly root: string;
  /** What the toolchain's `prepare()` gave: where the engine and its plugins are. */
  readonly environment: NodeJS.ProcessEnv;
  readonly docker: Docker;
  readonly containers: DockerContainers;
  /** What has to be undone whatever happens. */
  readonly cleanup: Cleanup;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Tells a person how far it is. */
  progress(line: string): void;
}

export interface Benchmark {
  readonly name: string;
  /** What is compared, in a sentence. */
  readonly compares: string;
  /** Pairs measured when none are asked for. */
  readonly pairs: number;
  /** Measures `pairs` pairs. Errors: what is compared turned out not to be the same; anything failed. */
  run(bench: Bench, pairs: number): Promise<Figure[]>;
}

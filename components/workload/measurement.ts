import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "crypto";
import type { MeasurementInput } from "../../workloads/runner/input";

/** What the runner prints when it is done; see workloads/runner. */
export interface MeasurementOutput {
  readonly run: number;
  readonly directory: string;
  readonly backup: { readonly path: string; readonly sha256: string; readonly bytes: number };
  readonly links: readonly unknown[];
  /** Ways over several links; absent: there are none. */
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly results: readonly unknown[];
  readonly provenance: Readonly<Record<string, unknown>>;
}

export interface MeasurementArgs {
  /** What the runner is told. Secret where it holds secrets. */
  input: pulumi.Input<MeasurementInput>;
  /** Memory limits of services, bytes, by name: no matter to the runner, but one to what it measures. */
  memoryBytes: Readonly<Record<string, number>>;
}

/** The program that measures, run from the project's root. */
const runner = "node -r ts-node/register/transpile-only workloads/runner/main.ts";

/** One execution of the workloads against the deployed system, once it stands. */
export class Measurement extends pulumi.ComponentResource {
  /** Empty where an update left the measurement out (`pulumi up --exclude`). */
  readonly output: pulumi.Output<Partial<MeasurementOutput>>;

  constructor(name: string, args: MeasurementArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buswide:workload:Measurement", name, {}, opts);
    const input = pulumi.output(args.input);
    const run = new command.local.Command(
      `${name}-run`,
      {
        create: runner,
        // What is told to the runner but does not bear on what is measured: the figures stay as they are.
        update: `${runner} --reuse`,
        stdin: pulumi.secret(input.apply((value) => JSON.stringify(value))),
        triggers: [pulumi.unsecret(input.apply((value) => whatIsMeasured(value, args.memoryBytes)))],
        // Progress goes to standard error, figures to standard output.
        logging: command.local.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );
    this.output = pulumi.unsecret(run.stdout.apply(parseOutput));
    this.registerOutputs({});
  }
}

/**
 * A hash of exactly what should cause a new measurement: topology, links, bus and its configuration, workloads,
 * images, memory. Not the bus's password, how many backups are kept, or how the scenario is worded.
 */
export function whatIsMeasured(
  input: MeasurementInput,
  memoryBytes: Readonly<Record<string, number>>,
): string {
  const { sites, links, paths, bus, services, configuration, workloads, seed, emulator } = input;
  const { transports, ...busWithoutSecrets } = bus;
  const matters = {
    sites,
    links,
    paths,
    bus: { ...busWithoutSecrets, sites: Object.keys(transports) },
    services,
    configuration,
    memoryBytes,
    workloads,
    seed,
    emulator,
  };
  return createHash("sha256").update(JSON.stringify(matters)).digest("hex");
}

function parseOutput(stdout: string | undefined): Partial<MeasurementOutput> {
  return stdout === undefined ? {} : (JSON.parse(stdout) as MeasurementOutput);
}

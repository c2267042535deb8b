import type { BrokerSampler } from "../brokers";
import type { Containers } from "../containers";
import type { ServiceChange } from "../faults/timeline";
import type { ProbeHooks, ProbeRecord } from "../probe";
import type { PlannedRally } from "../rally/input";
import type { RallyFindings } from "../results/rally";
import type {
  ClockReading,
  LinkDeviation,
  LinkMeasurement,
  LinkRecord,
  PathRecord,
  Provenance,
} from "../results/schema";
import type { ServersFindings } from "../results/servers";
import type { ShakerFindings } from "../results/shaker";
import type { TraceFindings } from "../results/trace";
import type { PlannedServers } from "../servers/input";
import type { PlannedShaker } from "../shaker/input";
import type { PlannedTrace } from "../trace/input";
import type { MeasurementInput, PlannedWorkload } from "./input";
import type { LinkChange, Timeline } from "./timeline";

/** One link as found, and where that is not what was asked for. */
export interface LinkReading {
  name: string;
  emulator: LinkRecord["emulator"];
  measurement: LinkMeasurement;
  deviations: LinkDeviation[];
}

/** What a tool that is no load on the bus tells while it measures. */
export interface ToolHooks {
  progress(text: string): void;
  /** What is observed of the deployed system counts from `at` on. */
  windowStarted(at: Date): void;
  windowEnded(): void;
  /** Keeps a file of the tool's own, by its path in the run's folder. Errors: the disk. */
  keep(path: string, content: string): Promise<void>;
}

/** What a tool tells that first watches what goes on while it does nothing. */
export interface TraceHooks extends ToolHooks {
  /** What is observed counts from `at` on for a window of its own, before the other. */
  backgroundStarted(at: Date): void;
  backgroundEnded(): void;
}

/** What a measurement needs of the world; `main.ts` has the real ones. */
export interface Dependencies {
  containers: Containers;
  /** What the command line put in the place of the scenario file's values; undefined: nobody said. */
  overrides?: readonly string[] | undefined;
  /** The directory that `input.runsDirectory` is relative to. */
  root: string;
  /** Reads the clock of each host that has sites, by host; from then on their times are told by this machine's. */
  readClocks(input: MeasurementInput): Promise<Record<string, ClockReading>>;
  /** Measures all links. Errors: a link carries nothing, or can't be measured. */
  measureLinks: (
    input: MeasurementInput,
    when: "before" | "after",
    progress: (line: string) => void,
  ) => Promise<LinkReading[]>;
  /** Measures the sample of paths end to end. Errors: a path carries nothing, or can't be measured. */
  measurePaths: (input: MeasurementInput, progress: (line: string) => void) => Promise<PathRecord[]>;
  /** A deviation in words: which path, what its links add up to, what was found. */
  describePathDeviation(path: PathRecord, deviation: LinkDeviation): string;
  /** A deviation in words: which link, what was asked for, what was found. */
  describeDeviation(link: string, deviation: LinkDeviation): string;
  /** Runs one workload; must end soon after `signal` is aborted, with what was measured until then. */
  runProbe(
    input: MeasurementInput,
    workload: PlannedWorkload,
    hooks: ProbeHooks,
    signal: AbortSignal,
  ): Promise<ProbeRecord>;
  /** Measures the data plane; as `runProbe`. Errors: what keeps it from measuring anything. */
  runShaker(
    input: MeasurementInput,
    workload: PlannedShaker,
    hooks: ToolHooks,
    signal: AbortSignal,
  ): Promise<ShakerFindings>;
  /** Executes a task of Rally; likewise. */
  runRally(
    input: MeasurementInput,
    workload: PlannedRally,
    hooks: ToolHooks,
    signal: AbortSignal,
  ): Promise<RallyFindings>;
  /** Boots servers and asks for tokens at a steady rate; likewise. */
  runServers(
    input: MeasurementInput,
    workload: PlannedServers,
    hooks: ToolHooks,
    signal: AbortSignal,
  ): Promise<ServersFindings>;
  /** Traces requests to the control plane; likewise. */
  runTrace(
    input: MeasurementInput,
    workload: PlannedTrace,
    hooks: TraceHooks,
    signal: AbortSignal,
  ): Promise<TraceFindings>;
  /**
   * Makes a workload's timeline ready: hands the gateways theirs, and looks at the services that it is about.
   * Errors: a gateway takes no schedule, or a service does not run; nothing is changed then.
   */
  prepareTimeline(
    input: MeasurementInput,
    workload: Pick<PlannedWorkload, "name" | "timeline">,
    take: (change: LinkChange | ServiceChange) => void,
  ): Promise<Timeline>;
  /** How the bus's brokers are read; undefined for a kind without figures. */
  brokerSampler: BrokerSampler | undefined;
  /** Everything about the run that the input doesn't say. What can't be found out is told to `warn`. */
  gatherFacts(input: MeasurementInput, warn: (message: string) => void): Promise<Facts>;
  /** Takes the lines for a person. */
  tell(line: string): void;
  signal: AbortSignal;
}

/** What the input does not say about a run; `brokerVersions` by the broker's name. */
export type Facts = Omit<
  Provenance,
  | "scenarioSha256"
  | "overrides"
  | "seed"
  | "startedAt"
  | "finishedAt"
  | "serviceHosts"
  | "clockShared"
  | "clocks"
> & {
  brokerVersions: Record<string, string>;
};

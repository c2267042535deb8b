import { resolve } from "path";
import { results as resultsSchema, resultsSchemaVersion } from "../results/schema";
import type { BackgroundFindings } from "../results/patterns";
import type {
  BackgroundRecord,
  LinkRecord,
  Provenance,
  Results,
  ServiceUsage,
  TimelineRecord,
} from "../results/schema";
import { withBus } from "../results/testCase";
import { makeBackup, type Backup } from "./backup";
import { collectLogs, collectMetrics, writeConfiguration } from "./evidence";
import { Interrupted, interruptible } from "./interruption";
import { introduceLinks, introducePaths, introduceWorkload } from "./introductions";
import type { Outcome } from "./outcome";
import { Redactor, secretsOf } from "./redaction";
import { outcomeFile, pruneBackups, RunFolder } from "./runFolder";
import { QueueWatch } from "./queueWatch";
import { Sampling } from "./sampling";
import type { Dependencies, LinkReading, TraceHooks } from "./dependencies";
import { isOnBus, type MeasurementInput, type PlannedEpisode, type PlannedWorkload } from "./input";
import { recoveriesOf } from "../faults/recovery";
import { recordClocks, recordClocksAfter } from "../hosts/clocks";
import type { ServiceChange } from "../faults/timeline";
import type { ProbeEvent, ProbeRecord, SeriesRecord } from "../probe";
import type { PlannedRally } from "../rally/input";
import type { RallyFindings } from "../results/rally";
import type { ServersFindings } from "../results/servers";
import { figuresOf } from "../servers/figures";
import type { PlannedServers } from "../servers/input";
import type { TraceFindings } from "../results/trace";
import type { ShakerFindings } from "../results/shaker";
import type { PlannedShaker } from "../shaker/input";
import type { PlannedTrace } from "../trace/input";
import type { LinkChange, Timeline } from "./timeline";
import { Traffic } from "./traffic";

export type { Outcome } from "./outcome";

/** Time an interrupted workload has to say what it measured, milliseconds. */
const graceMs = 3_000;

/**
 * Measures the links, runs every workload, measures the links again, and keeps everything about it in a
 * folder of its own. What is measured is on disk as soon as it is; the results say `running` until the end.
 *
 * A link that deviates from what was asked ends the run before the first workload. Afterwards nothing ends
 * it: a failed workload or a link that deviates at the end marks the run as failed, and the rest is measured.
 *
 * Errors: the run's folder can't be written. Everything else is in the outcome.
 */
export async function runMeasurement(input: MeasurementInput, deps: Dependencies): Promise<Outcome> {
  const folder = await RunFolder.make(resolve(deps.root, input.runsDirectory));
  return new Measurement(input, deps, folder).run();
}

class Measurement {
  private readonly redactor: Redactor;
  private readonly results: Results;
  private readonly failures: string[] = [];
  private unwritten: Promise<void> = Promise.resolve();

  constructor(
    private input: MeasurementInput,
    private readonly deps: Dependencies,
    private readonly folder: RunFolder,
  ) {
    this.redactor = new Redactor(secretsOf(input.bus, input.secrets));
    const now = new Date().toISOString();
    this.results = {
      schemaVersion: resultsSchemaVersion,
      stack: input.stack,
      run: folder.number,
      status: "running",
      links: [],
      bus: {
        kind: input.bus.kind,
        ...(input.bus.topology === undefined ? {} : { topology: input.bus.topology }),
        brokers: input.bus.brokers.map(({ name, site }) => ({ name, site })),
      },
      workloads: [],
      provenance: {
        scenarioSha256: input.scenarioSha256,
        ...(deps.overrides === undefined ? {} : { overrides: [...deps.overrides] }),
        seed: input.seed,
        startedAt: now,
        finishedAt: now,
        images: {},
        versions: {},
        host: { kernel: "", cpu: "", cores: 0, memoryBytes: 0, os: "" },
        ...serviceHostsOf(input),
        clockShared: input.clockShared,
      },
    };
  }

  async run(): Promise<Outcome> {
    await this.save();
    await this.folder.markLatest();
    this.tell(`run ${this.folder.number} of ${this.input.stack}: ${this.folder.path}`);
    try {
      await this.measure();
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    }
    await this.unwritten;
    return this.close();
  }

  private async measure(): Promise<void> {
    await this.folder.appendLines("series.jsonl", []);
    await writeConfiguration(this.folder, this.input, this.redactor);
    const { measureLinks } = this.deps;
    const asked = this.deps.gatherFacts(this.input, (message) => this.tell(`provenance: ${message}`));
    const { brokerVersions, ...facts } = await this.orInterrupted(asked);
    Object.assign(this.results.provenance, facts);
    for (const broker of this.results.bus.brokers) {
      const version = brokerVersions[broker.name];
      if (version !== undefined) broker.version = version;
    }
    await this.compareClocks();
    await this.save();

    this.tell(introduceLinks(this.input));
    const before = await this.orInterrupted(measureLinks(this.input, "before", (line) => this.tell(line)));
    await this.takeLinks("before", before);
    if (this.failures.length > 0) return;
    await this.measurePaths();
    if (this.failures.length > 0) return;

    for (const [at, load] of this.input.workloads.entries())
      await (isOnBus(load) ? this.runWorkload(at, load) : this.runTool(at, load));

    this.tell("measuring the links again");
    const after = await this.orInterrupted(measureLinks(this.input, "after", (line) => this.tell(line)));
    await this.takeLinks("after", after);
    await this.compareClocksAgain();
  }

  /**
   * Of containers on hosts: how far what they say of times is from this machine's, also where they all read one clock; and whether it can
   * be compared.
   */
  private async compareClocks(): Promise<void> {
    if (Object.keys(this.input.hosts ?? {}).length === 0) return;
    const clocks = recordClocks(this.input, await this.orInterrupted(this.deps.readClocks(this.input)));
    this.results.provenance.clocks = clocks;
    this.input = { ...this.input, clocksAgree: clocks.agree };
    if (this.input.clockShared) {
      const [reading] = Object.values(clocks.before);
      if (reading)
        this.tell(`the host's clock is ${reading.offsetMs} ms ahead of this machine's, which is allowed for`);
      return;
    }
    const most =
      clocks.toleratedMs === undefined ? "" : `, ${clocks.toleratedMs} ms at most for one-way latencies`;
    this.tell(`the hosts' clocks are within ${clocks.apartMs} ms of each other${most}`);
  }

  private async compareClocksAgain(): Promise<void> {
    const { clocks } = this.results.provenance;
    if (clocks === undefined) return;
    const readings = await this.orInterrupted(this.deps.readClocks(this.input));
    this.results.provenance.clocks = recordClocksAfter(clocks, readings);
    await this.save();
  }

  /** The ways over several links: all of them, or a sample, which is said. */
  private async measurePaths(): Promise<void> {
    const { paths, seed } = this.input;
    if (paths.pairs === 0) return;
    this.tell(introducePaths(this.input));
    const measured =
      paths.sample.length === 0
        ? []
        : await this.orInterrupted(this.deps.measurePaths(this.input, (line) => this.tell(line)));
    this.results.paths = { pairs: paths.pairs, seed, measured };
    for (const path of measured)
      for (const deviation of path.deviations) this.fail(this.deps.describePathDeviation(path, deviation));
    await this.save();
  }

  private async takeLinks(when: "before" | "after", readings: readonly LinkReading[]): Promise<void> {
    for (const link of this.input.links) {
      const reading = readings.find(({ name }) => name === link.name);
      if (reading === undefined) throw new Error(`link ${link.name} was not measured`);
      const known = this.results.links.find(({ name }) => name === link.name);
      const record: LinkRecord = known ?? {
        name: link.name,
        between: link.between,
        emulator: reading.emulator,
        asked: { there: link.there, back: link.back },
        deviations: [],
      };
      if (known === undefined) this.results.links.push(record);
      record[when] = reading.measurement;
      record.deviations.push(...reading.deviations);
      for (const deviation of reading.deviations)
        this.fail(this.deps.describeDeviation(link.name, deviation));
    }
    await this.save();
  }

  private async runWorkload(at: number, workload: PlannedWorkload): Promise<void> {
    if (this.deps.signal.aborted) throw new Interrupted();
    this.tell(introduceWorkload(at, this.input));
    let timeline: Timeline | undefined;
    try {
      timeline = await this.prepareTimeline(workload);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      // Its figures would be those of another experiment.
      this.fail(`workload ${workload.name}: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const { containers, brokerSampler } = this.deps;
    const sinks = {
      append: (lines: readonly object[]) => this.append(lines),
      warn: (message: string) => this.tell(message),
    };
    const traffic = new Traffic(containers, this.input, workload.name, sinks);
    const sampling = new Sampling(containers, this.input, brokerSampler, workload.name, sinks);
    sampling.start();
    const queues = new QueueWatch(containers, this.input, brokerSampler, workload.name, sinks);
    let told = -Infinity;
    const seconds: SeriesRecord[] = [];
    const hooks = {
      progress: (fraction: number, text: string): void => {
        // A line every few seconds is enough to follow.
        if (performance.now() - told < 5_000 && fraction < 1) return;
        told = performance.now();
        this.tell(`  ${workload.name}: ${text}`);
      },
      series: (record: SeriesRecord | ProbeEvent): void => {
        if (!("event" in record)) seconds.push(record);
        void this.append([{ kind: "workload", ...record }]);
      },
      windowStarted: (at: Date): void => {
        timeline?.start(at);
        sampling.windowStarted();
        traffic.windowStarted(at);
      },
      windowEnded: (): void => {
        sampling.windowEnded();
        traffic.windowEnded();
      },
      atRest: (when: "before" | "after"): Promise<void> => queues.read(when),
    };
    const { signal } = this.deps;
    let record: ProbeRecord;
    try {
      await interruptible(traffic.start(), signal);
      record = await interruptible(this.deps.runProbe(this.input, workload, hooks, signal), signal, graceMs);
    } finally {
      await this.endTimeline(workload, timeline);
      await this.stop(sampling);
      await this.stop(traffic);
    }
    const start = Date.parse(record.startedAt) / 1000;
    const usage = sampling.usage({ start, end: start + record.durationSeconds });
    const delivering = record.deliveringSeconds ?? record.durationSeconds;
    const wan = traffic.usage({ start, end: start + delivering }, record.received);
    const recovery = recoveriesOf(workload, seconds, this.input);
    this.results.workloads.push({
      ...record,
      ...(record.testCase === undefined
        ? {}
        : { testCase: withBus(record.testCase, record.durationSeconds, this.ofBus(usage.services)) }),
      ...(workload.timeline === undefined ? {} : { timeline: workload.timeline.map(recordOf) }),
      ...(recovery === undefined ? {} : { recovery }),
      ...(record.leftovers === undefined ? {} : { leftovers: { ...record.leftovers, ...queues.orphans } }),
      ...usage,
      ...(wan === undefined ? {} : { wan }),
    });
    if (record.status === "failed") {
      const blocked = sampling.blockedInWords;
      this.fail(
        `workload ${workload.name}: ${record.failure ?? "failed"}${blocked === undefined ? "" : `; ${blocked}`}`,
      );
    }
    await this.save();
  }

  /** A tool that could not measure, for whatever reason, is a failed workload without figures. */
  private async runTool(
    at: number,
    load: PlannedShaker | PlannedRally | PlannedServers | PlannedTrace,
  ): Promise<void> {
    const { containers, brokerSampler, signal } = this.deps;
    if (signal.aborted) throw new Interrupted();
    this.tell(introduceWorkload(at, this.input));
    const timed = load.kind === "servers" ? load : { name: load.name };
    let timeline: Timeline | undefined;
    try {
      timeline = await this.prepareTimeline(timed);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      // Its figures would be those of another experiment.
      this.fail(`workload ${load.name}: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const sinks = {
      append: (lines: readonly object[]) => this.append(lines),
      warn: (message: string) => this.tell(message),
    };
    const traffic = new Traffic(containers, this.input, load.name, sinks);
    const sampling = new Sampling(containers, this.input, brokerSampler, load.name, sinks);
    const hooks: TraceHooks = {
      progress: (text) => this.tell(`  ${load.name}: ${text}`),
      windowStarted: (time) => {
        timeline?.start(time);
        sampling.windowStarted();
        traffic.windowStarted(time);
      },
      windowEnded: () => {
        sampling.windowEnded();
        traffic.windowEnded();
      },
      backgroundStarted: (time) => {
        sampling.readAtEdge();
        traffic.windowStarted(time);
      },
      backgroundEnded: () => {
        sampling.readAtEdge();
        traffic.windowEnded();
      },
      keep: (path, content) => this.folder.write(path, this.redactor.text(content)),
    };
    const { results } = this;
    const observedIn = (startedAt: string, seconds: number) => {
      const start = Date.parse(startedAt) / 1000;
      const window = { start, end: start + seconds };
      const wan = traffic.usage(window, 0);
      return { ...sampling.usage(window), ...(wan === undefined ? {} : { wan }) };
    };
    const observed = ({ startedAt, durationSeconds }: { startedAt: string; durationSeconds: number }) =>
      observedIn(startedAt, durationSeconds);
    sampling.start();
    const measure = async <F>(run: () => Promise<F>, failed: (load: FailedLoad) => F): Promise<F> => {
      const startedAt = new Date();
      try {
        await interruptible(traffic.start(), signal);
        return await interruptible(run(), signal, graceMs);
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        const failure = error instanceof Error ? error.message : String(error);
        const durationSeconds = (Date.now() - startedAt.getTime()) / 1000;
        return failed({
          ...{ name: load.name, status: "failed", failure, versions: {}, reports: [] },
          ...{ startedAt: startedAt.toISOString(), durationSeconds },
        });
      } finally {
        await this.endTimeline(timed, timeline);
        await this.stop(sampling);
        await this.stop(traffic);
      }
    };
    let record: { status: "complete" | "failed"; failure?: string | undefined };
    if (load.kind === "shaker") {
      const found = await measure<ShakerFindings>(
        () => this.deps.runShaker(this.input, load, hooks, signal),
        (failed) => ({
          ...{ ...failed, kind: "shaker", mode: load.mode, pairs: [] },
          ...{ testSeconds: load.durationSeconds, omittedSeconds: load.omitSeconds },
        }),
      );
      results.shaker = [...(results.shaker ?? []), { ...found, ...observed(found) }];
      record = found;
    } else if (load.kind === "servers") {
      const { site, ratePerSecond, authenticationsPerSecond, timeoutSeconds, waitSeconds } = load;
      const found = await measure<ServersFindings>(
        () => this.deps.runServers(this.input, load, hooks, signal),
        (failed) => ({
          ...{ ...failed, kind: "servers", site, ratePerSecond, authenticationsPerSecond },
          ...{ timeoutSeconds, waitSeconds, ...figuresOf({ ...load, timeline: [] }, 0, []) },
        }),
      );
      const done = load.timeline === undefined ? {} : { timeline: load.timeline.map(recordOf) };
      results.servers = [...(results.servers ?? []), { ...found, ...done, ...observed(found) }];
      record = found;
    } else if (load.kind === "trace") {
      const found = await measure<TraceFindings>(
        () => this.deps.runTrace(this.input, load, hooks, signal),
        (failed) => ({ ...failed, kind: "trace", site: load.site, totalMs: {}, requests: [] }),
      );
      const { background, ...requests } = found;
      results.traces = [
        ...(results.traces ?? []),
        {
          ...{ ...requests, ...observed(found) },
          ...(background === undefined ? {} : { background: withObserved(background, load, observedIn) }),
        },
      ];
      record = found;
    } else {
      const found = await measure<RallyFindings>(
        () => this.deps.runRally(this.input, load, hooks, signal),
        (failed) => ({ ...failed, kind: "rally", site: load.site, scenarios: [] }),
      );
      results.rally = [...(results.rally ?? []), { ...found, ...observed(found) }];
      record = found;
    }
    if (record.status === "failed") this.fail(`workload ${load.name}: ${record.failure ?? "failed"}`);
    await this.save();
  }

  /** Usage of the bus's own containers. */
  private ofBus(services: readonly ServiceUsage[]): ServiceUsage[] {
    const containers = new Set(this.input.bus.brokers.map(({ container }) => container));
    const names = this.input.services.filter(({ container }) => containers.has(container));
    return services.filter(({ service }) => names.some(({ name }) => name === service));
  }

  private async prepareTimeline(workload: Timed): Promise<Timeline | undefined> {
    if (workload.timeline === undefined) return undefined;
    const take = (change: LinkChange | ServiceChange): void =>
      void this.append([{ kind: "link" in change ? "link" : "service", ...change }]);
    return this.orInterrupted(this.deps.prepareTimeline(this.input, workload, take));
  }

  /** Also when the workload failed or was interrupted: the links come first. */
  private async endTimeline(workload: Timed, timeline: Timeline | undefined): Promise<void> {
    try {
      await timeline?.end();
    } catch (error) {
      this.fail(`timeline of ${workload.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** An interrupted run does without the last sample if it is long in coming. */
  private async stop(watching: Sampling | Traffic): Promise<void> {
    try {
      await interruptible(watching.stop(), this.deps.signal, 1_000);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  }

  /** Whatever happened: logs, results, archive. */
  private async close(): Promise<Outcome> {
    const { signal } = this.deps;
    if (signal.aborted && !this.failures.includes("interrupted")) this.fail("interrupted");
    this.tell("collecting logs");
    const budgetMs = signal.aborted ? graceMs : 60_000;
    await collectLogs(this.folder, this.input, this.deps.containers, this.redactor, budgetMs, (line) =>
      this.tell(line),
    );
    await this.keepMetrics(budgetMs);
    this.results.provenance.finishedAt = new Date().toISOString();
    let backup: Backup | undefined;
    try {
      await this.finish();
      backup = await makeBackup(this.folder.path, new Date(this.results.provenance.startedAt));
      await pruneBackups(this.folder.runs, this.input.backup.keep);
    } catch (error) {
      this.fail(`backup: ${error instanceof Error ? error.message : String(error)}`);
      await this.finish();
    }
    const { status, failure, links, paths, provenance, ...measured } = this.redactor.value(this.results);
    this.tell(
      status === "complete"
        ? `complete: ${this.folder.path}`
        : `failed: ${failure}; kept: ${this.folder.path}`,
    );
    const outcome: Outcome = {
      run: this.folder.number,
      directory: this.folder.path,
      status: status === "complete" ? "complete" : "failed",
      ...(failure === undefined ? {} : { failure }),
      ...(backup === undefined ? {} : { backup }),
      links,
      ...(paths === undefined ? {} : { paths }),
      results: [
        ...measured.workloads.map(({ histogram: _, ...record }) => record),
        ...(measured.shaker ?? []),
        ...(measured.rally ?? []).map(({ patterns: _, ...record }) => record),
        ...(measured.servers ?? []),
        ...(measured.traces ?? []).map(({ patterns: _, background: __, ...record }) => record),
      ],
      provenance,
    };
    await this.folder.write(outcomeFile, `${JSON.stringify(outcome, undefined, 2)}\n`);
    return outcome;
  }

  private async keepMetrics(budgetMs: number): Promise<void> {
    const { metrics } = this.input;
    if (metrics === undefined) return;
    this.tell("collecting metrics");
    const { containers } = this.deps;
    this.results.metrics = await collectMetrics(
      this.folder,
      metrics,
      containers,
      this.redactor,
      budgetMs,
      (line) => this.tell(line),
    );
  }

  private async finish(): Promise<void> {
    this.results.status = this.failures.length === 0 ? "complete" : "failed";
    if (this.failures.length > 0) this.results.failure = this.failures.join("; ");
    await this.save();
  }

  /** Writes what is known so far. Errors: it is not what the schema promises; the disk. */
  private async save(): Promise<void> {
    const results = resultsSchema.parse(this.redactor.value(this.results));
    await this.folder.write("results.json", `${JSON.stringify(results, undefined, 2)}\n`);
    await this.folder.write("provenance.json", `${JSON.stringify(results.provenance, undefined, 2)}\n`);
  }

  /** Writes lines of the series in the order in which they were made; a disk that won't take them fails the run. */
  private append(lines: readonly object[]): Promise<void> {
    this.unwritten = this.unwritten.then(async () => {
      try {
        await this.folder.appendLines("series.jsonl", this.redactor.value([...lines]));
      } catch (error) {
        const reason = `series.jsonl: ${error instanceof Error ? error.message : String(error)}`;
        if (!this.failures.includes(reason)) this.fail(reason);
      }
    });
    return this.unwritten;
  }

  private orInterrupted<T>(promise: Promise<T>): Promise<T> {
    return interruptible(promise, this.deps.signal);
  }

  private fail(reason: string): void {
    this.failures.push(reason);
    this.tell(`FAILED: ${reason}`);
  }

  private tell(line: string): void {
    this.deps.tell(this.redactor.text(line));
  }
}

/** Which host runs each service; nothing where all is on this machine. */
function serviceHostsOf({ services }: MeasurementInput): Partial<Pick<Provenance, "serviceHosts">> {
  const placed = services.flatMap(({ name, host }) => (host === undefined ? [] : [[name, host] as const]));
  return placed.length === 0 ? {} : { serviceHosts: Object.fromEntries(placed) };
}

/** A workload by what happens to links and services meanwhile. */
type Timed = Pick<PlannedWorkload, "name" | "timeline">;

/** What the record of a tool's workload says whatever the tool, where it could not measure. */
type FailedLoad = Pick<ShakerFindings, "name" | "versions" | "reports" | "startedAt" | "durationSeconds"> & {
  status: "failed";
  failure: string;
};

/** What was told in the background, beside what was counted meanwhile: of the brokers that it went to, and on all links. */
function withObserved(
  background: BackgroundFindings,
  { regionBrokers, regions = [] }: Pick<PlannedTrace, "regionBrokers" | "regions">,
  observedIn: (startedAt: string, seconds: number) => Pick<BackgroundRecord, "brokers" | "wan">,
): BackgroundRecord {
  const { brokers, wan } = observedIn(background.startedAt, background.seconds);
  return {
    ...background,
    brokers: brokers.filter(({ broker }) => regionBrokers.includes(broker)),
    ...(wan === undefined ? {} : { wan }),
    ...(regions.length === 0 ? {} : { regions: regions.length + 1 }),
  };
}

function recordOf(episode: PlannedEpisode): TimelineRecord {
  if ("service" in episode) return episode;
  const { actions: _, ...record } = episode;
  return record;
}

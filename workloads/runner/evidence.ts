import { readdir, readFile, rename, rm } from "fs/promises";
import { basename, join } from "path";
import { stringify } from "yaml";
import type { Containers } from "../containers";
import { keepMetrics, readMetrics } from "../metrics/prometheus";
import type { MetricsRecord } from "../results/metrics";
import type { MeasurementInput } from "./input";
import type { Redactor } from "./redaction";
import type { RunFolder } from "./runFolder";

/** The scenario as a person wrote it, from a run's folder. The other is as it was parsed, in units of its own. */
export const writtenScenario = "config/scenario.written.yaml";

/** Logs read at a time: each is held in memory whole. */
const logsAtATime = 8;

/** Writes the scenario and every rendered configuration file under `config/`. */
export async function writeConfiguration(
  folder: RunFolder,
  input: MeasurementInput,
  redactor: Redactor,
): Promise<void> {
  await folder.write("config/scenario.yaml", stringify(redactor.value(input.scenario)));
  if (input.written !== undefined)
    await folder.write(writtenScenario, stringify(redactor.value(input.written)));
  for (const [path, content] of Object.entries(input.configuration)) {
    await folder.write(`config/${path}`, redactor.text(content));
  }
}

/**
 * Writes every service's log as `logs/<service>.log`. A log that can't be read, or not within `budgetMs` for
 * all of them together, is named to `warn` and in its own file.
 */
export async function collectLogs(
  folder: RunFolder,
  input: MeasurementInput,
  containers: Containers,
  redactor: Redactor,
  budgetMs: number,
  warn: (message: string) => void,
): Promise<void> {
  const deadline = performance.now() + budgetMs;
  const left = [...input.services];
  const collect = async (): Promise<void> => {
    for (let service = left.shift(); service !== undefined; service = left.shift()) {
      let log: string;
      try {
        log = await inTime(containers.logs(service.container), deadline - performance.now());
      } catch (error) {
        log = `The log could not be read: ${error instanceof Error ? error.message : String(error)}\n`;
        warn(`log of ${service.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
      await folder.write(`logs/${service.name}.log`, redactor.text(log));
    }
  };
  await Promise.all(Array.from({ length: logsAtATime }, collect));
}

/** Where figures that were collected all the time are, in a run's folder. */
const metricsFolder = "metrics";

/**
 * What watched the deployment, with all that it collected under `metrics/`, if that can be had within `budgetMs`; what can't be is
 * told to `warn`, and the record says why. Nothing secret is among names and labels of figures, which is looked at all the same: what
 * has any is not kept. Until then it is beside the runs, where no backup takes it, whatever a copy that was given up still writes.
 */
export async function collectMetrics(
  folder: RunFolder,
  { site, container, intervalSeconds }: NonNullable<MeasurementInput["metrics"]>,
  containers: Containers,
  redactor: Redactor,
  budgetMs: number,
  warn: (message: string) => void,
): Promise<MetricsRecord> {
  const deadline = performance.now() + budgetMs;
  let failure: string | undefined;
  const attempt = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failure ??= message;
      warn(`metrics: ${message}`);
      return undefined;
    }
  };
  const inBudget = async <T>(asked: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> => {
    const over = new AbortController();
    const value = await attempt(inTime(asked(over.signal), deadline - performance.now()));
    if (value === undefined) over.abort();
    return value;
  };
  const record = { kind: "prometheus", site, intervalSeconds } as const;
  const figures = await inBudget(() => readMetrics(containers, container));
  if (figures === undefined) return { ...record, ...(failure === undefined ? {} : { failure }) };
  const copy = join(folder.runs, `.metrics-${folder.number}`);
  const removeCopy = () => attempt(rm(copy, { recursive: true, force: true, maxRetries: 3 }));
  const copied = await inBudget(async (signal) => {
    try {
      const bytes = await keepMetrics(containers, container, copy, signal);
      await refuseSecrets(copy, redactor);
      return { bytes };
    } catch (error) {
      // It may come to this after it was given up, and what was there then is removed.
      await removeCopy();
      throw error;
    }
  });
  // Whole and searched, it is moved in one step, however late it is now.
  const kept = copied && (await attempt(rename(copy, join(folder.path, metricsFolder)).then(() => copied)));
  if (kept === undefined) await removeCopy();
  return { ...record, ...figures, ...kept, ...(failure === undefined ? {} : { failure }) };
}

/** Names and labels are in the blocks' indexes; everything else of a block is numbers. Errors: a secret is among them. */
async function refuseSecrets(folder: string, redactor: Redactor): Promise<void> {
  const files = (await readdir(folder, { recursive: true })).filter((path) => basename(path) === "index");
  for (const file of files) {
    const index = await readFile(join(folder, file), "latin1");
    if (redactor.text(index) !== index)
      throw new Error("a secret is among the figures' names, and so they are not kept");
  }
}

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("not read in time")), Math.max(0, ms));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

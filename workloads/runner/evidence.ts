import { stringify } from "yaml";
import type { Containers } from "../containers";
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

import { existsSync } from "fs";
import { dirname, join, resolve } from "path";
import { text } from "stream/consumers";
import { z } from "zod";
import { secretsOf, Redactor } from "./redaction";
import { holdOffIdleStates } from "./idleStates";
import { measurementInput, type MeasurementInput } from "./input";
import type { Outcome } from "./measurement";

/**
 * The program that measures. On standard input: a `MeasurementInput` as JSON. On standard error: what it is
 * doing, for a person. On standard output, once, at the end: an `Outcome` as JSON.
 * With `--reuse` it measures only if there is no complete run yet, and prints the newest one.
 *
 * Exit codes: 0 complete, 1 failed or interrupted, 2 the input is not what it should be.
 */
async function main(): Promise<number> {
  const input = await readInput();
  if (input === undefined) return 2;
  const redactor = new Redactor(secretsOf(input.bus, input.secrets));
  const tell = (line: string): void => void process.stderr.write(`${redactor.text(line)}\n`);
  try {
    const outcome = await obtain(input, tell);
    await print(`${redactor.text(JSON.stringify(outcome))}\n`);
    return outcome.status === "complete" ? 0 : 1;
  } catch (error) {
    tell(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  }
}

async function readInput(): Promise<MeasurementInput | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await text(process.stdin));
  } catch {
    // The parser's message would quote the input, which holds passwords.
    process.stderr.write("the input is not JSON\n");
    return undefined;
  }
  const parsed = measurementInput.safeParse(value);
  if (parsed.success) return parsed.data;
  process.stderr.write(`the input is not a measurement's:\n${z.prettifyError(parsed.error)}\n`);
  return undefined;
}

async function obtain(input: MeasurementInput, tell: (line: string) => void): Promise<Outcome> {
  const root = projectRoot();
  if (process.argv.includes("--reuse")) {
    const { newestOutcome } = await import("./outcome");
    const known = await newestOutcome(resolve(root, input.runsDirectory), input.backup.keep);
    if (known !== undefined) {
      tell(`nothing measured anew: run ${known.run} stands`);
      return known;
    }
  }
  // Loaded late: bad input is refused at once.
  const [{ runMeasurement }, { connect, engineMapOf }] = await Promise.all([
    import("./measurement"),
    import("./connect"),
  ]);
  const { undoEarlierFaults } = await import("../faults/earlier");
  const { openEngines } = await import("../hosts/engines");
  const engines = await openEngines(engineMapOf(input));
  try {
    await undoEarlierFaults(root, input.stack, tell, engines);
    const heldAwake = holdOffIdleStates();
    const world = { root, tell, signal: interruption(tell), heldAwake };
    return await runMeasurement(input, connect(input, engines, world));
  } finally {
    engines.close();
  }
}

/** Aborted by the first SIGINT or SIGTERM; the second ends the program. */
function interruption(tell: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(1);
    tell("interrupted: keeping what was measured");
    controller.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return controller.signal;
}

/** The nearest directory above that has the project's description. */
function projectRoot(): string {
  let directory = __dirname;
  while (!existsSync(join(directory, "package.json"))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error("the project's root was not found");
    directory = parent;
  }
  return directory;
}

function print(line: string): Promise<void> {
  return new Promise((done, reject) => {
    process.stdout.write(line, (error) => (error ? reject(error) : done()));
  });
}

// What was given up on (a command in a container, a socket) must not keep the program from ending.
void main().then((code) => process.exit(code));

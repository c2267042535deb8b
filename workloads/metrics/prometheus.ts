import { mkdir, readdir, stat } from "fs/promises";
import { join } from "path";
import { text } from "stream/consumers";
import { pipeline } from "stream/promises";
import { setTimeout as sleep } from "timers/promises";
import { extract } from "tar";
import { z } from "zod";
import { askInside } from "../brokers/http";
import type { Containers, ExecProcess } from "../containers";
import type { MetricsRecord } from "../results/metrics";

/** Where Prometheus listens in its container, for its container alone; and where it keeps what it collects. */
const port = 9090;
const data = "/var/lib/prometheus/data";

/** How long it may take to write down what it has in memory, seconds. */
const snapshotSeconds = 60;

/** How long a command that failed has to say so, milliseconds. */
const lastWordMs = 1_000;

/** What a Prometheus says of itself and of those that it asks. Errors: it does not answer, or in no known form. */
export async function readMetrics(
  containers: Containers,
  container: string,
): Promise<Required<Pick<MetricsRecord, "asked" | "unanswered" | "series" | "values">>> {
  const query = (expression: string) => ask(containers, container, expression);
  const services = await query('up{site!=""}');
  const named = services.map(({ metric, value }) => ({
    name: `${metric["site"]}/${metric["service"]}`,
    answers: Number(value[1]) === 1,
  }));
  const sum = (samples: readonly z.infer<typeof sample>[]): number =>
    samples.reduce((total, { value }) => total + Number(value[1]), 0);
  return {
    asked: named.length,
    unanswered: named.flatMap(({ name, answers }) => (answers ? [] : [name])).sort(),
    series: sum(await query("prometheus_tsdb_head_series")),
    values: sum(await query('scrape_samples_scraped{site!=""}')),
  };
}

/** Its release. Errors: as of {@link readMetrics}. */
export async function metricsVersion(containers: Containers, container: string): Promise<string> {
  const path = "/api/v1/status/buildinfo";
  return parsed(await askInside(containers, container, { port, path }), path, container, buildInfo).version;
}

/**
 * Puts all that a Prometheus has collected into a folder, as blocks that another one can be started on
 * (https://prometheus.io/docs/prometheus/2.42/querying/api/#snapshot). It goes on collecting meanwhile.
 * @param signal Aborted: it is given up, its streams are closed, and nothing more is begun in the folder.
 * @returns Bytes that this is. Errors: as of {@link readMetrics}; the container has no room for it; the disk; it was given up.
 */
export async function keepMetrics(
  containers: Containers,
  container: string,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const path = "/api/v1/admin/tsdb/snapshot";
  const answer = await askInside(containers, container, { port, path, body: "{}", seconds: snapshotSeconds });
  const snapshot = `${data}/snapshots/${parsed(answer, path, container, taken).name}`;
  try {
    signal.throwIfAborted();
    await mkdir(folder, { recursive: true });
    await fetchFolder(containers, container, snapshot, folder, signal);
  } finally {
    await containers.exec(container, ["rm", "-rf", snapshot]);
  }
  return sizeOf(folder);
}

async function fetchFolder(
  containers: Containers,
  container: string,
  from: string,
  into: string,
  signal: AbortSignal,
): Promise<void> {
  const packing = await containers.spawn(container, ["tar", "-C", from, "-c", "."]);
  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      for (const stream of [packing.stdin, packing.stdout, packing.stderr]) stream.destroy();
      reject(new Error(`${container}: the copy was given up`));
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
  await Promise.race([unpack(packing, container, into), givenUp]);
}

async function unpack(packing: ExecProcess, container: string, into: string): Promise<void> {
  // An engine that goes away breaks all of these off at once: it is told by what comes out, or by the code.
  const complaints = text(packing.stderr).catch(() => "");
  packing.exited.catch(() => undefined);
  packing.stdin.end();
  const unpacking = pipeline(packing.stdout, extract({ cwd: into, strict: true, preserveOwner: false }));
  const problem = await unpacking.then(
    () => undefined,
    (error: unknown) =>
      error instanceof Error ? error : new Error(`${container}: nothing to unpack`, { cause: error }),
  );
  // What could not be packed can't be unpacked either, which says less; what can't be unpacked may never be packed to its end.
  const code = await Promise.race([
    packing.exited,
    ...(problem === undefined ? [] : [sleep(lastWordMs, 0, { ref: false })]),
  ]);
  if (code !== 0) throw new Error(`${container}: tar ended with ${code}: ${(await complaints).trim()}`);
  if (problem !== undefined) throw problem;
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const files = await Promise.all(names.map((name) => stat(join(folder, name))));
  return files.reduce((total, file) => total + (file.isFile() ? file.size : 0), 0);
}

const envelope = z.object({ status: z.literal("success"), data: z.unknown() });
const sample = z.object({
  metric: z.record(z.string(), z.string()),
  value: z.tuple([z.number(), z.string()]),
});
const vector = z.object({ resultType: z.literal("vector"), result: z.array(sample) });
const buildInfo = z.object({ version: z.string() });
/** The name goes into commands. */
const taken = z.object({ name: z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]+$/) });

/** Values of an expression as they are now. */
async function ask(
  containers: Containers,
  container: string,
  expression: string,
): Promise<z.infer<typeof sample>[]> {
  const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
  return parsed(await askInside(containers, container, { port, path }), path, container, vector).result;
}

function parsed<T extends z.ZodType>(answer: string, path: string, container: string, of: T): z.infer<T> {
  const where = `${container}: http://127.0.0.1:${port}${path.split("?")[0]}`;
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    throw new Error(`${where} answers no JSON`);
  }
  const found = envelope.safeParse(value);
  const result = found.success ? of.safeParse(found.data.data) : found;
  if (!result.success) throw new Error(`${where} answers in no known form: ${z.prettifyError(result.error)}`);
  return result.data;
}

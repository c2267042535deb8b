import { startBackground } from "../../workloads/links/background";
import type { Bench } from "../benchmark";
import type { End } from "./gateways";

const port = 5302;
const seconds = 4;
/** Left out at the start, seconds: until TCP has found the path's capacity. */
const slowStartSeconds = 1;

/** What one TCP stream carried from the first end to the second. */
export interface Throughput {
  readonly bits: number;
  readonly seconds: number;
}

interface Report {
  readonly error?: string;
  readonly end: { readonly sum_received: { readonly bytes: number; readonly seconds: number } };
}

/** Sends one TCP stream with iperf3. Errors: iperf3's. */
export async function throughput(
  { containers }: Bench,
  [from, to]: readonly [End, End],
): Promise<Throughput> {
  const server = await startBackground(
    containers,
    to.container,
    ["iperf3", "--server", "--one-off", "--forceflush", "--bind", to.address, "--port", String(port)],
    { ready: "listening", longestSeconds: 60 },
  );
  try {
    const result = await containers.exec(from.container, [
      ...["iperf3", "--client", to.address, "--port", String(port), "--json"],
      ...["--time", String(seconds), "--omit", String(slowStartSeconds)],
    ]);
    const report = JSON.parse(result.stdout) as Report;
    if (result.exitCode !== 0)
      throw new Error(`${from.container}: iperf3: ${report.error ?? result.stderr.trim()}`);
    const { bytes, seconds: lasted } = report.end.sum_received;
    return { bits: bytes * 8, seconds: lasted };
  } finally {
    await server.stop();
  }
}

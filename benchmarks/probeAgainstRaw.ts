import { randomBytes } from "crypto";
import { z } from "zod";
import type { MeasurementInput } from "../workloads/runner/input";
import type { Bench, Benchmark } from "./benchmark";
import { clients, load, measureProbe, servers, site } from "./support/calls";
import { ratio } from "./support/figures";
import { ombtImage } from "./support/ombt";
import { interleave } from "./support/pairs";
import { probeInput } from "./support/probeInput";
import { BenchStack } from "./support/stack";
import { runTool, startToolContainer, transportAt } from "./support/toolContainer";

const outcome = z.strictObject({ calls: z.number().int(), seconds: z.number().positive() });

/** The probe against py-amqp alone: how much of the broker's ceiling oslo.messaging and the probe leave. */
export const probeAgainstRaw: Benchmark = {
  name: "probe-against-raw",
  compares: `calls per second of the probe against a raw client of the broker, py-amqp (${servers} servers, ${clients} clients, closed loop, one broker)`,
  pairs: 5,
  async run(bench, pairs) {
    const stack = await BenchStack.make(bench);
    bench.progress("building the raw client's image");
    // It has py-amqp in the very version that the probe's agents have, beneath their library.
    const image = await ombtImage(bench);
    bench.progress("deploying the broker and the probe's agents");
    await stack.up();
    const input = probeInput(await stack.resources());
    const raw = await RawClient.start(bench, image, input);
    const results = await interleave(
      pairs,
      {
        a: () => measureProbe(bench, input),
        b: async () => ({ safe: await raw.callsPerSecond(true), bare: await raw.callsPerSecond(false) }),
      },
      bench.signal,
    );
    return [
      ratio(
        "calls per second, probe / py-amqp with acknowledgements and confirms",
        results.map(([probe, { safe }]) => [probe.callsPerSecond, safe] as const),
      ),
      ratio(
        "calls per second, probe / py-amqp without them",
        results.map(([probe, { bare }]) => [probe.callsPerSecond, bare] as const),
      ),
    ];
  },
};

/** Processes of py-amqp, one an agent, in a container like that of the probe's agents. */
class RawClient {
  private constructor(
    private readonly bench: Bench,
    private readonly container: string,
    private readonly url: string,
  ) {}

  static async start(bench: Bench, image: string, input: MeasurementInput): Promise<RawClient> {
    const { container } = await startToolContainer(bench, { tool: "raw", image, input, site });
    return new RawClient(bench, container, transportAt(input, site));
  }

  /** @param safe With what oslo.messaging asks the broker for: acknowledgements, and confirms of what is published. */
  async callsPerSecond(safe: boolean): Promise<number> {
    this.bench.signal.throwIfAborted();
    const settings = {
      // Among the topics of the probe, as the agents' account has rights to nothing else.
      queue: `buswide.raw-${randomBytes(4).toString("hex")}`,
      ...{ servers, clients, calls: load.callsPerClient, bytes: load.messageBytes },
    };
    const parameters = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const command = ["raw-calls", ...parameters, ...(safe ? ["--safe"] : [])];
    const printed = await runTool(this.bench, this.container, command, this.url, `${this.url}\n`);
    const { calls, seconds } = outcome.parse(JSON.parse(printed));
    this.bench.progress(`py-amqp${safe ? ", safe" : ""}: ${(calls / seconds).toFixed(0)} calls/s`);
    return calls / seconds;
  }
}

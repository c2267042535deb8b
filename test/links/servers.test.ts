import assert from "assert/strict";
import { PassThrough } from "stream";
import { setTimeout as sleep } from "timers/promises";
import type { Containers, ExecProcess } from "../../workloads/containers";
import { probesAtATime } from "../../workloads/links/parallel";
import { probe, withServers, type Probed } from "../../workloads/links/probe";

const jittery = { delayMs: 25, jitterMs: 2, lossPercent: 0.1 };
const links = (count: number): Probed[] =>
  Array.from({ length: count }, (_, index) => ({
    label: `link core--edge-${index}`,
    from: { container: "core-gateway", address: "192.0.2.1" },
    to: { container: `edge-${index}-gateway`, address: `192.0.2.${index}` },
    asked: { there: [jittery], back: [jittery] },
  }));

/** Gateways whose servers are ready a moment after they were started, except those that stay silent and end. */
class Gateways {
  /** How long servers may live, seconds, by container. */
  readonly lives = new Map<string, number>();
  /** The most servers that were being started at one time. */
  mostStarting = 0;
  running = 0;
  /** What probes were allowed to take, milliseconds. */
  readonly timeouts: number[] = [];
  private starting = 0;

  constructor(private readonly broken: readonly string[] = []) {}

  readonly containers = {
    spawn: (container: string, command: readonly string[]) => Promise.resolve(this.serve(container, command)),
    exec: (_container: string, _command: readonly string[], { timeoutMs = NaN } = {}) => {
      this.timeouts.push(timeoutMs);
      return Promise.resolve({ exitCode: 1, stdout: "", stderr: "nobody answers" });
    },
  } as unknown as Containers;

  private serve(container: string, [, , , seconds, ...command]: readonly string[]): ExecProcess {
    assert.deepEqual(command.slice(0, 2), ["irtt", "server"]);
    this.lives.set(container, Number(seconds));
    this.mostStarting = Math.max(this.mostStarting, ++this.starting);
    this.running++;
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const ended = new Promise<number>((resolve) => stdin.resume().on("end", () => resolve(0)));
    void sleep(1).then(() => {
      this.starting--;
      if (this.broken.includes(container)) stdout.end();
      else stdout.write("IRTT server starting...\n");
    });
    const exited = ended.then((code) => {
      this.running--;
      return code;
    });
    return { stdin, stdout, stderr, exited };
  }
}

describe("the servers that probes need", () => {
  it("are started a few at a time, however many there are, and all stopped in the end", async () => {
    const gateways = new Gateways();
    const running = await withServers(gateways.containers, links(1000), () =>
      Promise.resolve(gateways.running),
    );
    assert.equal(running, 1000);
    assert.ok(gateways.mostStarting <= probesAtATime(), `${gateways.mostStarting} at a time`);
    assert.equal(gateways.running, 0);
  });

  it("live as long as the probes of all links and their confirmations may take", async () => {
    for (const count of [1, 1000]) {
      const gateways = new Gateways();
      const probed = links(count);
      await withServers(gateways.containers, probed, async () => {
        // A first probe, and up to four more for delays that deviate.
        for (const link of probed)
          for (let i = 0; i < 5; i++) await assert.rejects(probe(gateways.containers, link, true));
      });
      const seconds = gateways.timeouts.reduce((sum, timeoutMs) => sum + timeoutMs, 0) / 1000;
      assert.equal(gateways.timeouts.length, 5 * count);
      assert.ok(seconds > 0);
      const shortest = Math.min(...gateways.lives.values());
      assert.ok(shortest >= seconds, `${count} links: ${shortest} s, wanted ${seconds} s`);
    }
  });

  it("are one for each gateway and address, however many links lead there", async () => {
    const gateways = new Gateways();
    const to = { container: "core-gateway", address: "192.0.2.1" };
    const inwards = links(20).map((link) => ({ ...link, to }));
    assert.equal(await withServers(gateways.containers, inwards, () => Promise.resolve(gateways.running)), 1);
  });

  it("are all stopped, and no more started, when one of them does not start", async () => {
    const gateways = new Gateways(["edge-20-gateway"]);
    await assert.rejects(
      withServers(gateways.containers, links(1000), () => assert.fail("measured without a server")),
      /^Error: edge-20-gateway: irtt server .* did not start/,
    );
    assert.equal(gateways.running, 0);
    assert.ok(gateways.lives.size < 100, `${gateways.lives.size} were started`);
  });
});

import { strict as assert } from "assert";
import { setTimeout as sleep } from "timers/promises";
import { Traffic } from "../../workloads/runner/traffic";
import type { LinkUsage } from "../../workloads/results/schema";
import type { MeasurementInput } from "../../workloads/runner/input";
import { makeLinkStage, output, type LinkStage, type SiteName } from "./linkStage";

/** UDP's payload, and what a frame has besides: UDP, IPv4 and Ethernet headers. */
const payload = 1000;
const headers = 8 + 20 + 14;

const sender = `
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(int(sys.argv[2])):
    s.sendto(bytes(${payload}), (sys.argv[1], 9))
    time.sleep(0.001)
`;

/** A socket that reads all that comes, until nothing has come for 20 s or it is told who is done. */
const sink = `
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 7001))
s.listen()
s.settimeout(20)
print("ready", flush=True)
c, _ = s.accept()
while c.recv(65536):
    pass
`;
const source = `
import socket, sys
s = socket.create_connection((sys.argv[1], 7001), 10)
s.sendall(bytes(int(sys.argv[2])))
s.shutdown(socket.SHUT_WR)
s.recv(1)
`;

describe("what links carried, against other counts", function () {
  this.timeout(60_000);
  // A host that is busy for a moment makes packets late, as a run allows for by probing again.
  this.retries(1);
  let stage: LinkStage;
  let remove = (): Promise<void> => Promise.resolve();
  const links: MeasurementInput["links"] = (["a--b", "b--c"] as const).map((name) => {
    const none = { delayMs: 5, jitterMs: 0, lossPercent: 0 };
    return { name, between: name.split("--") as [string, string], there: none, back: none };
  });

  before(async function () {
    this.timeout(600_000);
    stage = await makeLinkStage();
    remove = () => stage.remove();
    // Classes are named by the site they lead to, as a stack names them.
    for (const [from, to] of [
      ["a", "b"],
      ["b", "a"],
      ["b", "c"],
      ["c", "b"],
    ] as const)
      // prettier-ignore
      await output(
        stage.containers,
        stage.gateway(from),
        ["gateway", "class", "set", to],
        JSON.stringify({ nextHop: stage.wanAddress(to), delayMs: 5 }),
      );
    await stage.setRoutes();
  });
  after(() => remove());

  /** What every direction carried while `work` went on. */
  async function watch(work: () => Promise<void>): Promise<Map<string, LinkUsage>> {
    const warnings: string[] = [];
    const sinks = { append: () => Promise.resolve(), warn: (message: string) => void warnings.push(message) };
    const traffic = new Traffic(stage.containers, { sites: stage.sites, links }, "test", sinks);
    await traffic.start();
    const start = new Date();
    traffic.windowStarted(start);
    // On a busy machine a reading may come late; what is sent before it would be shared out over the time between two.
    await sleep(1000);
    await work();
    // What is under way comes out of the last line.
    await sleep(1000);
    const end = Date.now() / 1000;
    traffic.windowEnded();
    await sleep(100);
    await traffic.stop();
    const usage = traffic.usage({ start: start.getTime() / 1000, end }, 1);
    assert.deepEqual(warnings, []);
    return new Map((usage?.links ?? []).map((link) => [`${link.from} ${link.to}`, link]));
  }

  const send = (from: SiteName, to: SiteName, packets: number) => async (): Promise<void> => {
    const command = ["python3", "-c", sender, stage.hostAddress(to), String(packets)];
    await output(stage.containers, stage.host(from), command);
  };

  /** Bytes that a host has received, by the counter of its own interface; Ethernet headers included. */
  async function received(site: SiteName): Promise<number> {
    const text = await output(stage.containers, stage.host(site), ["cat", "/proc/net/dev"]);
    return Number(/^\s*eth0:\s*(\d+)/m.exec(text)?.[1]);
  }

  it("are the frames of a known number of datagrams, to the byte, on each link of their path", async () => {
    const carried = await watch(send("a", "c", 300));
    for (const direction of ["a b", "b c"]) {
      const usage = carried.get(direction);
      // The sink refuses by ICMP, which goes the other way.
      assert.equal(usage?.packets, 300, direction);
      assert.equal(usage.bytes, 300 * (payload + headers), direction);
      assert.equal(usage.droppedPackets, 0);
    }
  });

  it("are what the interface of the host at the end of the path has counted, for TCP in large segments", async () => {
    const volume = 4_000_000;
    const before = await received("c");
    const carried = await watch(async () => {
      const reading = output(stage.containers, stage.host("c"), ["python3", "-c", sink]);
      await sleep(500);
      const command = ["python3", "-c", source, stage.hostAddress("c"), String(volume)];
      await output(stage.containers, stage.host("a"), command);
      await reading;
    });
    const counted = (await received("c")) - before;
    const bytes = carried.get("b c")?.bytes ?? 0;
    assert.ok(bytes > volume * (1 + 66 / 1500), `${bytes} bytes leave no room for headers`);
    // The host's interface gets large segments whole, with one header for some dozens of packets.
    assert.ok(counted >= volume && counted <= bytes, `the host counted ${counted}, the link ${bytes}`);
    const segments = Math.ceil(volume / 1448);
    const expected = volume + segments * (20 + 32 + 14);
    assert.ok(Math.abs(bytes - expected) < 0.01 * expected, `${bytes} bytes, ${expected} expected`);
  });

  it("leave out what the link lost, and count it", async () => {
    const lossy = JSON.stringify({ nextHop: stage.wanAddress("b"), delayMs: 5, lossPercent: 30, seed: 4 });
    await output(stage.containers, stage.gateway("a"), ["gateway", "class", "set", "b"], lossy);
    try {
      const usage = (await watch(send("a", "b", 400))).get("a b");
      assert.ok(usage);
      assert.equal(usage.packets + usage.droppedPackets, 400);
      assert.equal(usage.bytes, usage.packets * (payload + headers));
      assert.ok(usage.droppedPackets > 70 && usage.droppedPackets < 170, `${usage.droppedPackets} lost`);
    } finally {
      const clean = JSON.stringify({ nextHop: stage.wanAddress("b"), delayMs: 5, lossPercent: 0 });
      await output(stage.containers, stage.gateway("a"), ["gateway", "class", "set", "b"], clean);
    }
  });

  it("are nothing where nothing was sent", async () => {
    const carried = await watch(() => Promise.resolve());
    assert.deepEqual(
      [...carried.values()].map(({ bytes }) => bytes),
      [0, 0, 0, 0],
    );
  });
});

import assert from "assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import type { Restored, Standing } from "../../workloads/faults/engine";
import { FaultNotes, undoLeftFaults } from "../../workloads/faults/notes";
import { prepareServiceFaults, type ServiceChange } from "../../workloads/faults/timeline";
import type { PlannedServiceEpisode } from "../../workloads/runner/input";
import { bothTimelines, type Timeline } from "../../workloads/runner/timeline";
import { measurement } from "./input";

const standing = (service: string): Standing => ({
  ...{ service, container: `${service}-container`, id: `${service}-id` },
  ...{ memoryBytes: 512, memoryAndSwapBytes: 512, cpuQuota: 0, cpuPeriod: 0 },
});

const service = "core/rabbitmq";
const episode = (fault: Partial<PlannedServiceEpisode> = {}): PlannedServiceEpisode => ({
  ...{ what: "kill", service, atSeconds: 0.05, untilSeconds: 0.15 },
  ...fault,
});

/** An engine that remembers what was asked of it; what is begun stays until it is restored. */
class FakeFaults {
  readonly events: string[] = [];
  private broken = false;

  constructor(
    private readonly lateSeconds = 0,
    private readonly refuses?: string,
  ) {}

  /** The kinds of bus whose disk was asked about. */
  readonly buses: (string | undefined)[] = [];

  standing(name: string, _: string, bus?: string): Promise<Standing> {
    this.buses.push(bus);
    return Promise.resolve(standing(name));
  }

  begin(_: Standing, { what }: PlannedServiceEpisode): Promise<number> {
    if (this.refuses !== undefined) return Promise.reject(new Error(this.refuses));
    this.events.push(what);
    this.broken = true;
    return Promise.resolve(Date.now() / 1000 + this.lateSeconds);
  }

  restore(): Promise<Restored> {
    const done: Restored["done"] = this.broken ? ["started"] : [];
    if (this.broken) this.events.push("restored");
    this.broken = false;
    return Promise.resolve({ done, time: Date.now() / 1000 });
  }
}

/** Notes that say into the same list when they are written and taken away. */
const notesInto = (events: string[]) => ({
  write: (services: readonly Standing[]) => void events.push(`noted ${services.length}`),
  remove: () => void events.push("forgotten"),
});

async function prepared(faults: FakeFaults, ...timeline: PlannedServiceEpisode[]) {
  const changes: ServiceChange[] = [];
  const ready = await prepareServiceFaults(
    faults,
    notesInto(faults.events),
    measurement(),
    { name: "first", timeline },
    (change) => changes.push(change),
  );
  return { changes, ready };
}

describe("what a timeline does to services", () => {
  it("is noted before anything is done, and forgotten once all is undone", async () => {
    const faults = new FakeFaults();
    const { ready } = await prepared(faults, episode());
    assert.deepEqual(faults.events, ["noted 1"]);
    ready.start(new Date());
    await sleep(300);
    await ready.end();
    assert.deepEqual(faults.events, ["noted 1", "kill", "restored", "forgotten"]);
  });

  it("notes what the disk's limit was of a service whose disk is filled, and of no other", async () => {
    const faults = new FakeFaults();
    await prepared(faults, episode(), episode({ what: "fill", atSeconds: 1, untilSeconds: 2 }));
    await prepared(faults, episode());
    assert.deepEqual(faults.buses, ["rabbitmq", undefined]);
  });

  it("may take a broker as long as it wants to see that its disk is full, and some seconds to see that it is not", async () => {
    const faults = new FakeFaults(1.5);
    const { ready } = await prepared(faults, episode({ what: "fill" }));
    ready.start(new Date());
    await sleep(300);
    await ready.end();
    assert.deepEqual(faults.events, ["noted 1", "fill", "restored", "forgotten"]);
  });

  it("is recorded with the time asked for, when the engine was told, and when it was so", async () => {
    const { ready, changes } = await prepared(new FakeFaults(0.01), episode());
    const start = Date.now();
    ready.start(new Date(start));
    await sleep(300);
    await ready.end();
    assert.deepEqual(
      changes.map(({ workload, service: name, what, askedTime }) => [workload, name, what, askedTime]),
      [
        ["first", service, "kill", start / 1000 + 0.05],
        ["first", service, "restored", start / 1000 + 0.15],
      ],
    );
    for (const { askedTime = NaN, begunTime, time } of changes) {
      assert.ok(begunTime >= askedTime && begunTime - askedTime < 0.1, `${begunTime - askedTime}`);
      assert.ok(time >= begunTime);
    }
  });

  it("is undone at once when its workload breaks off in the middle of it", async () => {
    const faults = new FakeFaults();
    const { ready, changes } = await prepared(faults, episode({ untilSeconds: 3600 }));
    ready.start(new Date());
    await sleep(150);
    await ready.end();
    assert.deepEqual(faults.events, ["noted 1", "kill", "restored", "forgotten"]);
    assert.deepEqual(
      changes.map(({ what, askedTime }) => [what, askedTime !== undefined]),
      [
        ["kill", true],
        ["restored", false],
      ],
    );
  });

  it("has a restarted service back as soon as it has ended, not only when it had to", async () => {
    const faults = new FakeFaults();
    const { ready, changes } = await prepared(faults, episode({ what: "restart", untilSeconds: 3600 }));
    ready.start(new Date());
    await sleep(150);
    assert.deepEqual(
      changes.map(({ what, askedTime }) => [what, askedTime !== undefined]),
      [
        ["restart", true],
        ["restored", false],
      ],
    );
    await ready.end();
  });

  it("is no longer what was asked for when the engine is told more than 100 ms late", async () => {
    const { ready } = await prepared(new FakeFaults(), episode({ what: "pause" }));
    ready.start(new Date(Date.now() - 250));
    await sleep(50);
    await assert.rejects(ready.end(), {
      message: /^service core\/rabbitmq: pause at 0\.05 s was 2\d\d ms late, tolerance 100 ms/,
    });
  });

  it("is not, either, when it is there more than 500 ms late, and is undone all the same", async () => {
    const faults = new FakeFaults(0.55);
    const { ready } = await prepared(faults, episode({ what: "pause" }));
    ready.start(new Date());
    await sleep(300);
    await assert.rejects(ready.end(), {
      message:
        /^service core\/rabbitmq: what was done by pause at 0\.05 s was 5\d\d ms late, tolerance 500 ms$/,
    });
    assert.deepEqual(faults.events.slice(1), ["pause", "restored", "forgotten"]);
  });

  it("gives a service that is asked to end the time that it takes", async () => {
    const { ready } = await prepared(new FakeFaults(0.25), episode({ what: "stop" }));
    ready.start(new Date());
    await sleep(300);
    await ready.end();
  });

  it("does nothing more to a service of which the engine refused something, and says what", async () => {
    const faults = new FakeFaults(0, "no such container");
    const { ready } = await prepared(faults, episode(), episode({ atSeconds: 0.2, untilSeconds: 0.3 }));
    ready.start(new Date());
    await sleep(400);
    await assert.rejects(ready.end(), { message: "core/rabbitmq: kill at 0.05 s: no such container" });
    assert.deepEqual(faults.events, ["noted 1", "forgotten"]);
  });

  it("keeps its note where something could not be undone", async () => {
    const faults = new FakeFaults();
    const { ready } = await prepared(faults, episode());
    faults.restore = () => Promise.reject(new Error("the engine is gone"));
    ready.start(new Date());
    await sleep(100);
    await assert.rejects(ready.end(), /the engine is gone/);
    assert.ok(!faults.events.includes("forgotten"));
  });

  it("touches nothing where a timeline is about links only", async () => {
    const faults = new FakeFaults();
    const { ready } = await prepared(faults);
    ready.start(new Date());
    await ready.end();
    assert.deepEqual(faults.events, []);
  });

  it("lets the gateways go when a service is not there to have anything done to it", async () => {
    let ended = 0;
    const links: Timeline = { start: () => undefined, end: () => Promise.resolve(void (ended += 1)) };
    await assert.rejects(
      bothTimelines(
        () => Promise.resolve(links),
        () => Promise.reject(new Error("it is not running")),
      ),
      /it is not running/,
    );
    assert.equal(ended, 1);
  });
});

describe("a note of faults", () => {
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  const engine = (restore: (at: Standing) => Promise<Restored>) =>
    ({ restore }) as unknown as Parameters<typeof undoLeftFaults>[0];

  it("has the next command undo what a killed run left, and say so", async () => {
    const notes = new FaultNotes(root, "t");
    notes.write([standing("a/x"), standing("b/x")]);
    const lines: string[] = [];
    const restored: string[] = [];
    await undoLeftFaults(
      engine((at) => {
        restored.push(at.id);
        return Promise.resolve({ time: 0, done: at.service === "a/x" ? ["let go on"] : [] });
      }),
      new FaultNotes(root, "t"),
      (line) => lines.push(line),
    );
    assert.deepEqual(restored, ["a/x-id", "b/x-id"]);
    assert.deepEqual(lines, ["a/x was left by an earlier run as its timeline had it; it is let go on"]);
    assert.deepEqual(notes.read(), []);
  });

  it("stays for the command after the next when undoing fails", async () => {
    const notes = new FaultNotes(root, "t");
    notes.write([standing("a/x")]);
    await assert.rejects(
      undoLeftFaults(
        engine(() => Promise.reject(new Error("no answer"))),
        notes,
        () => undefined,
      ),
      /no answer/,
    );
    assert.equal(notes.read().length, 1);
  });

  describe("that can't be written", () => {
    const folder = () => join(root, ".buswide", "faults");
    const makeFolder = (...parts: string[]) => void mkdirSync(join(folder(), ...parts), { recursive: true });
    const obstacles: Readonly<Record<string, { readonly put: () => void; readonly says: RegExp }>> = {
      "as something else is where its folder should be": {
        put: () => {
          mkdirSync(join(root, ".buswide"));
          writeFileSync(folder(), "");
        },
        says: /EEXIST|ENOTDIR/,
      },
      "as its file can't be written": { put: () => makeFolder("t.json.new"), says: /EISDIR/ },
      "as it can't be put in its place": {
        put: () => makeFolder("t.json", "in the way"),
        says: /EISDIR|ENOTEMPTY/,
      },
    };
    for (const [why, { put, says }] of Object.entries(obstacles))
      it(`${why}, has nothing begun, and says so`, async () => {
        put();
        const faults = new FakeFaults();
        await assert.rejects(
          prepareServiceFaults(
            faults,
            new FaultNotes(root, "t"),
            measurement(),
            { name: "first", timeline: [episode({ atSeconds: 0, untilSeconds: 0.05 })] },
            () => assert.fail("nothing changes"),
          ),
          ({ message }: Error) =>
            message.startsWith(
              "nothing is done to core/rabbitmq, as nobody could undo it after a kill: how it stands can't be noted: ",
            ) && says.test(message),
        );
        await sleep(150);
        assert.deepEqual(faults.events, []);
        assert.deepEqual(faults.buses, [undefined], "how it stands was asked first");
      });

    it("leaves an earlier note as it is, for what that says is not undone yet", () => {
      const notes = new FaultNotes(root, "t");
      notes.write([standing("a/x")]);
      makeFolder("t.json.new");
      assert.throws(() => notes.write([standing("b/x")]), /EISDIR/);
      assert.ok(existsSync(join(folder(), "t.json")));
      assert.deepEqual(
        notes.read().map(({ service: of }) => of),
        ["a/x"],
      );
    });
  });

  it("is of one stack, and of this version", () => {
    new FaultNotes(root, "t").write([standing("a/x")]);
    assert.deepEqual(new FaultNotes(root, "u").read(), []);
    mkdirSync(join(root, ".buswide", "faults"), { recursive: true });
    writeFileSync(join(root, ".buswide", "faults", "u.json"), '{"services": [{}]}');
    assert.throws(() => new FaultNotes(root, "u").read(), /u\.json: no note of faults/);
  });
});

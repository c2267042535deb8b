import { deepEqual, equal, match, ok, rejects } from "assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { stringify } from "yaml";
import type { LookAfter } from "../../bin/campaign/busRepair";
import { openExecution } from "../../bin/campaign/execution";
import { loadCampaign } from "../../bin/campaign/load";
import { runCells, warnOfMissingImages } from "../../bin/campaign/runner";
import { readJournal } from "../../campaigns/journal";
import type { Json } from "../../campaigns/schema";
import { record } from "../runner/results";
import { smallScenario } from "../support/scenarios";
import { failing, Killed, session, type Up } from "./world";

const delayOf = (value: Json | undefined) => (typeof value === "string" ? value : "none");

describe("a campaign under way", () => {
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-campaign-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  function load(changes: object = {}) {
    const file = join(root, "t.yaml");
    const grid = { "links[0].delay": ["1ms", "25ms"] };
    writeFileSync(
      file,
      stringify({ question: "Why?", scenario: smallScenario(), grid, repetitions: 2, ...changes }),
    );
    return loadCampaign(file, resolve(__dirname, "../.."));
  }
  const expected = () => {
    const { order, points } = load();
    return order.map(
      ({ point, repetition }) => `${delayOf(points[point]?.values["links[0].delay"])} seed ${repetition}`,
    );
  };
  async function go(up: Up) {
    const campaign = load();
    const execution = openExecution(campaign, root, false);
    const world = session(root, campaign.stack, up);
    const ended = await runCells(world, campaign, execution).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { ...world, execution, ended, journal: readJournal(execution.folder) };
  }

  it("measures every point in its order and leaves a row for each workload of each measurement", async () => {
    const { ups, journal, execution, ended } = await go((_, measure) => measure());
    equal(ended, undefined);
    deepEqual(ups, expected());
    ok(journal.finishedAt);
    const csv = readFileSync(join(execution.folder, "table.csv"), "utf8").trim().split("\n");
    // Four measurements of three workloads, and the header.
    equal(csv.length, 13);
    match(csv[0] ?? "", /links\[0\]\.delay_ms/);
  });

  for (const [when, up] of [
    [
      "before the run began",
      () => {
        throw new Killed();
      },
    ],
    [
      "in the middle of the run",
      (_: number, measure: Parameters<Up>[1]) => {
        measure({ status: "running" });
        throw new Killed();
      },
    ],
  ] as const)
    it(`killed ${when} goes on with the very point it was at`, async () => {
      const killed = await go((attempt, measure) => (attempt === 3 ? up(attempt, measure) : measure()));
      ok(killed.ended instanceof Killed);
      equal(killed.journal.cells[2]?.status, "running");
      const { ups, journal, execution } = await go((_, measure) => measure());
      equal(execution.resumed, true);
      deepEqual([...killed.ups.slice(0, 2), ...ups], expected());
      deepEqual(
        journal.cells.map(({ status, attempts }) => [status, attempts.length]),
        journal.cells.map(() => ["complete", 1]),
      );
    });

  it("killed between the end of a run and its entry in the journal does not measure it again", async () => {
    const killed = await go((attempt, measure) => {
      measure();
      if (attempt === 2) throw new Killed();
    });
    const { ups, journal } = await go((_, measure) => measure());
    deepEqual([...killed.ups, ...ups], expected());
    equal(journal.cells[1]?.attempts[0]?.run, "runs/c-t/2");
  });

  it("retries what failed once, and keeps why it failed", async () => {
    const { ups, journal } = await go((attempt, measure) =>
      attempt === 2 ? failing("the broker fell over") : measure(),
    );
    const [, second] = journal.cells;
    equal(ups[1], ups[2]);
    deepEqual(
      [second?.status, second?.attempts.map(({ failure }) => failure)],
      ["complete", ["the broker fell over", undefined]],
    );
  });

  it("marks what failed twice and goes on; its rows say so and keep what was measured", async () => {
    const { journal, execution, ended } = await go((attempt, measure) => {
      if (attempt !== 2 && attempt !== 3) return measure();
      measure({ status: "failed", failure: "link core--edge: rtt 51 ms" });
      return failing("failed: measurement");
    });
    equal(ended, undefined);
    equal(journal.cells[1]?.status, "failed");
    equal(journal.cells.length, 4);
    ok(journal.finishedAt);
    const csv = readFileSync(join(execution.folder, "table.csv"), "utf8").trim().split("\n");
    equal(csv.filter((line) => line.includes(",failed,2,failed: measurement,")).length, 3);
  });

  it("takes a run that says it failed for a failure, even if the engine was content", async () => {
    const { journal } = await go((_, measure) =>
      measure({ status: "failed", failure: "workload call: timeout" }),
    );
    deepEqual(
      journal.cells.map(({ status, attempts }) => [status, attempts.at(-1)?.failure]),
      journal.cells.map(() => ["failed", "workload call: timeout"]),
    );
  });

  it("stops where the disk is full, and goes on from there when there is room", async () => {
    const full = "runs/c-t/2/results.json can't be written: ENOSPC: no space left on device, write";
    const { ended, journal } = await go((attempt, measure) => (attempt === 2 ? failing(full) : measure()));
    match(
      String(ended),
      /the disk is full, and the measurement under way was not kept: runs\/c-t\/2\/results\.json/,
    );
    match(String(ended), /`npx buswide campaign run` goes on from here/);
    deepEqual(
      journal.cells.map(({ status, attempts }) => [status, attempts.length]),
      [
        ["complete", 1],
        ["running", 1],
        ["waiting", 0],
        ["waiting", 0],
      ],
    );
    equal(journal.cells[1]?.attempts[0]?.finishedAt, undefined);
    const again = await go((_, measure) => measure());
    deepEqual(again.ups, expected().slice(1));
    deepEqual(
      again.journal.cells.map(({ status, attempts }) => [status, attempts.length]),
      again.journal.cells.map(() => ["complete", 1]),
    );
  });

  it("that is at its end begins a new execution the next time", async () => {
    await go((_, measure) => measure());
    const { execution, ups } = await go((_, measure) => measure());
    equal(execution.resumed, false);
    equal(execution.journal.number, 2);
    equal(ups.length, 4);
  });

  it("measures what it can where an image is not to be had, and says at its begin and of each what it can't", async () => {
    const buses = [{ kind: "rabbitmq" }, { kind: "routers", image: "routers:dev" }];
    const campaign = load({ grid: { bus: buses } });
    const world = session(root, campaign.stack, (_, measure) => measure());
    await warnOfMissingImages(world, campaign);
    const reason = /bus\.image: the image "routers:dev" is not on this machine.*\(no such host\)/;
    equal(world.lines.length, 1);
    match(world.lines[0] ?? "", new RegExp(`^warning: bus routers.* will be left out: ${reason.source}`));
    const execution = openExecution(campaign, root, false);
    await runCells(world, campaign, execution);
    deepEqual(world.ups, ["25ms seed 1", "25ms seed 2"]);
    const { cells } = readJournal(execution.folder);
    for (const { point, status, attempts } of cells) {
      equal(status, point === 0 ? "complete" : "failed");
      equal(attempts.length, 1);
      if (point === 1) match(attempts[0]?.failure ?? "", reason);
    }
  });

  it("is refused where none of its points can be made", async () => {
    const campaign = load({
      scenario: { ...smallScenario(), bus: { kind: "routers", image: "routers:dev" } },
    });
    await rejects(
      warnOfMissingImages(session(root, campaign.stack, failing.bind(undefined, "measured")), campaign),
      /point 1 was refused:\n {2}bus\.image: the image "routers:dev"/,
    );
  });

  it("is not gone on with under another definition, unless begun anew", async () => {
    await go(() => {
      throw new Killed();
    });
    const changed = load({ seed: 2 });
    await rejects(
      () => Promise.resolve().then(() => openExecution(changed, root, false)),
      /is not what execution 1 was begun with.*--new/s,
    );
    equal(openExecution(changed, root, true).journal.number, 2);
  });

  describe("that breaks its bus on purpose", () => {
    const type = "docker:index/container:Container";
    const urnOf = (parents: string, name: string) => `urn:pulumi:c-t::buswide::${parents}$${type}::${name}`;
    const broker = urnOf("buswide:bus:RabbitMq$buswide:topology:Service", "bus-core-rabbitmq-container");
    const agents = urnOf("buswide:topology:Service", "edge-agents-container");
    const resources = [broker, agents].map((urn) => ({ urn, type, id: urn }));

    async function breaking(up: Up, lookAfter: LookAfter, kept = resources) {
      const workloads = [
        {
          ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
          ...{ rate: "10/s", duration: "20s" },
        },
      ];
      const scenario = { ...smallScenario(), workloads };
      const campaign = load({
        scenario,
        faults: { services: [{ what: "kill", for: "5s" }] },
        repetitions: 1,
      });
      const execution = openExecution(campaign, root, false);
      const world = session(root, campaign.stack, up, kept);
      const ended = await runCells(world, campaign, execution, lookAfter).then(
        () => undefined,
        (error: unknown) => error,
      );
      const { cells } = readJournal(execution.folder);
      const table = join(execution.folder, "table.csv");
      const csv = existsSync(table) ? readFileSync(table, "utf8") : "";
      return { ended, csv, replaced: world.replaced, attempts: cells.flatMap(({ attempts }) => attempts) };
    }

    it("leaves a bus that is well again as it is, and says that it is", async () => {
      const { replaced, attempts } = await breaking(
        (_, measure) => measure(),
        () => Promise.resolve([]),
      );
      deepEqual(replaced, [[], []]);
      deepEqual(
        attempts.map(({ busAfter, busRemade }) => [busAfter, busRemade]),
        [
          [[], undefined],
          [[], undefined],
        ],
      );
    });

    it("makes a bus anew that is not, for the next point and not for the one after that, and says why", async () => {
      const seen: string[] = [];
      const ill = "core-rabbitmq sees rabbit@10.0.1.2 down";
      const { replaced, attempts, csv } = await breaking(
        (_, measure) => measure(),
        (buses) => {
          seen.push(...buses.flatMap(({ brokers }) => brokers.map(({ container }) => container)));
          // Before the first, which may find a bus that somebody kept, and after each.
          return Promise.resolve(seen.length === 2 ? [ill] : []);
        },
      );
      deepEqual(replaced, [[], [broker]]);
      deepEqual(
        attempts.map(({ busAfter, busRemade }) => [busAfter, busRemade]),
        [
          [[ill], undefined],
          [[], ill],
        ],
      );
      deepEqual([...new Set(seen), seen.length], ["buswide-c-t-core-rabbitmq", 3]);
      match(csv, /bus_remade,bus_healed,bus_ailments|bus_healed,bus_ailments/);
    });

    it("makes it anew for what failed, and for what comes after a fault that service did not recover from", async () => {
      const failed = await breaking(
        (attempt, measure) => (attempt === 1 ? failing("no operation succeeded") : measure()),
        () => Promise.resolve([]),
      );
      deepEqual(failed.replaced, [[], [broker], []]);
      equal(failed.attempts[1]?.busRemade, "the measurement before failed: no operation succeeded");
      const workloads = [
        record("call", {
          recovery: [
            {
              ...{ what: "kill", subjects: ["core/rabbitmq"], atSeconds: 5, untilSeconds: 10 },
              ...{ observedUntilSeconds: 20, offeredPerSecond: 10, errors: {}, interruptedSeconds: 15 },
            },
          ],
        }),
      ];
      const never = await breaking(
        (_, measure) => measure({ workloads }),
        () => Promise.resolve([]),
      );
      deepEqual(never.replaced, [[], [broker]]);
      equal(never.attempts[1]?.busRemade, "after the fault before, service of call was not full again");
    });

    it("looks at the bus after a run that had ended, and of which a kill came before the journal", async () => {
      const killed = await breaking(
        (_, measure) => {
          measure();
          throw new Killed();
        },
        () => Promise.resolve([]),
      );
      ok(killed.ended instanceof Killed);
      const { replaced, attempts } = await breaking(
        (_, measure) => measure(),
        () => Promise.resolve(["core-rabbitmq stands still"]),
      );
      deepEqual(replaced, [[broker]]);
      deepEqual(
        attempts.map(({ busRemade }) => busRemade),
        [undefined, "core-rabbitmq stands still"],
      );
    });

    it("looks at the bus before it goes on with a point in which the disk was full", async () => {
      const full = await breaking(
        (attempt, measure) => (attempt === 1 ? measure() : failing("series.jsonl: ENOSPC: no space left")),
        () => Promise.resolve([]),
      );
      match(String(full.ended), /the disk is full/);
      const { replaced, attempts } = await breaking(
        (_, measure) => measure(),
        () => Promise.resolve(["core-rabbitmq stands still"]),
      );
      deepEqual(replaced, [[broker]]);
      equal(attempts.at(-1)?.busRemade, "core-rabbitmq stands still");
    });

    it("makes it anew for a point without faults too, after one that left it broken", async () => {
      const call = {
        ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
        ...{ rate: "10/s", duration: "20s" },
      };
      const timeline = [{ at: "5s", kill: "core/rabbitmq", for: "5s" }];
      const campaign = load({ grid: { workloads: [[{ ...call, timeline }], [call]] } });
      const execution = openExecution(campaign, root, false);
      const world = session(root, campaign.stack, (_, measure) => measure(), resources);
      let broken = false;
      const ill = "core-rabbitmq sees rabbit@10.0.1.2 down";
      await runCells(world, campaign, execution, () => Promise.resolve((broken = !broken) ? [] : [ill]));
      const attempts = readJournal(execution.folder).cells.flatMap(({ attempts: all }) => all);
      // Looked at before the first, and after each that breaks something, which is ill then.
      const afterFault = attempts.map((_, at) => attempts[at - 1]?.broke === true);
      equal(attempts.filter(({ broke }) => broke).length, 2);
      ok(attempts.some(({ broke }, at) => broke === false && afterFault[at]));
      deepEqual(
        attempts.map(({ busRemade }) => busRemade !== undefined),
        afterFault,
      );
      deepEqual(
        world.replaced.map((urns) => urns.includes(broker)),
        afterFault,
      );
    });

    it("looks at the bus before it goes on with a point that was killed", async () => {
      const well = await breaking(
        (attempt, measure) => {
          if (attempt === 1) return measure();
          throw new Killed();
        },
        () => Promise.resolve([]),
      );
      ok(well.ended instanceof Killed);
      const { replaced, attempts } = await breaking(
        (_, measure) => measure(),
        () => Promise.resolve(["core-rabbitmq stands still"]),
      );
      deepEqual(replaced, [[broker]]);
      equal(attempts.at(-1)?.busRemade, "core-rabbitmq stands still");
    });
  });
});

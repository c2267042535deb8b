import { strict as assert } from "assert";
import { deal } from "../../workloads/probe/deal";
import type { Fleet } from "../../workloads/probe/fleet";
import { parseReport } from "../../workloads/probe/protocol";
import { Rounds } from "../../workloads/probe/rounds";
import type { PlannedWorkload } from "../../workloads/runner/input";
import { received, succeeded } from "./fakeAgents";

const workload: PlannedWorkload = {
  name: "w",
  kind: "rpc",
  pattern: "cast",
  clients: { edge: 1 },
  servers: { core: 1 },
  topics: 1,
  messageBytes: 0,
  warmupSeconds: 0,
  timeoutSeconds: 1,
};

/** Rounds in which 100 messages were sent; `flush` says which agents do not answer, and may have others report. */
function sending(flush: (take: (report: object) => void) => Promise<string[]>): Rounds {
  const take = (report: object): void => {
    const interval = parseReport(JSON.stringify(report));
    assert(interval.type === "interval");
    rounds.take(interval);
  };
  const fleet = { flush: () => flush(take), race: <T>(promise: Promise<T>) => promise };
  const rounds = new Rounds(fleet as unknown as Fleet, workload, deal(workload));
  take(succeeded({ round: 0 }, 100));
  return rounds;
}

describe("waiting for what is under way", () => {
  it("ends when all has arrived", async () => {
    const rounds = sending((take) => {
      take(received({ round: 0 }, 100));
      return Promise.resolve([]);
    });
    assert.deepEqual(await rounds.drain(0), { stillArriving: 0, silent: [] });
  });

  it("ends when every agent has said for long enough that nothing came", async () => {
    const rounds = sending(() => Promise.resolve([]));
    const start = Date.now();
    assert.deepEqual(await rounds.drain(0, 0.4, 10), { stillArriving: 0, silent: [] });
    const seconds = (Date.now() - start) / 1000;
    assert(seconds >= 0.4 && seconds < 3, `${seconds} s`);
  });

  it("that is given up says how many were missing", async () => {
    let came = 0;
    const rounds = sending((take) => {
      take(received({ round: 0 }, ++came));
      return Promise.resolve([]);
    });
    const { stillArriving, silent } = await rounds.drain(0, 5, 0.6);
    assert.equal(stillArriving, 100 - came);
    assert.deepEqual(silent, []);
  });

  it("takes no silence of an agent for quiet: what it got is counted when it answers", async () => {
    let asked = 0;
    const rounds = sending(async (take) => {
      // Longer than it has to be quiet, as a question that is not answered is.
      if (++asked <= 3) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return ["core/servers-0-0"];
      }
      take(received({ round: 0 }, 100));
      return [];
    });
    assert.deepEqual(await rounds.drain(0, 0.2, 10), { stillArriving: 0, silent: [] });
    assert.equal(rounds.ledger(0).missing, 0);
  });

  it("that is given up names the agents that are silent", async () => {
    const rounds = sending(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return ["core/servers-0-0"];
    });
    assert.deepEqual(await rounds.drain(0, 0.05, 1), { stillArriving: 100, silent: ["core/servers-0-0"] });
  });

  it("asks for quiet between the answer to one question and the next, not while an answer is long in coming", async () => {
    let asked = 0;
    const rounds = sending(async (take) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      if (++asked === 3) take(received({ round: 0 }, 100));
      return [];
    });
    await rounds.drain(0, 0.5, 10);
    assert.equal(rounds.ledger(0).missing, 0);
  });
});

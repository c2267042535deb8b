import { strict as assert } from "assert";
import { setTimeout as sleep } from "timers/promises";
import type { Stage } from "../containers/probeStage";
import { keepsItsRate, makeProbedStage, probed } from "../containers/probing";

describe("probe against a real broker, what takes long:", function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async function () {
    this.timeout(600_000);
    stage = await makeProbedStage();
  });

  after(async () => {
    await stage.remove();
  });

  // That of calls is in the short form.
  for (const [pattern, copies] of [
    ["cast", 1],
    ["fanout", 2],
    ["notify", 1],
  ] as const)
    it(`an open loop of ${pattern} keeps its rate and is accounted for to the last message`, () =>
      keepsItsRate(stage, pattern, copies));

  it("a broker killed in the window fails the workload within bounded time, with errors by kind", async () => {
    const { record, seconds } = await probed(stage, { callsPerClient: 100_000 }, async () => {
      await sleep(3_000);
      await stage.docker.getContainer(stage.broker).kill();
    });
    await stage.reviveBroker();
    assert.equal(record.status, "failed");
    assert.match(record.failure ?? "", /no operation succeeded for 20 s/);
    const failed = Object.values(record.errors).reduce((sum, count) => sum + count, 0);
    assert(record.succeeded > 100 && failed >= 4, JSON.stringify(record.errors));
    assert(Object.keys(record.errors).every((kind) => /^Messag(ingTimeout|eDeliveryFailure)$/.test(kind)));
    assert(seconds < 75, `${seconds} s`);
  });
});

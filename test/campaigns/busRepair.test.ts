import { equal } from "assert/strict";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { whyRemake } from "../../bin/campaign/busRepair";
import type { Attempt, Journal } from "../../campaigns/journal";
import { record } from "../runner/results";
import { writeRun } from "./world";

const ill = "core-rabbitmq stands still";
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const ended = (second: number, changes: Partial<Attempt> = {}): Attempt => ({
  ...{ startedAt: at(second), finishedAt: at(second + 1), broke: false, run: "runs/s/1" },
  ...changes,
});

describe("whether a bus is made anew before a measurement", () => {
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-repair-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  /** Why, where the bus is ill if somebody looks. */
  const why = (attempts: readonly Attempt[], wasCutOff = false) =>
    whyRemake(root, { cells: [{ attempts }] } as unknown as Journal, wasCutOff, () => Promise.resolve([ill]));

  it("is nobody's question after one that broke nothing and went well", async () => {
    equal(await why([ended(1)]), undefined);
    equal(await why([ended(1, { broke: true, busAfter: [] })]), undefined);
  });

  it("is seen by a look where none is known, or the last was cut off, failed, or was not looked after", async () => {
    equal(await why([]), ill);
    equal(await why([ended(1)], true), ill);
    equal(await why([{ startedAt: at(1), broke: false }]), ill);
    equal(await why([ended(1, { failure: "the engine measured nothing" })]), ill);
    equal(await why([ended(1, { broke: true })]), ill);
  });

  it("goes by what was broken last, whatever was refused since without anything being made", async () => {
    const down = "core-rabbitmq sees rabbit@10.0.1.2 down";
    const refused: Attempt = { startedAt: at(5), finishedAt: at(5), failure: "bus.image: none" };
    equal(await why([ended(1, { broke: true, busAfter: [down] }), refused]), down);
    equal(await why([ended(1), refused]), undefined);
  });

  it("goes by the run where an older version's journal does not say whether something was broken", async () => {
    const { broke: _, ...old } = ended(1);
    writeRun(root, "s", 1, {});
    equal(await why([old]), undefined);
    const timeline = [{ what: "kill" as const, service: "core/rabbitmq", atSeconds: 1, untilSeconds: 2 }];
    writeRun(root, "s", 1, { workloads: [record("call", { timeline })] });
    equal(await why([old]), ill);
  });
});

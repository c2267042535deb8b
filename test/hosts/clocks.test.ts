import assert from "assert/strict";
import { spawn } from "child_process";
import type { ExecProcess } from "../../workloads/containers";
import {
  furthestApart,
  gatewaysByHost,
  readClocks,
  recordClocks,
  recordClocksAfter,
  tellOneTime,
  toleratedMs,
} from "../../workloads/hosts/clocks";

/** A container's process, of this very machine; `shift` is put into what it tells, nanoseconds. */
function process_(command: readonly string[], shift: bigint): Promise<ExecProcess> {
  const [program = "", ...words] = command.map((word) =>
    word.replace("time.time_ns()", `time.time_ns() + ${shift}`),
  );
  const child = spawn(program, words);
  return Promise.resolve({
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1))),
  });
}

const impairment = (delayMs: number) => ({ delayMs, jitterMs: 0, lossPercent: 0 });
const site = (name: string) => ({ name, gateway: { container: `${name}-gateway`, wanAddress: "10.0.0.1" } });
const service = (name: string, host?: string) => ({
  ...{ name: `${name}/gateway`, container: `${name}-gateway`, image: "i" },
  ...(host === undefined ? {} : { host }),
});
const input = (delays: readonly (readonly [string, string, number, number])[]) => ({
  clockShared: false,
  sites: ["a", "b", "c"].map(site),
  services: [service("a", "alpha"), service("b", "beta"), service("c", "beta")],
  links: delays.map(([from, to, there, back]) => ({
    ...{ name: `${from}--${to}`, between: [from, to] as [string, string] },
    ...{ there: impairment(there), back: impairment(back) },
  })),
});

describe("clocks of hosts", function () {
  this.timeout(30_000);

  it("are read to within half of the quickest exchange's time", async () => {
    const readings = await readClocks(
      { spawn: (container, command) => process_(command, container === "far" ? 2_500_000_000n : 0n) },
      new Map([
        ["alpha", "near"],
        ["beta", "far"],
      ]),
    );
    for (const [host, ahead] of [
      ["alpha", 0],
      ["beta", 2500],
    ] as const) {
      const reading = readings[host];
      assert.ok(reading && reading.boundMs < 50, JSON.stringify(reading));
      // The process is of this machine, so that its clock is known to be ahead by exactly what was put in.
      assert.ok(Math.abs(reading.offsetMs - ahead) <= reading.boundMs + 0.1, JSON.stringify(reading));
    }
  });

  it("that do not answer are named by their container", () =>
    assert.rejects(
      readClocks({ spawn: () => process_(["sh", "-c", "exit 1"], 0n) }, new Map([["alpha", "core-gateway"]])),
      /core-gateway: its clock does not answer/,
    ));

  it("are read in one gateway of each host", () =>
    assert.deepEqual(
      [...gatewaysByHost(input([]))],
      [
        ["alpha", "a-gateway"],
        ["beta", "b-gateway"],
      ],
    ));

  it("are apart by what was found and by what that may be wrong by", () => {
    assert.equal(
      furthestApart([
        { offsetMs: 3, boundMs: 0.5 },
        { offsetMs: -1, boundMs: 0.25 },
      ]),
      4.75,
    );
    assert.equal(furthestApart([{ offsetMs: 3, boundMs: 0.5 }]), 0);
  });

  it("may be apart by 5 % of the shortest delay between hosts; links within one host don't count", () => {
    assert.equal(
      toleratedMs(
        input([
          ["a", "b", 25, 40],
          ["b", "c", 1, 1],
        ]),
      ),
      1.25,
    );
    assert.equal(toleratedMs(input([["a", "b", 25, 2]])), 0.1);
    assert.equal(toleratedMs(input([["b", "c", 1, 1]])), Infinity);
  });

  it("tell one time, or do not, and what is said of them is what was worst", () => {
    const near = { alpha: { offsetMs: 0, boundMs: 0.2 }, beta: { offsetMs: 0.3, boundMs: 0.2 } };
    const far = { alpha: { offsetMs: 0, boundMs: 0.2 }, beta: { offsetMs: 9, boundMs: 0.2 } };
    const links = input([["a", "b", 25, 25]]);
    const agreeing = recordClocks(links, near);
    assert.deepEqual(agreeing, { before: near, apartMs: 0.7, toleratedMs: 1.25, agree: true });
    assert.equal(recordClocks(links, far).agree, false);
    assert.deepEqual(recordClocksAfter(agreeing, far), { ...agreeing, after: far, apartMs: 9.4 });
    assert.equal("toleratedMs" in recordClocks(input([["b", "c", 1, 1]]), near), false);
    assert.deepEqual(
      [{ clockShared: true }, { clockShared: false }, { clockShared: false, clocksAgree: true }].map(
        tellOneTime,
      ),
      [true, false, true],
    );
  });
});

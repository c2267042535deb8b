import { deepEqual, equal, match } from "assert/strict";
import { readFileSync } from "fs";
import { join } from "path";
import { PassThrough, Readable } from "stream";
import type { Containers, ExecProcess, ExecResult } from "../../workloads/containers";
import type { ToolHooks } from "../../workloads/runner/dependencies";
import { runShaker } from "../../workloads/shaker";
import { pair, shaker } from "./planned";

const recorded = readFileSync(join(__dirname, "recorded", "output.json"), "utf8");
const sites = ["core", "edge", "far", "near"].map((name) => ({
  ...{ name, gateway: { container: `${name}-gateway`, wanAddress: "10.1.0.1" } },
  shaker: { container: `${name}-shaker`, address: "10.0.0.20" },
}));
const workload = shaker({
  pairs: (["edge", "far", "near"] as const).map((to) => pair({ between: ["core", to] })),
});

const done = (changes: Partial<ExecResult> = {}): ExecResult => ({
  ...{ exitCode: 0, stdout: "", stderr: "" },
  ...changes,
});

/** A command that says something, and ends then or when its input does. */
function running(said: string, exitCode: number, ends: boolean): ExecProcess {
  const stdin = new PassThrough();
  const stdout = ends ? Readable.from([said]) : new PassThrough();
  if (stdout instanceof PassThrough) stdout.write(said);
  const exited = ends
    ? Promise.resolve(exitCode)
    : new Promise<number>((resolve) => stdin.on("finish", () => resolve(exitCode)));
  return { stdin, stdout, stderr: Readable.from([]), exited };
}

/** What may go wrong in containers where Shaker measures well. */
interface Troubles {
  /** The whole of a command that is begun, or of one that is executed. */
  readonly spawn?: (container: string, command: string) => ExecProcess | undefined;
  readonly exec?: (container: string, command: string) => ExecResult | undefined;
}

function containers({ spawn, exec }: Troubles): Containers {
  let title = "";
  const refuse = (what: string) => () => Promise.reject(new Error(`unexpected: ${what}`));
  return {
    exec: (container, command, { stdin = "" } = {}) => {
      const whole = command.join(" ");
      if (whole.endsWith("scenario.json")) title = (JSON.parse(stdin) as { title: string }).title;
      const own = exec?.(container, whole);
      if (own !== undefined) return Promise.resolve(own);
      if (whole === "cat output.json")
        return Promise.resolve(done({ stdout: recorded.replaceAll("core to edge", title) }));
      if (whole.startsWith("cat /proc")) return Promise.resolve(done({ stdout: "4096\t16384\t16777216\n" }));
      if (whole.includes("importlib")) return Promise.resolve(done({ stdout: "1.4.2\n" }));
      return Promise.resolve(done());
    },
    spawn: (container, command) => {
      const whole = command.join(" ");
      const own = spawn?.(container, whole);
      if (own !== undefined) return Promise.resolve(own);
      if (whole.includes("output.json")) return Promise.resolve(running("", 0, true));
      return Promise.resolve(running("Server listening\nstarting\nConnecting to server\n", 0, false));
    },
    usage: refuse("usage"),
    logs: refuse("logs"),
  };
}

async function run(troubles: Troubles, controller = new AbortController()) {
  const kept: string[] = [];
  const hooks: ToolHooks = {
    ...{ progress: () => undefined, windowStarted: () => undefined, windowEnded: () => undefined },
    keep: (path) => Promise.resolve(void kept.push(path)),
  };
  const found = await runShaker(containers(troubles), { sites }, workload, hooks, controller.signal);
  return { found, kept };
}

const failuresOf = ({ found }: Awaited<ReturnType<typeof run>>) =>
  found.pairs.map(({ failures }) => failures);

describe("Shaker between several pairs of sites", () => {
  it("measures one after the other, and leaves a report of all", async () => {
    const { found, kept } = await run({});
    deepEqual([found.status, found.failure], ["complete", undefined]);
    deepEqual(
      found.pairs.map(({ between, rttMs }) => [between.join(" "), rttMs?.median]),
      [
        ["core edge", 0.091],
        ["core far", 0.091],
        ["core near", 0.091],
      ],
    );
    equal(found.reports[0], "shaker/plane/report.html");
    deepEqual(found.reports.slice(1), kept.slice(0, 3));
    equal(found.versions.shaker, "1.4.2");
  });

  it("says of a pair whose server does not start that it has no figures, and why, and measures the others", async () => {
    const silent = await run({
      spawn: (container, command) =>
        container === "far-shaker" && command.includes("iperf3") ? running("no", 1, true) : undefined,
    });
    const [first, second, third] = failuresOf(silent);
    deepEqual([first, third], [[], []]);
    equal(second?.length, 5);
    match(second[0] ?? "", /^ping: far-shaker: iperf3 .* did not start: no$/);
    const { status, failure = "", pairs } = silent.found;
    equal(status, "failed");
    match(failure, /^core to far: ping: far-shaker/);
    deepEqual(
      pairs.map(({ there }) => there.tcp === undefined),
      [false, true, false],
    );
  });

  it("likewise of one whose output cannot be read", async () => {
    let read = 0;
    const garbled = await run({
      exec: (_, command) =>
        command === "cat output.json" && ++read === 2 ? done({ stdout: "{" }) : undefined,
    });
    const [first, second, third] = failuresOf(garbled);
    deepEqual([first, third], [[], []]);
    match(second?.[1] ?? "", /^tcp there: Shaker's output cannot be read: /);
  });

  it("keeps the figures of a pair that cannot be compared with its links", async () => {
    const blind = await run({
      exec: (container, command) =>
        container === "near-shaker" && command.startsWith("cat /proc")
          ? done({ exitCode: 1, stderr: "no such file" })
          : undefined,
    });
    const [, , third] = blind.found.pairs;
    equal(third?.rttMs?.median, 0.091);
    match(third.failures.join(), /^not compared with its links: near-shaker: .*no such file$/);
    equal(blind.found.status, "failed");
  });

  it("keeps all figures where there is no report of all, or no version of Shaker", async () => {
    const { found, kept } = await run({
      exec: (_, command) =>
        command.startsWith("shaker-report") || command.includes("importlib")
          ? done({ exitCode: 1, stderr: "Traceback" })
          : undefined,
    });
    deepEqual(
      found.pairs.map(({ failures }) => failures),
      [[], [], []],
    );
    equal(
      found.failure,
      "shaker-report ended with code 1: Traceback; the version of Shaker is not known: Traceback",
    );
    deepEqual([found.reports, found.reports.length], [kept, 3]);
  });

  it("ends at an interruption, also of one that makes a command break off", async () => {
    const controller = new AbortController();
    const { found } = await run(
      {
        spawn: (container) => {
          if (container !== "far-shaker") return undefined;
          controller.abort();
          throw new Error("the engine went away");
        },
      },
      controller,
    );
    deepEqual([found.failure, found.pairs.length], ["interrupted", 2]);
    equal(found.pairs[1]?.failures[0], "ping: interrupted");
  });
});

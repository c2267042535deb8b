import { deepStrictEqual, fail, ok, strictEqual } from "assert";
import { spawn } from "child_process";
import { createHash } from "crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { execa } from "execa";
import seedrandom from "seedrandom";
import { stringify } from "yaml";
import { readJournal } from "../../campaigns/journal";
import { commandOf, operationProcesses, signal } from "../../bin/engine/processes";
import { results } from "../../workloads/results/schema";
import { buswide, projectRoot, shim, type Ended } from "../command/shim";
import { assertKeepsSecrets, secretsOf } from "../support/keptSecrets";

/** Any number of kills, and the same ones again: both are printed. */
const kills = Number(process.env["BUSWIDE_KILLS"] ?? 100);
const seed = process.env["BUSWIDE_KILLS_SEED"] ?? String(Date.now());
/** After so many kills, what they left is gone on with to its end. */
const between = 10;
/** A kill comes while a command works: none takes so long, seconds. */
const longest = 30;
/** Commands that may be begun for a kill: some end before theirs comes. */
const mostCommands = 4 * kills;
/** Whose part was killed may go on with what it was at for so long, seconds: a campaign with all that it has still to measure. */
const patience = { up: 120, run: 120, destroy: 120, campaign: 600 };

const name = "long-kills";
const campaignName = "long-kills-campaign";
const stacks = [name, `c-${campaignName}`];

const call = {
  ...{ name: "call", kind: "rpc", clients: { edge: 2 }, servers: { core: 1 } },
  ...{ rate: "20/s", duration: "4s", warmup: "1s" },
};
/** The measurement of it is cut off from the broker for a second, and the broker hangs for one: both are to be undone. */
const scenario = {
  sites: { core: {}, edge: {} },
  links: [{ between: ["core", "edge"], delay: "10ms" }],
  bus: { kind: "rabbitmq", topology: "single", site: "core" },
  workloads: [
    {
      ...call,
      timeline: [
        { at: "1s", for: "1s", cut: ["core", "edge"] },
        { at: "2500ms", for: "1s", pause: "core/rabbitmq" },
      ],
    },
  ],
};
/** It breaks its bus itself, so that kills meet the bus being looked after and made anew, too. */
const campaign = {
  question: "Is anything lost to a kill?",
  scenario: { ...scenario, workloads: [call] },
  faults: { at: "1s", services: [{ what: "pause", for: "1s" }] },
  grid: { "links[0].delay": ["5ms", "15ms"] },
  repetitions: 2,
  seed: 1,
};

interface Kill {
  readonly command: "up" | "run" | "destroy" | "campaign";
  readonly victim: "command" | "engine" | "command and engine" | "one of its processes";
  readonly afterSeconds: number;
  readonly delay: string;
}

/** As many as are asked for. */
function* planned(): Generator<Kill, never> {
  const random = seedrandom(seed);
  const oneOf = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] ?? fail();
  for (;;)
    yield {
      command: oneOf(["up", "up", "up", "run", "run", "destroy", "campaign", "campaign"] as const),
      victim: oneOf(["command", "engine", "command and engine", "one of its processes"] as const),
      afterSeconds: longest * random(),
      delay: oneOf(["10ms", "20ms"]),
    };
}

/** What was measured to its end, by folder, as a checksum. */
function complete(): Map<string, string> {
  const found = new Map<string, string>();
  for (const stack of stacks) {
    const folder = join(projectRoot, "runs", stack);
    if (!existsSync(folder)) continue;
    for (const run of readdirSync(folder).filter((entry) => /^\d+$/.test(entry))) {
      const file = join(folder, run, "results.json");
      // One that was killed before it had measured anything.
      if (!existsSync(file)) continue;
      const text = readFileSync(file, "utf8");
      // Whatever its end, what there is of it can be read.
      const { status } = results.parse(JSON.parse(text));
      if (status === "complete") found.set(file, createHash("sha256").update(text).digest("hex"));
    }
  }
  return found;
}

async function inDocker(of: readonly string[] = stacks): Promise<string[]> {
  const lists = of.flatMap((stack) =>
    [
      ["ps", "-aq"],
      ["network", "ls", "-q"],
      ["volume", "ls", "-q"],
    ].map(async (list) => {
      const { stdout } = await execa("docker", [...list, "--filter", `label=io.buswide.stack=${stack}`]);
      return stdout.split("\n").filter(Boolean);
    }),
  );
  return (await Promise.all(lists)).flat();
}

/** What a run's series says was done to services, in order. */
function faultsOf(run: string): string[] {
  return readFileSync(join(run, "series.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"kind":"service"'))
    .map((line) => JSON.parse(line) as { readonly what: string; readonly service: string })
    .map(({ what, service }) => `${what} ${service}`);
}

/** How the engine says that the broker stands: `paused` of one that was left as a fault had it. */
async function brokerState(): Promise<string> {
  const container = `buswide-${name}-core-rabbitmq`;
  return (await execa("docker", ["inspect", "-f", "{{.State.Status}}", container])).stdout.trim();
}

describe(`a command that is killed at a random moment, ${kills} times over,`, function () {
  this.timeout(mostCommands * 2 * 60_000);
  let folder = "";
  let files = { up: "", campaign: "" };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    files = { up: join(folder, `Pulumi.${name}.yaml`), campaign: join(folder, `${campaignName}.yaml`) };
    writeFileSync(files.up, stringify({ config: { "buswide:scenario": scenario } }));
    writeFileSync(files.campaign, stringify(campaign));
  });
  after(async () => {
    for (const stack of stacks) {
      await buswide(["destroy", stack, "--keep-images"]);
      rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
    }
    rmSync(join(projectRoot, "runs", "campaigns", campaignName), { recursive: true, force: true });
    rmSync(folder, { recursive: true });
  });

  function argumentsOf({ command, delay }: Kill): string[] {
    const set = ["--set", `links[0].delay=${delay}`];
    if (command === "campaign") return ["campaign", "run", files.campaign];
    if (command === "destroy") return ["destroy", name, "--keep-images"];
    return [command, files.up, ...set];
  }

  /** All that commands have said, killed ones too. */
  let everythingSaid = "";

  async function command(...args: string[]): Promise<Ended> {
    const ended = await buswide(args);
    everythingSaid += ended.stdout + ended.stderr;
    return ended;
  }

  /** Whether it was killed, or had ended before. */
  async function kill(one: Kill): Promise<boolean> {
    const child = spawn(process.execPath, [shim, ...argumentsOf(one)], {
      cwd: projectRoot,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const output of [child.stdout, child.stderr])
      output.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        everythingSaid += text;
      });
    const ended = new Promise<boolean>((resolve) => child.once("exit", () => resolve(true)));
    await Promise.race([ended, sleep(1000 * one.afterSeconds)]);
    if (child.exitCode !== null) return false;
    const its = operationProcesses()
      .filter(({ owner }) => owner.pid === child.pid)
      .map(({ pid }) => pid);
    const engines = its.filter((pid) => commandOf(pid) === "pulumi");
    const any = its[Math.floor((its.length * one.afterSeconds) / longest)];
    const victims = {
      command: [child.pid],
      engine: engines,
      "command and engine": [child.pid, ...engines],
      "one of its processes": [any],
    }[one.victim].filter((pid) => pid !== undefined);
    // Between two of its processes there is only the command itself.
    for (const pid of victims.length > 0 ? victims : [child.pid]) if (pid) signal(pid, "SIGKILL");
    ok(
      await Promise.race([ended, sleep(1000 * patience[one.command], false)]),
      `${one.victim} of \`${argumentsOf(one).join(" ")}\` killed after ${one.afterSeconds} s: it goes on\n${said}`,
    );
    return true;
  }

  /** Secrets that each stack has had: destroyed and made again, it has others. */
  const secrets = new Map(stacks.map((stack) => [stack, new Map<string, string>()]));

  async function noteSecrets(): Promise<void> {
    for (const [stack, known] of secrets) {
      if ((await inDocker([stack])).length === 0) continue;
      for (const [secret, origin] of secretsOf(stack)) known.set(secret, origin);
    }
  }

  it("loses nothing that was measured, is gone on with by the next, gives no secret away, and leaves nothing that destroy does not remove", async () => {
    process.stdout.write(`      BUSWIDE_KILLS=${kills} BUSWIDE_KILLS_SEED=${seed}\n`);
    const counts: Record<string, number> = {};
    let known = complete();
    let done = 0;
    let commands = 0;
    for (const one of planned()) {
      if (done === kills || commands === mostCommands) break;
      const killed = await kill(one);
      await noteSecrets();
      const what = killed ? `${one.command}, ${one.victim}` : "ended before its kill";
      counts[what] = (counts[what] ?? 0) + 1;
      commands += 1;
      if (killed) done += 1;
      const now = complete();
      for (const [file, checksum] of known)
        strictEqual(now.get(file), checksum, `after kill ${done}: ${file}`);
      known = now;
      if (!killed || (done % between > 0 && done < kills)) continue;
      const { code, stderr } = await command("up", files.up);
      strictEqual(code, 0, `up after kill ${done}: ${stderr}`);
      // What hung hangs no more, whoever was killed while it did.
      strictEqual(await brokerState(), "running", `after kill ${done}`);
      ok(
        !existsSync(join(projectRoot, ".buswide", "faults", `${name}.json`)),
        `after kill ${done}: a note of faults`,
      );
      const latest = join(projectRoot, "runs", name, "latest", "results.json");
      const { status, links } = results.parse(JSON.parse(readFileSync(latest, "utf8")));
      strictEqual(status, "complete");
      deepStrictEqual(
        links.map(({ name: link, asked, deviations }) => [link, asked.there.delayMs, deviations]),
        [["core--edge", 10, []]],
      );
      known = complete();
    }
    strictEqual(done, kills, `${commands} commands were begun, and only ${done} of them killed`);
    deepStrictEqual(faultsOf(join(projectRoot, "runs", name, "latest")), [
      "pause core/rabbitmq",
      "restored core/rabbitmq",
    ]);
    const { code, stderr } = await command("campaign", "run", files.campaign);
    strictEqual(code, 0, stderr);
    // One more for its containers, which stay with what they have said: those of the one before are gone at its end.
    const kept = await command("campaign", "run", "--new", "--keep", files.campaign);
    strictEqual(kept.code, 0, kept.stderr);
    const executions = join(projectRoot, "runs", "campaigns", campaignName);
    for (const execution of readdirSync(executions).filter((entry) => /^\d+$/.test(entry))) {
      const { cells } = readJournal(join(executions, execution));
      strictEqual(cells.length, 4, `execution ${execution}`);
      // What is killed twice is marked, with both attempts.
      for (const { status, attempts } of cells)
        ok(
          status === "complete" || (status === "failed" && attempts.length === 2),
          `execution ${execution}: ${status}`,
        );
    }
    for (const [file, checksum] of known) strictEqual(complete().get(file), checksum, file);
    const folders = [executions, folder, ...stacks.map((stack) => join(projectRoot, "runs", stack))];
    const said = { "all commands": everythingSaid };
    for (const [stack, earlier] of secrets) assertKeepsSecrets({ stack, said, folders, earlier });
    for (const stack of stacks) {
      const destroyed = await command("destroy", stack, "--keep-images");
      strictEqual(destroyed.code, 0, destroyed.stderr);
    }
    deepStrictEqual(await inDocker(), []);
    const left = operationProcesses().filter(({ owner }) => stacks.includes(owner.stack));
    deepStrictEqual(left, []);
    const counted = Object.entries(counts).map(([what, count]) => `      ${count} × ${what}`);
    process.stdout.write(
      [
        ...counted.sort(),
        `      ${done} of ${commands} commands killed`,
        `      ${complete().size} complete runs, all kept\n`,
      ].join("\n"),
    );
  });
});

import { deepEqual, ok } from "assert/strict";
import { spawnSync } from "child_process";
import { existsSync } from "fs";
import { exportedState, filesBelow, inWords, originsIn, scan, type Place } from "./secretScan";

/** What a stack has left behind for others to read. */
export interface Leavings {
  readonly stack: string;
  /** What its commands have said, by the command. */
  readonly said: Readonly<Record<string, string>>;
  /** Folders of its runs and campaigns. */
  readonly folders: readonly string[];
  /** Secrets that it had before, with where they were: one that is made anew has others. */
  readonly earlier?: ReadonlyMap<string, string>;
}

/**
 * Asserts that no secret of a deployed stack is in what its commands said, what its runs keep (backups unpacked), its state as it is
 * exported, the logs of its containers, and what the engine tells of these (`docker inspect`). Prints how much was looked through.
 *
 * None of these may have one. Secrets are in files inside the containers that need them, put there by the engine's
 * copying, which `inspect` does not tell of as it does of environments and commands: these have none. Who may ask the engine may read those files too,
 * and the state's own secrets are what its passphrase is for; neither is looked through.
 * @returns the secrets that it looked for
 */
export function assertKeepsSecrets({
  stack,
  said,
  folders,
  earlier = new Map<string, string>(),
}: Leavings): readonly string[] {
  const now = secretsOf(stack);
  ok(now.size > 0, "no secret is known to look for");
  const origins = new Map([...earlier, ...now]);
  const containers = docker("ps", "-aq", "--filter", `label=io.buswide.stack=${stack}`)
    .toString("utf8")
    .split("\n")
    .filter(Boolean);
  ok(containers.length > 0, `${stack} has no containers: this would say nothing of them`);
  const kinds: Readonly<Record<string, readonly Place[]>> = {
    "what commands said": Object.entries(said).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
    "what runs keep": folders.flatMap((folder) => {
      ok(existsSync(folder), `there is no ${folder}`);
      return filesBelow(folder);
    }),
    state: [{ name: "the state", bytes: exportedState(stack, "encrypted") }],
    logs: containers.map((id) => ({ name: `the log of ${nameOf(id)}`, bytes: docker("logs", id) })),
    inspect: containers.map((id) => ({ name: `inspect of ${nameOf(id)}`, bytes: docker("inspect", id) })),
  };
  for (const [kind, places] of Object.entries(kinds))
    ok(
      places.some(({ bytes }) => bytes.length > 0),
      `${kind}: nothing is there to be looked through`,
    );
  const secrets = [...origins.keys()];
  const outcome = scan(secrets, Object.values(kinds).flat(), origins);
  process.stdout.write(`      ${stack}: ${inWords(outcome)}\n`);
  deepEqual(outcome.found, []);
  return secrets;
}

/** The secrets of a deployed stack, each with where its state has it. */
export function secretsOf(stack: string): Map<string, string> {
  return originsIn(JSON.parse(exportedState(stack, "shown").toString("utf8")));
}

function nameOf(id: string): string {
  return docker("inspect", "-f", "{{.Name}}", id).toString("utf8").trim().slice(1);
}

/** What a command of Docker's says on both of its outputs. */
function docker(...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync("docker", args, { maxBuffer: 256 * 1024 ** 2 });
  ok(status === 0, `docker ${args.join(" ")}: ${stderr.toString("utf8")}`);
  return Buffer.concat([stdout, stderr]);
}

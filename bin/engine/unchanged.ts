import type { OutputMap } from "@pulumi/pulumi/automation";
import { createHash } from "crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "fs";
import { join } from "path";
import { z } from "zod";
import type { Plan } from "../../components/plan/plan";
import { baseImageTag, buildSettings } from "../../toolchain/base-image";
import { cliVersion, pluginVersions } from "../../toolchain/versions";
import { doubtsOf } from "./doubts";
import type { StackState } from "./state";

/*
 * What an `up` does follows from the program, its configuration, the machine's settings and the stack's state. Where all of
 * them are as an `up` left them that found or made everything as it should be, there is nothing to do, and the engine
 * need not go through thousands of resources to find that out. See docs/adr/0007-an-unchanged-stack-is-not-gone-through.md.
 */

/** Folders and files that the program, its policies and its images are made of, relative to the project's root. */
const sources = [
  ...["stacks", "components", "policies", "workloads", "images", "toolchain"],
  ...["package.json", "package-lock.json", "Pulumi.yaml", "tsconfig.json"],
];

/** What tools leave in folders of sources, and settings of other stacks. */
const notSources = /^(node_modules|__pycache__|\..*|build|dist|.*\.egg-info|Pulumi\..+\.yaml)$/;

/** What npm notes of the packages that it has installed. */
const installedPackages = "node_modules/.package-lock.json";

const note = z.strictObject({ inputs: z.string(), state: z.string() });

/** What an `up` depends on. */
export interface UpInputs {
  readonly root: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly plan: Plan;
}

/** A hash of everything but the stack's state that decides what an `up` does. Errors: a source can't be read. */
export function hashInputs({ root, configuration, plan }: UpInputs): string {
  const hash = createHash("sha256").update(
    JSON.stringify([
      configuration,
      // What the plan takes from the machine besides the scenario.
      [
        plan.metrics?.port,
        plan.wan.text,
        plan.sites.map(({ name, prefix, wanAddress }) => [name, prefix.text, wanAddress]),
      ],
      plan.hosts && [[...plan.hosts.hosts.values()], [...plan.hosts.places]],
      [cliVersion, pluginVersions, process.version],
      [baseImageTag(), buildSettings()],
    ]),
  );
  for (const source of sources) hashFiles(root, source, hash);
  if (existsSync(join(root, installedPackages))) hashFiles(root, installedPackages, hash);
  return hash.digest("hex");
}

function hashFiles(root: string, path: string, hash: ReturnType<typeof createHash>): void {
  if (!statSync(join(root, path)).isDirectory()) {
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
    return;
  }
  for (const name of readdirSync(join(root, path)).sort())
    if (!notSources.test(name)) hashFiles(root, `${path}/${name}`, hash);
}

/**
 * A hash of what there is, by a stack's state, and of when each was last changed. Every engine's `up` that changes nothing
 * writes the state anew all the same: with other ciphertexts, and dependencies in another order.
 */
function hashState({ deployment }: StackState): string {
  const resources = (deployment.resources ?? [])
    .map(({ urn, type, id, created, modified, delete: replaced }) =>
      JSON.stringify([urn, type, id, created, modified, replaced]),
    )
    .sort();
  const pending = (deployment.pending_operations ?? []).map(({ type, resource }) => [type, resource.urn]);
  return createHash("sha256")
    .update(JSON.stringify([resources, pending]))
    .digest("hex");
}

const noteFile = (root: string, stack: string) => join(root, ".buswide", "stacks", `${stack}.unchanged.json`);

/** Notes that with these inputs and this state there is nothing to do: the `up` that left them was complete. */
export function noteUnchanged(root: string, stack: string, inputs: string, state: StackState): void {
  const file = noteFile(root, stack);
  mkdirSync(join(root, ".buswide", "stacks"), { recursive: true, mode: 0o700 });
  // Whole or not at all, for whoever reads it after a kill.
  writeFileSync(`${file}.new`, JSON.stringify({ inputs, state: hashState(state) }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Forgets what was noted: whatever is begun now may leave the stack otherwise. */
export function forgetUnchanged(root: string, stack: string): void {
  rmSync(noteFile(root, stack), { force: true });
}

/**
 * Whether an `up` with these inputs of a stack in this state was noted to have nothing to do. Never where something is in
 * doubt: the note is from before that.
 */
export function isUnchanged(root: string, stack: string, inputs: string, state: StackState): boolean {
  if (doubtsOf(state).length > 0) return false;
  let text: string;
  try {
    text = readFileSync(noteFile(root, stack), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  const noted = note.safeParse(JSON.parse(text));
  return noted.success && noted.data.inputs === inputs && noted.data.state === hashState(state);
}

/** A secret in an exported state: a map with this key, by Pulumi's resource.SigKey. */
const signature = "4dabf18193072939515e22adb298388d";

/** A stack's outputs as its state has them; a secret's value stays encrypted. */
export function statedOutputs(state: StackState): OutputMap {
  const stack = state.deployment.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
  return Object.fromEntries(
    Object.entries(stack?.outputs ?? {}).map(([name, value]) => {
      const secret = typeof value === "object" && value !== null && signature in value;
      return [name, { value, secret }];
    }),
  );
}

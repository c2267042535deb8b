import type { EngineEvent } from "@pulumi/pulumi/automation";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "fs";
import { join } from "path";
import { isMeasurement, type StackState, type StateResource } from "./state";

/*
 * What commands set inside containers that stay (links, routes, a bus's federation, its topics) can be read nowhere but in the
 * stack's state, which says what the last command that came to its end has set. Where an update was cut off, something
 * else may be set. Then the state is made to say so, until the engine has set it again. It does at the next update: what
 * is not known differs from what the program says. Said of the command that updates it, this makes an update of it, whose
 * command sets all of it, and no replacement, which would first remove what it stands for.
 */

const commandType = "command:local:Command";
/** A command that sets something in a container, on whatever engine. */
const inContainer = /(^|')docker exec -i /;
/** A command that gives a host an image. */
const givesImage = /^sh \S+\/send-image /;
/** What a state has in the place of the updating command of what is in doubt. */
const notKnown = "not known";

/** Whether a resource is what a command has set in a container, or given a host: what is done again by doing it again. */
function isSetting({ type, inputs, delete: replaced }: StateResource): boolean {
  const create = inputs?.["create"];
  return (
    type === commandType &&
    replaced !== true &&
    typeof create === "string" &&
    (inContainer.test(create) || givesImage.test(create))
  );
}

/** The same state with all that was set in containers in doubt. */
export function withDoubts(state: StackState): StackState {
  return doubting(state, isSetting);
}

/** The same state with some of it in doubt, by URN. */
export function withDoubted(state: StackState, urns: readonly string[]): StackState {
  return doubting(state, (resource) => isSetting(resource) && urns.includes(resource.urn));
}

function doubting(state: StackState, isDoubtful: (resource: StateResource) => boolean): StackState {
  const resources = (state.deployment.resources ?? []).map((resource) =>
    isDoubtful(resource) ? { ...resource, inputs: { ...resource.inputs, update: notKnown } } : resource,
  );
  return { ...state, deployment: { ...state.deployment, resources } };
}

/** The URNs of what is in doubt by a state. */
export function doubtsOf({ deployment }: StackState): string[] {
  return (deployment.resources ?? [])
    .filter((resource) => isSetting(resource) && resource.inputs?.["update"] === notKnown)
    .map(({ urn }) => urn);
}

/** Whether a change is no more than that something is set again which is in doubt. */
export function isDoubtOnly({ urn, op, diff }: SettingChange, doubts: readonly string[]): boolean {
  return op === "update" && doubts.includes(urn) && diff.every(({ path }) => path === "update");
}

/** What is looked at of a change that a preview tells of. */
interface SettingChange {
  readonly urn: string;
  readonly op: string;
  readonly diff: readonly { readonly path: string }[];
}

const noteFile = (root: string, stack: string) => join(root, ".buswide", "stacks", `${stack}.unfinished`);

/** Whether an update of a stack was cut off, and no state says yet what that left in doubt. */
export function isUnfinished(root: string, stack: string): boolean {
  return existsSync(noteFile(root, stack));
}

/** Forgets that an update was cut off: the stack's state says it, or there is nothing in doubt. */
export function forgetUnfinished(root: string, stack: string): void {
  rmSync(noteFile(root, stack), { force: true });
}

function noteUnfinished(root: string, stack: string): void {
  mkdirSync(join(root, ".buswide", "stacks"), { recursive: true, mode: 0o700 });
  writeFileSync(noteFile(root, stack), "", { mode: 0o600 });
}

export interface UpdateOptions {
  readonly root: string;
  readonly stack: string;
  readonly onEvent: (event: EngineEvent) => void;
  /** Whether an error says that the engine did not end by itself. */
  readonly wasKilled: (error: unknown) => boolean;
}

/**
 * Runs an update with a note beside it that it is under way, which stays where it is cut off, in whatever way. An update
 * that fails, or is interrupted, and comes to an end of its own leaves it only if it was setting something then.
 */
export async function notingWhileUnfinished<T>(
  { root, stack, onEvent, wasKilled }: UpdateOptions,
  update: (onEvent: (event: EngineEvent) => void) => Promise<T>,
): Promise<T> {
  const settings = new OpenSettings();
  noteUnfinished(root, stack);
  try {
    const result = await update((event) => {
      settings.take(event);
      onEvent(event);
    });
    forgetUnfinished(root, stack);
    return result;
  } catch (error) {
    if (settings.allDone && !wasKilled(error)) forgetUnfinished(root, stack);
    throw error;
  }
}

/** Knows by an update's events which of the commands that it began are not known to have come to their end. */
class OpenSettings {
  readonly #open = new Set<string>();
  /** Whether every event is there: the engine sums up at its end. */
  #told = true;

  take({ resourcePreEvent: begun, resOutputsEvent: done, summaryEvent }: EngineEvent): void {
    if (begun) {
      const { op, type, urn } = begun.metadata;
      this.#told = false;
      if (op !== "same" && type === commandType && !isMeasurement(urn)) this.#open.add(`${op} ${urn}`);
    }
    if (done) this.#open.delete(`${done.metadata.op} ${done.metadata.urn}`);
    if (summaryEvent) this.#told = true;
  }

  get allDone(): boolean {
    return this.#told && this.#open.size === 0;
  }
}

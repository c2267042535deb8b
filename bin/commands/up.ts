import type { OutputMap } from "@pulumi/pulumi/automation";
import { CliError, type UpLimits } from "../engine/stackEngine";
import { forgetUnchanged, hashInputs, isUnchanged, noteUnchanged, statedOutputs } from "../engine/unchanged";
import type { Plan } from "../../components/plan/plan";
import { forgetHosts, madeHosts, notedHosts } from "../../components/target/hosts/note";
import { savesAtEnd } from "../engine/saving";
import { containersToGo, type StackState } from "../engine/state";
import { Failure } from "../refusal";
import { Outcome } from "../report/outcome";
import { expectedResources, expectedUnits, PhaseCounter } from "../report/phases";
import { ProgressReport } from "../report/progress";
import type { Screen } from "../report/screen";
import { describeRun, latestRun } from "../report/results";
import { planLoaded } from "../planning";
import { dropImages } from "./images";
import { forgetLost } from "./lost";
import { loadScenario } from "../scenario/read";
import { withSession, type Session } from "../session";
import { shownOutputs } from "./outputs";
import { usesOpenstack } from "./target";

export interface UpOptions {
  readonly root: string;
  readonly set: readonly string[];
  readonly json: boolean;
  /** The stack that becomes what the scenario describes; default: the scenario's own. */
  readonly stack?: string;
  /** Goes through every resource also where nothing has changed since the last `up`. */
  readonly full: boolean;
  /** Hosts that are gone for good. */
  readonly lost: readonly string[];
}

/** Builds what a scenario describes, or changes what is there into it, and measures. */
export async function up(argument: string, options: UpOptions): Promise<void> {
  const { root, set, json, full, lost } = options;
  const loaded = loadScenario(argument, set, root, options.stack);
  await planLoaded(loaded);
  const { stack, configuration } = loaded;
  const openstack = usesOpenstack(loaded.scenario);
  await withSession(
    { root, stack, configuration, overrides: set, openstack, claim: "up" },
    async (session) => {
      await forgetLost(session, lost);
      // Once more, now that Docker's own networks are known: before anything is made.
      const plan = await planLoaded(loaded, session, (line) => session.screen.line(line));
      const began = Date.now();
      const inputs = hashInputs({ root, configuration, plan });
      const state = await session.repair();
      if (state && !full && isUnchanged(root, stack, inputs, state)) {
        await tell(session, { outputs: statedOutputs(state), changes: {}, began }, json);
        return;
      }
      forgetUnchanged(root, stack);
      if (!state) await session.engine.create();
      const counter = new PhaseCounter(expectedUnits(plan));
      await update(session, counter, json, limitsOver(state, plan));
      const after = await session.engine.exportState();
      if (after) noteUnchanged(root, stack, inputs, after);
      await leaveHosts(session, plan);
    },
  );
}

/** Takes leave of hosts that the scenario has no more: nothing of the stack is there by now but images. */
export async function leaveHosts(
  { root, stack, engines, screen }: Pick<Session, "root" | "stack" | "engines" | "screen">,
  plan: Pick<Plan, "hosts">,
): Promise<void> {
  const noted = notedHosts(root, stack);
  const isLeft = (name: string) => !plan.hosts?.hosts.has(name);
  // Those that the stack had made are gone: nobody answers there.
  const gone = madeHosts(noted).filter(isLeft);
  if (gone.length > 0) forgetHosts(root, stack, gone);
  const left = Object.keys(noted).filter((name) => isLeft(name) && !gone.includes(name));
  if (left.length === 0) return;
  const there = (await engines.all()).filter(({ host }) => host !== undefined && left.includes(host));
  // Where they are kept, for a command on another stack, the hosts stay noted, and `destroy` removes them.
  if (await dropImages(there, screen)) forgetHosts(root, stack, left);
}

/** How an `up` of a plan goes over what a stack has; `undefined`: it has nothing. */
export function limitsOver(
  state: StackState | undefined,
  plan: Plan,
): Pick<UpLimits, "saveAtEnd" | "clearFirst"> {
  return {
    saveAtEnd: savesAtEnd(expectedResources(plan), { allInDocker: !usesOpenstack(plan.scenario) }),
    clearFirst: state !== undefined && containersToGo(state, plan).length > 0,
  };
}

/** What an update did. */
export interface Applied {
  readonly outputs: OutputMap;
  readonly outcome: Outcome;
}

/**
 * Runs the engine's update and shows how it goes on `screen`.
 * Errors: {@link Failure}, in words, with everything that went wrong.
 */
export async function apply(
  session: Session,
  counter: PhaseCounter,
  screen: Screen,
  limits: UpLimits = {},
): Promise<Applied> {
  const outcome = new Outcome();
  const report = new ProgressReport(counter, screen);
  try {
    const outputs = await session.engine.up((event) => {
      outcome.take(event);
      report.take(event);
    }, limits);
    return { outputs, outcome };
  } catch (error) {
    throw explained(error, outcome, session, "update");
  } finally {
    screen.close();
  }
}

/**
 * Runs the engine's update, shows how it goes, and tells of its end.
 * @param limits What it may touch; absent: everything.
 */
export async function update(
  session: Session,
  counter: PhaseCounter,
  json: boolean,
  limits: UpLimits = {},
): Promise<void> {
  const { screen } = session;
  const began = Date.now();
  const { outputs, outcome } = await apply(session, counter, screen, limits);
  for (const warning of outcome.describe()) screen.line(warning);
  await tell(session, { outputs, changes: outcome.changes, began }, json);
}

interface Told {
  readonly outputs: OutputMap;
  /** How many resources were made, changed and so on. */
  readonly changes: Readonly<Record<string, number>>;
  /** Unix time at which it began, milliseconds. */
  readonly began: number;
}

/** Tells of an update's end: what has changed, and the newest run. */
async function tell(
  { root, stack, screen }: Session,
  { outputs, changes, began }: Told,
  json: boolean,
): Promise<void> {
  const unchanged = Object.keys(changes).length === 0;
  const run = latestRun(root, stack);
  if (json) {
    const document = {
      stack,
      changes,
      seconds: (Date.now() - began) / 1000,
      outputs: shownOutputs(outputs),
      ...(run ? { run: run.folder, backup: run.backup } : {}),
    };
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return;
  }
  screen.line(unchanged ? "no changes: this is the last run" : `done: ${inWords(changes)}`);
  if (run) process.stdout.write(`${await describeRun(run, process.stdout)}\n`);
}

const onward = "the same command goes on from here";

/** What comes of an interruption, in words, by what was interrupted. A command has more to it than its stack's name. */
const afterInterruption = {
  update: (stack: string) => `${onward}, \`npx buswide destroy ${stack}\` removes what is there`,
  preview: () => "nothing was changed",
  destroy: () => onward,
} as const;

/** A session's stack, and whether it was interrupted. */
export interface Interruptible {
  readonly stack: string;
  readonly interrupts: { readonly interrupted: boolean };
}

/** What went wrong, by what the engine's events said; its own words where they said nothing. */
export function explained(
  error: unknown,
  outcome: Outcome,
  { interrupts, stack }: Interruptible,
  operation: keyof typeof afterInterruption,
): unknown {
  const paragraphs = outcome.describe();
  if (interrupts.interrupted) return new Failure(`interrupted; ${afterInterruption[operation](stack)}`);
  if (paragraphs.length > 0) return new Failure(paragraphs.join("\n"));
  if (error instanceof CliError && error.result.code === null)
    return new Failure(`the engine was killed; ${onward}`);
  return error;
}

const past: Readonly<Record<string, string>> = {
  create: "made",
  update: "changed",
  replace: "replaced",
  "create-replacement": "replaced",
  delete: "removed",
};

function inWords(changes: Readonly<Record<string, number>>): string {
  return Object.entries(changes)
    .map(([op, count]) => `${count} ${past[op] ?? op}`)
    .join(", ");
}

import { Failure } from "../refusal";
import { ChangeLog, describeChanges, type ChangesDocument } from "../report/changes";
import { Outcome } from "../report/outcome";
import { planLoaded } from "../planning";
import { loadScenario } from "../scenario/read";
import { withSession, type Session } from "../session";
import { usesOpenstack } from "./target";
import { explained } from "./up";

export interface PreviewOptions {
  readonly root: string;
  readonly set: readonly string[];
  readonly json: boolean;
  /** The stack to compare with; default: the scenario's own. */
  readonly stack?: string;
}

/** Says what `up` would change, and changes nothing. */
export async function preview(argument: string, options: PreviewOptions): Promise<void> {
  const { root, set, json } = options;
  const loaded = loadScenario(argument, set, root, options.stack);
  await planLoaded(loaded);
  const { stack, configuration } = loaded;
  const openstack = usesOpenstack(loaded.scenario);
  await withSession({ root, stack, configuration, openstack }, async (session) => {
    await planLoaded(loaded, session, (line) => session.screen.line(line));
    // The engine compares with a stack: where there is none, with an empty one, made for the purpose.
    const made = (await session.engine.exportState()) === undefined;
    if (made) {
      session.screen.line(`nothing is deployed as ${stack}; --stack <name> compares with what is, as <name>`);
      await session.engine.create();
    }
    try {
      const document = await previewChanges(session);
      session.screen.close();
      const text = json ? JSON.stringify(document, undefined, 2) : describeChanges(document).join("\n");
      process.stdout.write(`${text}\n`);
    } finally {
      if (made && !session.interrupts.interrupted) await session.engine.remove();
    }
  });
}

/** What an `up` would change now. Errors: {@link Failure}, it would not be allowed, or would fail. */
export async function previewChanges(session: Session): Promise<ChangesDocument> {
  const outcome = new Outcome();
  const changes = new ChangeLog();
  session.screen.status({ text: "comparing", done: 0, total: 1 });
  try {
    await session.engine.preview((event) => {
      outcome.take(event);
      changes.take(event);
    });
  } catch (error) {
    session.screen.close();
    throw explained(error, outcome, session, "preview");
  }
  const warnings = outcome.describe();
  if (outcome.violations.some(({ mandatory }) => mandatory)) throw new Failure(warnings.join("\n"));
  for (const warning of warnings) session.screen.line(warning);
  return changes.document;
}

import type { Span } from "./spans";

/** Something that whoever asked waited for by looking: from then on it was there to be seen. */
export interface Effect {
  /** Microseconds of Unix time. */
  readonly time: number;
  /** The span that ended then. */
  readonly span: Span;
}

/**
 * What says that a server is active, or gone: Nova writes `launched_at` with the state ACTIVE (nova/compute/manager.py, 26.1.0,
 * `_update_instance_after_spawn`), and `deleted_at` when it is no more (nova/db/main/api.py, `instance_destroy`).
 */
const telling = /^UPDATE\s+`?instances`?\s+SET\b(?:(?!\bWHERE\b).)*?\b(?:launched_at|deleted_at)\s*=/is;

/**
 * When servers became active or were gone, in order: as others see what is in a database once it is committed, by the
 * first commit after the statement in the same place, or, where there is no span of one, by the statement itself.
 */
export function effectsOf(spans: readonly Span[]): Effect[] {
  const commits = spans.filter(({ name, what }) => name === "db" && what === "COMMIT");
  return spans
    .filter(({ name, what }) => name === "db" && telling.test(what))
    .map((statement): Effect => {
      const [commit] = commits
        .filter((one) => isBesideAndAfter(one, statement))
        .sort((a, b) => a.start - b.start);
      const span = commit ?? statement;
      return { time: span.end, span };
    })
    .sort((a, b) => a.time - b.time);
}

function isBesideAndAfter(one: Span, other: Span): boolean {
  return one.parent === other.parent && one.place.name === other.place.name && one.start >= other.end;
}

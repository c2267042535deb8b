import type { Trace } from "./analysis";
import { effectsOf, type Effect } from "./effects";
import { isExchange } from "./naming";
import type { Span } from "./spans";

/** Something that was waited for on a critical path. */
export interface Wait {
  readonly span: Span;
  /**
   * What of it lies on the path: the way to whoever answers, or goes on with the request, and the way back. A cast or a
   * notification that its sender waited to be rid of has neither: `confirmed` says so.
   */
  readonly there: boolean;
  readonly back: boolean;
  readonly confirmed: boolean;
  /** How long was waited for it, whatever others did for it left out, microseconds. Undefined: nobody measured it. */
  readonly waited: number | undefined;
}

/** What a request's time was: its parts add up to it. Microseconds. */
export interface CriticalPath {
  readonly waits: readonly Wait[];
  /** What services did themselves. */
  readonly work: number;
  readonly look: number;
  readonly user: number;
  readonly unknown: number;
}

/**
 * What a request waited for, from its end back to its start: at each moment, of all that was done for the same thing, what had
 * ended last before it. (As the critical paths of Zhang et al. 2022, "CRISP: Critical Path Analysis of Large-Scale Microservice
 * Architectures", USENIX ATC.) What goes on beside it, and is done sooner, costs the request nothing, and is not on it.
 *
 * Where a request comes about by a cast, the path goes from what the receiver began to do to when the cast was sent. It begins
 * where the server was active, or gone, by its database, as far as whoever asked only looked for that. What was done for something
 * in a green thread of its own is taken for waited for if it was the last to end.
 */
export function criticalPathOf({ start, end, spans }: Trace): CriticalPath {
  return new Walk(spans).from(start, end);
}

class Walk {
  private readonly byId: ReadonlyMap<string, Span>;
  private readonly children = new Map<string, Span[]>();
  private readonly roots: Span[] = [];
  private readonly effects: Effect[];
  private readonly waits = new Map<string, Wait>();
  private work = 0;
  private look = 0;
  private user = 0;
  private unknown = 0;

  constructor(spans: readonly Span[]) {
    this.byId = new Map(spans.map((span) => [span.id, span]));
    for (const span of [...spans].sort((a, b) => a.end - b.end)) {
      if (isRoot(span)) this.roots.push(span);
      else this.children.set(span.parent, [...(this.children.get(span.parent) ?? []), span]);
    }
    this.effects = effectsOf(spans);
  }

  from(start: number, end: number): CriticalPath {
    const effects = this.effects.filter(({ time }) => time > start && time <= end);
    let cursor = end;
    while (cursor > start) {
      const asked = lastBetween(this.roots, start, cursor);
      const effect = effects.findLast(({ time }) => time <= cursor);
      if (effect !== undefined && !(asked !== undefined && asked.start > effect.time)) {
        // Nothing that was asked for later came to an end: it was looked for.
        this.look += cursor - effect.time;
        effects.splice(effects.indexOf(effect));
        cursor = this.ascend(effect.span, effect.time, start);
      } else if (asked !== undefined) {
        this.user += cursor - asked.end;
        this.descend(asked);
        if (!isExchange(asked.name)) this.wait(asked, { there: true, back: true }, undefined);
        cursor = asked.start;
      } else {
        this.user += cursor - start;
        break;
      }
    }
    const { work, look, user, unknown } = this;
    return { waits: [...this.waits.values()], work, look, user, unknown };
  }

  /** Explains a span up to a moment in it, and whatever it is part of up to its start. Returns when that was asked for. */
  private ascend(leaf: Span, moment: number, start: number): number {
    this.explain(leaf, moment);
    if (isExchange(leaf.name)) this.wait(leaf, { there: true, back: true }, 0);
    for (let span = leaf; ;) {
      if (isRoot(span)) {
        if (!isExchange(span.name)) this.wait(span, { there: true }, undefined);
        return span.start;
      }
      const parent = this.byId.get(span.parent);
      if (parent === undefined) {
        this.unknown += Math.max(0, span.start - start);
        return start;
      }
      if (isSending(parent)) {
        this.wait(parent, { there: true, back: false }, Math.max(0, span.start - parent.start));
      } else {
        this.explain(parent, span.start);
        if (isExchange(parent.name)) this.wait(parent, { there: true, back: false }, 0);
      }
      span = parent;
    }
  }

  /** Explains the whole of a span that was waited for. */
  private descend(span: Span): void {
    this.explain(span, span.end);
    if (!isExchange(span.name)) return;
    if (isSending(span)) this.wait(span, { there: false, back: false, confirmed: true }, 0);
    else this.wait(span, { there: true, back: true }, 0);
  }

  /** What was done from a span's start until then: by its parts, of each moment what ended last before it, and by itself. */
  private explain(span: Span, until: number): void {
    // What is brought about by a cast is nothing that its sender waits for.
    const parts = isSending(span) ? [] : (this.children.get(span.id) ?? []);
    let cursor = until;
    for (;;) {
      const part = lastBetween(parts, span.start, cursor);
      if (part === undefined) break;
      this.own(span, cursor - part.end);
      this.descend(part);
      cursor = part.start;
    }
    this.own(span, Math.max(0, cursor - span.start));
  }

  /** Time in which none of a span's parts was waited for: of an exchange, the waiting for it. */
  private own(span: Span, time: number): void {
    if (isExchange(span.name)) this.wait(span, {}, time);
    else this.work += time;
  }

  private wait(
    span: Span,
    { there = false, back = false, confirmed = false }: Partial<Pick<Wait, "there" | "back" | "confirmed">>,
    time: number | undefined,
  ): void {
    const known = this.waits.get(span.id);
    this.waits.set(span.id, {
      span,
      there: there || (known?.there ?? false),
      back: back || (known?.back ?? false),
      confirmed: confirmed || (known?.confirmed ?? false),
      waited: time === undefined ? known?.waited : (known?.waited ?? 0) + time,
    });
  }
}

/** A cast or a notification: who sends one goes on when it is sent, and what it brings about is no part of it. */
function isSending({ name }: Span): boolean {
  return name === "cast" || name === "notification";
}

/** Whether whoever asked has it begin. Of spans without what OSProfiler told of them, all without a parent are. */
function isRoot({ parent, notifications }: Span): boolean {
  const [told] = notifications;
  return told !== undefined && parent === told.base_id;
}

/** Of spans in the order of their ends, the last that had begun and ended between two moments. */
function lastBetween(spans: readonly Span[], from: number, until: number): Span | undefined {
  return spans.findLast(({ start, end }) => start >= from && end <= until && start < until);
}

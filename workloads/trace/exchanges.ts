import type { Trace } from "./analysis";
import type { Told } from "./exchangeMap";
import { isExchange, patternOf, requestOf, whatOf } from "./naming";
import type { Addresses } from "./addresses";
import { toldOf, type Place, type Span } from "./spans";

/** Something that one service told another, or asked it, for a traced request. A fanout is one for each of its receivers. */
export interface Exchange extends Told {
  readonly span: Span;
}

/**
 * Whatever was told or asked for a request while it lasted, by the spans of those who did; and of requests whose sender
 * leaves no spans, by the spans of those who were asked.
 * @param asker Whoever asks without a span of it.
 */
export function exchangesOf({ start, end, spans }: Trace, addresses: Addresses, asker: Place): Exchange[] {
  const answers = new Map<string, Span[]>();
  for (const span of spans) answers.set(span.parent, [...(answers.get(span.parent) ?? []), span]);
  return spans
    .filter((span) => span.start >= start && span.start < end)
    .flatMap((span): Exchange[] => {
      const told = toldOf(span);
      const { name } = span;
      if (!isExchange(name)) return isAsked(span) ? [askedBy(asker, span)] : [];
      const database = name === "db" ? addresses.ofStatement(span.place, told) : undefined;
      const common = {
        ...{ pattern: patternOf(name, told), what: whatOf(name, told), span, from: span.place },
        ...(database === undefined ? {} : { database }),
      };
      const used = told.used ?? {};
      const receivers = (answers.get(span.id) ?? [])
        .filter((answer) => answer.name === (name === "http" ? "wsgi" : "rpc"))
        .sort((a, b) => a.start - b.start)
        .map(({ place }) => place);
      const [first = name === "db" ? undefined : addresses.of(told), ...others] = receivers;
      return [
        { ...common, to: first, used, copied: false },
        ...(common.pattern === "fanout" ? others.map((to) => ({ ...common, to, used, copied: true })) : []),
      ];
    });
}

/** Whether it answers a request that nobody has a span of. */
export function isAsked({ name, parent, notifications }: Span): boolean {
  return name === "wsgi" && notifications[0]?.base_id === parent;
}

function askedBy(asker: Place, span: Span): Exchange {
  const request = span.notifications[0]?.info.request;
  return {
    ...{ pattern: "rest", what: requestOf(request?.method, request?.path), span, from: asker },
    ...{ to: span.place, used: {}, copied: false },
  };
}

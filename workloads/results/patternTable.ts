import { bytes, missing } from "./figures";
import { newTable, shortened, type Paint } from "./layout";
import {
  backgroundInWords,
  checkInWords,
  findingInWords,
  movesInWords,
  number,
  unknownInWords,
  type Counted,
} from "./patternCells";
import type { Patterns } from "./patterns";
import type { BackgroundRecord, RallyRecord, Results, TraceRecord } from "./schema";

/** Rows and findings of a workload that are shown; the run's folder has all. */
const most = { rows: 8, findings: 5 };

interface Shown {
  readonly name: string;
  readonly patterns: Patterns;
}

/** The maps of what crosses links for requests, in full and a narrower one; undefined: there is nothing to show. */
export function patternTables(
  results: Pick<Results, "traces" | "rally">,
  paint: Paint,
): [string, string] | undefined {
  const shown = patternsIn(results).filter(({ patterns }) => patterns.exchanges.some(isFar));
  return shown.length === 0 ? undefined : [table(shown, true, paint), table(shown, false, paint)];
}

/** Characters of names, in full and in 80 columns. */
const longest = {
  wide: { name: 18, party: 24, pattern: 12, what: 34, over: 24 },
  narrow: { name: 9, party: 13, pattern: 7, what: 15, over: 0 },
} as const;

function table(shown: readonly Shown[], wide: boolean, paint: Paint): string {
  const {
    name: ofName,
    party,
    pattern: ofPattern,
    what: ofWhat,
    over: ofOver,
  } = longest[wide ? "wide" : "narrow"];
  const head = ["trace", "from", "to", "pattern", "what", ...(wide ? ["over"] : []), "a re-\nquest"];
  const made = newTable(
    [...head, ...(wide ? ["B\nsent", "B\nreceived"] : []), "round\ntrips"],
    wide ? 6 : 5,
    paint,
  );
  for (const { name, patterns } of shown)
    patterns.exchanges
      .filter(isFar)
      .slice(0, most.rows)
      .forEach((row, index) => {
        made.push([
          index === 0 ? shortened(name, ofName) : "",
          shortened(row.from, party),
          shortened(row.to ?? missing, party),
          shortened(row.pattern, ofPattern),
          shortened(row.what, ofWhat),
          ...(wide ? [shortened((row.over ?? []).join(", "), ofOver)] : []),
          number(row.count),
          ...(wide ? [bytes(row.sentBytes), bytes(row.receivedBytes)] : []),
          number(row.roundTrips),
        ]);
      });
  return made.toString();
}

/** What the maps say: what is waited for over links, which anti-patterns there are, what would be otherwise. */
export function patternSentences(results: Pick<Results, "traces" | "rally">): string[] {
  return [
    ...patternsIn(results).flatMap(({ name, patterns }) =>
      [
        checkInWords(patterns),
        ...patterns.findings.slice(0, most.findings).map(findingInWords),
        ...moreOf(patterns.findings.length, "anti-patterns"),
        ...[movesInWords(patterns) ?? []].flat(),
        ...unknownInWords(patterns),
      ].map((sentence) => `${name}: ${sentence}`),
    ),
    ...(results.traces ?? []).flatMap(({ name, background }) =>
      background === undefined
        ? []
        : [
            backgroundInWords(background, countedOf(background)),
            ...background.findings.slice(0, most.findings).map(findingInWords),
            ...moreOf(background.findings.length, "of these"),
          ].map((sentence) => `${name}: ${sentence}`),
    ),
  ];
}

function moreOf(count: number, what: string): string[] {
  return count > most.findings ? [`${count - most.findings} more ${what} are in results.json.`] : [];
}

/** What was counted by others than services while these were watched; of several brokers all together. */
export function countedOf({ seconds, brokers, wan, regions }: BackgroundRecord): Counted {
  const published = brokers.map(({ publishedTotal }) => publishedTotal);
  const all = published.filter((count) => count !== undefined);
  return {
    ...(all.length === 0 || all.length < published.length
      ? {}
      : { publishedPerSecond: all.reduce((sum, count) => sum + count, 0) / seconds }),
    ...(wan === undefined ? {} : { linkBytesPerSecond: wan.bytes / wan.seconds }),
    ...(regions === undefined ? {} : { regions }),
  };
}

/** The maps of a run, by workload, and of Rally's by scenario where there are several. */
export function patternsIn({ traces = [], rally = [] }: Pick<Results, "traces" | "rally">): Shown[] {
  return [
    ...traces.flatMap(({ name, patterns }: TraceRecord) =>
      patterns === undefined ? [] : [{ name, patterns }],
    ),
    ...rally.flatMap(({ name, patterns = [] }: RallyRecord) =>
      patterns.map((one) => ({
        name: patterns.length === 1 ? name : `${name}, ${one.scenario ?? ""}`,
        patterns: one,
      })),
    ),
  ];
}

function isFar({ over }: Patterns["exchanges"][number]): boolean {
  return over !== undefined && over.length > 0;
}

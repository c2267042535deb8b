import { bits, milliseconds, percent } from "./figures";
import { both, newTable, shortened, type Paint } from "./layout";
import type { PathsRecord } from "./schema";
import { pathMissMs, shownPaths, spreadOf, type ExpectedPath } from "./selection";

/** Characters of the sites on the way that are shown. */
const longestWay = 28;

/** The table of paths with the sites on the way, and a narrower one. */
export function pathTables(paths: readonly ExpectedPath[], paint: Paint): [string, string] {
  return [pathTable(paths, true, paint), pathTable(paths, false, paint)];
}

function pathTable(paths: readonly ExpectedPath[], wide: boolean, paint: Paint): string {
  const measured = "\n\nmeasured";
  const head = [
    "path",
    ...(wide ? ["over"] : []),
    "RTT\nms\nexpected",
    measured,
    "loss\n%\nexpected",
    measured,
  ];
  const table = newTable([...head, "rate\nbit/s\nexpected", measured], wide ? 2 : 1, paint);
  for (const { between, predicted, expected, measured: seen, deviations } of shownPaths(paths)) {
    const { there, back } = predicted;
    const deviates = (what: string, text: string): string =>
      deviations.some((deviation) => deviation.what.startsWith(what))
        ? paint(["bold", "red"], `${text} !`)
        : text;
    const jitterMs = there.jitterMs + back.jitterMs;
    table.push([
      nameOf(between, wide),
      ...(wide ? [both(wayOf(there.sites), wayOf([...back.sites].reverse()))] : []),
      milliseconds(expected.rttMs) + (jitterMs > 0 ? ` ±${milliseconds(jitterMs)}` : ""),
      deviates("rtt", milliseconds(seen.rttMs.median)),
      both(percent(expected.there.lossPercent), percent(expected.back.lossPercent)),
      deviates("loss", both(percent(seen.there.lossPercent), percent(seen.back.lossPercent))),
      both(bits(expected.there.rateBitsPerSecond), bits(expected.back.rateBitsPerSecond)),
      deviates("rate", both(bits(seen.there.rateBitsPerSecond), bits(seen.back.rateBitsPerSecond))),
    ]);
  }
  return table.toString();
}

/** Both ends; one above the other where there is little room and they are long. */
function nameOf(between: readonly string[], wide: boolean): string {
  const [from = "", to = ""] = between.map((name) => (wide ? shortened(name) : shortened(name, 14)));
  return from.length + to.length <= (wide ? 30 : 16) ? `${from} ↔ ${to}` : `${from} ↔\n${to}`;
}

/** The sites between the ends. */
function wayOf(sites: readonly string[]): string {
  return shortened(sites.slice(1, -1).join(", "), longestWay) || "–";
}

/** How many paths there are, how many of them were measured, which are shown, and how far they are off. */
export function pathsSentence(
  { pairs, seed }: Pick<PathsRecord, "pairs" | "seed">,
  measured: readonly ExpectedPath[],
): string {
  const all = `${pairs} pairs of sites that talk over several links`;
  if (measured.length === 0) return `Paths: none of the ${all} was measured.`;
  const shown = shownPaths(measured).length;
  const sample =
    measured.length === pairs ? `all ${all}` : `${measured.length} of the ${all}, drawn by seed ${seed}`;
  const table = shown === measured.length ? "" : `; shown are the ${shown} farthest from what was expected`;
  return `Paths: measured end to end are ${sample}${table}; ${spreadOf(measured.map(pathMissMs))}.`;
}

import { bits, milliseconds, missing, percent } from "./figures";
import { both, newTable, shortened, type Paint } from "./layout";
import type { ShakerRecord } from "./schema";
import type { ShakerDifference, ShakerDirection, ShakerPair } from "./shaker";

/** The tables of what Shaker measured, in full and a narrower one; undefined: nothing was. */
export function shakerTables(
  records: readonly ShakerRecord[] | undefined,
  paint: Paint,
): [string, string] | undefined {
  if (records === undefined || records.every(({ pairs }) => pairs.length === 0)) return undefined;
  return [shakerTable(records, true, paint), shakerTable(records, false, paint)];
}

function shakerTable(records: readonly ShakerRecord[], wide: boolean, paint: Paint): string {
  const measured = "\n\nmeasured";
  const head = [
    "Shaker",
    "between",
    "RTT\nms\nasked",
    measured,
    "rate\nbit/s\nasked",
    "TCP\non line\nbit/s",
    ...(wide ? ["TCP\npayload\nbit/s", "UDP\npayload\nbit/s"] : []),
    "UDP loss\n%\nasked",
    measured,
    ...(wide ? ["\njitter\nms"] : []),
  ];
  const table = newTable(head, 2, paint);
  for (const { name, pairs } of records)
    for (const pair of pairs) {
      const { asked, there, back } = pair;
      const jitter = asked.there.jitterMs + asked.back.jitterMs;
      const differs = (what: RegExp, text: string): string =>
        pair.differences.some((difference) => what.test(difference.what))
          ? paint(["bold", "yellow"], `${text} *`)
          : text;
      const ways = (figure: (direction: ShakerDirection) => string): string =>
        both(figure(there), figure(back));
      table.push([
        shortened(name),
        nameOf(pair, wide),
        milliseconds(asked.there.delayMs + asked.back.delayMs) +
          (jitter > 0 ? ` ±${milliseconds(jitter)}` : ""),
        differs(/^rtt/, milliseconds(pair.rttMs?.median)),
        both(bits(asked.there.rateBitsPerSecond), bits(asked.back.rateBitsPerSecond)),
        differs(
          /^tcp/,
          ways(({ tcp }) => bits(tcp?.lineBitsPerSecond)),
        ),
        ...(wide
          ? [
              ways(({ tcp }) => bits(tcp?.bitsPerSecond)),
              differs(
                /^udp (there|back)/,
                ways(({ udp }) => bits(udp?.bitsPerSecond)),
              ),
            ]
          : []),
        both(percent(asked.there.lossPercent), percent(asked.back.lossPercent)),
        differs(
          /^udp loss/,
          ways(({ udp }) => percent(udp?.lossPercent)),
        ),
        ...(wide ? [ways(({ udp }) => milliseconds(udp?.jitterMs))] : []),
      ]);
    }
  return table.toString();
}

function nameOf({ between: [from, to] }: ShakerPair, wide: boolean): string {
  const [a, b] = [from, to].map((name) => (wide ? shortened(name) : shortened(name, 12)));
  return wide ? `${a} → ${b}` : `${a} →\n${b}`;
}

/** What came out otherwise than asked, a sentence each. */
export function shakerSentences(records: readonly ShakerRecord[] | undefined): string[] {
  return (records ?? []).flatMap(({ pairs }) =>
    pairs.flatMap(({ between, differences, failures }) => [
      ...failures.map((failure) => `${between.join(" to ")}: no figure of ${failure}.`),
      ...differences.map((difference) => inWords(between, difference)),
    ]),
  );
}

function inWords(between: readonly string[], { what, asked, measured, unit, why }: ShakerDifference): string {
  const shown = (value: number): string => {
    if (unit === "ms") return `${milliseconds(value)} ms`;
    return unit === "%" ? `${percent(value)} %` : `${bits(value) || missing}bit/s`;
  };
  return `* ${between.join(" to ")}, ${what}: asked for ${shown(asked)}, got ${shown(measured)}: ${why}.`;
}

import type { Carried } from "../results/patterns";
import type { Crossing } from "./network";

/** What messages put on the directions of links. */
export class LinkTraffic {
  private readonly carried = new Map<
    string,
    { link: string; from: string; to: string; messages: number; bytes: number }
  >();

  add(crossings: readonly Crossing[], messages: number, bytes: number | undefined): void {
    for (const { link, from, to } of crossings) {
      const key = `${link} ${from}`;
      const known = this.carried.get(key) ?? { link, from, to, messages: 0, bytes: 0 };
      known.messages += messages;
      known.bytes += bytes ?? 0;
      this.carried.set(key, known);
    }
  }

  /** Of so many requests, or seconds, each. */
  per(count: number): Carried[] {
    return [...this.carried.values()]
      .map((one) => ({
        ...one,
        messages: rounded(one.messages / count),
        bytes: rounded(one.bytes / count),
      }))
      .sort((a, b) => a.link.localeCompare(b.link) || a.from.localeCompare(b.from));
  }
}

/** To a thousandth: what is a mean of few whole numbers stays readable. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

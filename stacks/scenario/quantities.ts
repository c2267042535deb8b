import { z } from "zod";
import { show } from "./show";

interface Limits {
  /** The least that is taken, as it would be written. */
  readonly least?: string;
  /** The most that is taken, as it would be written. */
  readonly most?: string;
  /** Whether zero is taken; default no. */
  readonly zero?: boolean;
}

/** Numbers are kept to this many decimals of their unit, so that 0.1 of one is 100 of the next exactly. */
const precision = 1e6;

/**
 * Quantities of a scenario. Each carries its unit in the text and is parsed once, here, into a number whose
 * unit stands in the name of the field that holds it.
 * @param units Factor of each unit to the unit of the parsed number.
 */
function quantity(units: Readonly<Record<string, number>>, example: string, limits: Limits) {
  const alternatives = Object.keys(units).join("|").replaceAll("/", "\\/");
  const expression = new RegExp(`^(\\d+(?:\\.\\d+)?) ?(${alternatives})$`);
  const parse = (text: string): number | undefined => {
    const match = expression.exec(text);
    const factor = units[match?.[2] ?? ""];
    return match && factor !== undefined
      ? Math.round(Number(match[1]) * factor * precision) / precision
      : undefined;
  };
  const limit = (text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : (parse(text) ?? otherwise);
  const least = limit(limits.least, 0);
  const most = limit(limits.most, Infinity);
  return z
    .string({ error: `expected text with a unit, such as "${example}"` })
    .regex(expression, {
      error: ({ input }) => `${show(input)} ${whatIsWrong(String(input), units)}, such as "${example}"`,
    })
    .transform((text, context): number => {
      const refuse = (message: string) => {
        context.addIssue({ code: "custom", message: `${show(text)} ${message}`, input: text });
        return z.NEVER;
      };
      const value = parse(text) ?? NaN;
      if (value === 0 && limits.zero) return value;
      if (!(value > 0)) return refuse(`is nothing: use more than zero, such as "${example}"`);
      if (value < least) return refuse(`is too little: use at least ${limits.least}`);
      if (value > most) return refuse(`is too much: use at most ${limits.most}`);
      return value;
    });
}

function whatIsWrong(text: string, units: Readonly<Record<string, number>>): string {
  const names = Object.keys(units);
  const oneOf = names.length > 1 ? `one of the units ${names.join(", ")}` : `the unit ${names.join("")}`;
  if (/^\s*-/.test(text)) return "is negative: use zero or more";
  if (/^\d+(\.\d+)?$/.test(text)) return `has no unit: add ${oneOf}`;
  return `is not a number with ${oneOf}`;
}

const milliseconds = { ms: 1, us: 1e-3, s: 1e3 };
const wholeSeconds = { s: 1, ms: 1e-3, min: 60, h: 3600 };
const sizes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A delay of a link, parsed to milliseconds; at most 10 s. */
export const delay = quantity(milliseconds, "25ms", { zero: true, most: "10s" });

/** A distance on the ground, parsed to kilometres. */
export const distance = quantity({ km: 1, m: 1e-3 }, "500km", { most: "20100km" });

/** The speed of a signal, parsed to kilometres per second; at most that of light. */
export const speed = quantity({ "km/s": 1 }, "200000km/s", { least: "1km/s", most: "299792.458km/s" });

/** A length of time, parsed to seconds; at most a day. */
export const seconds = quantity(wholeSeconds, "20s", { most: "24h" });

/** A length of time that may be zero, parsed to seconds; at most a day. */
export const secondsOrZero = quantity(wholeSeconds, "2s", { zero: true, most: "24h" });

/** How long somebody may be silent until he is taken for away, parsed to seconds; from a second to five minutes. */
export const silence = quantity(wholeSeconds, "10s", { least: "1s", most: "5min" });

/** How often something is asked for its figures, parsed to seconds; from a second to ten minutes. */
export const interval = quantity(wholeSeconds, "5s", { least: "1s", most: "10min" });

/** How long figures are kept, parsed to seconds; from ten minutes to a year. */
export const retention = quantity({ min: 60, h: 3600, d: 86_400 }, "24h", { least: "10min", most: "365d" });

/** A share, parsed to percent; 0 to 100. */
export const percent = quantity({ "%": 1 }, "0.1%", { zero: true, most: "100%" });

/** A rate of data, parsed to bits per second (decimal prefixes, as networks use them); a packet takes its time at 1kbit. */
export const bitRate = quantity({ bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 }, "100mbit", {
  least: "1kbit",
  most: "1000gbit",
});

/** A rate of operations, parsed to operations per second. */
export const frequency = quantity({ "/s": 1, "/min": 1 / 60 }, "50/s", { most: "1000000/s" });

/** The length of a message, parsed to bytes (binary prefixes); brokers refuse more than 128 MiB. */
export const messageLength = quantity(sizes, "1KiB", { zero: true, most: "128MiB" });

/** A length of a queue in bytes (binary prefixes); at most 1 GiB. */
export const queueBytes = quantity(sizes, "64KiB", { least: "1B", most: "1GiB" });

/** A length of a queue in time, parsed to milliseconds; at most 10 s. */
export const queueTime = quantity(milliseconds, "20ms", { most: "10s" });

/**
 * A memory limit of what can't do with less than `least`, parsed to bytes (binary prefixes): it would be killed as it
 * starts, and what is said then is that it is not healthy.
 */
export const memoryFrom = (least: string) => quantity(sizes, "512MiB", { least, most: "1024GiB" });

/** A memory limit, parsed to bytes (binary prefixes). Engines count in whole MiB, and take zero for no limit at all. */
export const memory = memoryFrom("32MiB");

/** Memory that a service is left beyond what it uses, parsed to bytes (binary prefixes). */
export const spareMemory = quantity(sizes, "16MiB", { least: "1MiB", most: "1024GiB" });

/** A share of one core, parsed to percent; schedulers give out no less than 1 %. */
export const coreShare = quantity({ "%": 1 }, "5%", { least: "1%", most: "100%" });

import { parseQuantity } from "../columns";
import type { SearchDefinition } from "./schema";

/** The values between the ends of a search, as numbers of the unit in which the ends are written. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  /** Whether `a` and `b` are as near to each other as was asked for. */
  near(a: number, b: number): boolean;
  /** A value between two, fit to be written; one of the two if there is none. */
  between(a: number, b: number): number;
  /** A value as the scenario writes it. */
  write(value: number): string | number;
}

/** The ends of a search, or how near it is to come to the limit, make no sense. */
export class ScaleError extends Error {
  constructor(
    readonly setting: "from" | "to" | "within",
    message: string,
  ) {
    super(message);
    this.name = "ScaleError";
  }
}

/** Digits of values that a search tries. */
const digits = 3;

/** Reads the ends of a search. Errors: {@link ScaleError}. */
export function scaleOf({ from, to, within }: Pick<SearchDefinition, "from" | "to" | "within">): Scale {
  const low = read("from", from);
  const high = read("to", to);
  if (low.unit !== high.unit)
    throw new ScaleError("to", `${show(to)} has another unit than from: ${show(from)}: write both in one`);
  if (low.number === high.number)
    throw new ScaleError("to", `${show(to)} is where the search begins already`);
  const tolerance = read("within", within);
  if (!(tolerance.number > 0))
    throw new ScaleError("within", `${show(within)} is nothing: use more than zero`);
  // Of a percentage, `%` is the value's own unit as well as a share: a share is what was promised.
  const share = tolerance.unit === "%";
  if (!share && tolerance.unit !== low.unit)
    throw new ScaleError(
      "within",
      `${show(within)} is neither a share nor in the unit of from: ${show(from)}: use 10%, or that unit`,
    );
  const whole = low.unit === "" && Number.isInteger(low.number) && Number.isInteger(high.number);
  // By shares, equal steps are equal factors.
  const geometric = share && low.number > 0 && high.number > 0;
  return {
    from: low.number,
    to: high.number,
    near: (a, b) =>
      Math.abs(a - b) <=
      (share ? (tolerance.number / 100) * Math.max(Math.abs(a), Math.abs(b)) : tolerance.number),
    between: (a, b) => {
      const middle = geometric ? Math.sqrt(a * b) : (a + b) / 2;
      const neat = whole ? Math.round(middle) : Number(middle.toPrecision(digits));
      return neat > Math.min(a, b) && neat < Math.max(a, b) ? neat : whole ? a : middle;
    },
    write: (value) => (low.unit === "" ? value : `${value}${low.unit}`),
  };
}

function read(
  setting: "from" | "to" | "within",
  value: string | number,
): { readonly number: number; readonly unit: string } {
  if (typeof value === "number") return { number: value, unit: "" };
  const parsed = parseQuantity(value);
  if (parsed === undefined)
    throw new ScaleError(setting, `${show(value)} is not a number with a unit, such as 50/s, 10ms or 0.1%`);
  return parsed;
}

function show(value: string | number): string {
  return JSON.stringify(value);
}

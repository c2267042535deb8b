/** Stands where there is no figure. */
export const missing = "–";

/** To so many decimal places: of seconds, three are milliseconds. */
export function rounded(value: number, places = 3): number {
  return Math.round(value * 10 ** places) / 10 ** places;
}

/** Milliseconds with the digits that mean something: 0.234, 7.6, 50.4, 1234. */
export function milliseconds(value: number | undefined): string {
  return value === undefined ? missing : significant(value);
}

/** Percent without its sign. */
export function percent(value: number | undefined): string {
  return value === undefined ? missing : String(Number(value.toPrecision(2)));
}

/** A rate of operations. */
export function perSecond(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toFixed(1)));
}

/** An amount of data, in powers of 1000 as rates are: 812, 12.4k, 1.4G. */
export function bytes(value: number | undefined): string {
  return scaled(value);
}

/** A rate of data: 800k, 100M, 1.4G; absent where there is no limit or nothing was measured. */
export function bits(value: number | undefined): string {
  return scaled(value);
}

function scaled(value: number | undefined): string {
  if (value === undefined) return missing;
  const units: [number, string][] = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ];
  const [size, unit] = units.find(([least]) => value >= least * 0.9995) ?? [1, ""];
  return `${Number((value / size).toPrecision(3))}${unit}`;
}

function significant(value: number): string {
  if (value >= 100) return String(Math.round(value));
  if (value >= 1) return value.toFixed(1).replace(/\.0$/, "");
  return String(Number(value.toFixed(2)));
}

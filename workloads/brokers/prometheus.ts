import parsePrometheusTextFormat, { type Metric } from "parse-prometheus-text-format";

/** Metrics by name, of those asked for: a server sends a thousand lines where a dozen are of interest. */
export function familiesOf(text: string, wanted: ReadonlySet<string>): ReadonlyMap<string, Metric[]> {
  const lines = text.split(/\r?\n/).filter((line) => {
    const name = line.startsWith("# TYPE ") ? line.split(" ", 3)[2] : /^[a-z0-9_:]+/i.exec(line)?.[0];
    return name !== undefined && wanted.has(name);
  });
  // The parser's last family is dropped without an ended last line.
  const parsed = parsePrometheusTextFormat(`${lines.join("\n")}\n`);
  return new Map(parsed.map(({ name, metrics }) => [name, metrics]));
}

/** The sum of a family over its labels; undefined if there is none of that name. */
export function sumOf(families: ReadonlyMap<string, Metric[]>, name: string): number | undefined {
  const metrics = families.get(name) ?? [];
  return metrics.length === 0 ? undefined : metrics.reduce((total, { value }) => total + Number(value), 0);
}

/** As {@link sumOf}. Errors: `where` tells of no such family, or of no number. */
export function mustSum(families: ReadonlyMap<string, Metric[]>, name: string, where: string): number {
  const value = sumOf(families, name);
  if (value === undefined || Number.isNaN(value)) throw new Error(`${where} has no ${name}`);
  return value;
}

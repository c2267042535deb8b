import type { Value } from "../columns";

/** A point for people: `bus.kind rabbitmq, links[0].delay_ms 10`. */
export function describeValues(point: Readonly<Record<string, Value>>): string {
  return Object.entries(point)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${show(value)}`)
    .join(", ");
}

/** A value for people. */
export function show(value: Value): string {
  return value === undefined ? "not given" : String(value);
}

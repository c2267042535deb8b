import type { Settings } from "../bus/bus";

/** Settings as oslo.config reads them; a list is an option that is given several times. */
export function renderSettings(settings: Settings): string {
  return Object.entries(settings)
    .map(([group, options]) =>
      [
        `[${group}]`,
        ...Object.entries(options).flatMap(([name, value]) =>
          Array.isArray(value)
            ? value.map((one: string) => `${name} = ${one}`)
            : [`${name} = ${String(value as string | number | boolean)}`],
        ),
        "",
      ].join("\n"),
    )
    .join("\n");
}

/** Settings with those of others put over them, option by option. */
export function mergeSettings(...all: readonly Settings[]): Settings {
  const merged: Record<string, Record<string, Settings[string][string]>> = {};
  for (const settings of all)
    for (const [group, options] of Object.entries(settings)) merged[group] = { ...merged[group], ...options };
  return merged;
}

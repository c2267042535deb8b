import type { OutputMap } from "@pulumi/pulumi/automation";

/** A stack's outputs as plain values. Secrets are named, never shown. */
export function shownOutputs(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { value, secret }]) => [
      name,
      secret ? "[secret]" : (value as unknown),
    ]),
  );
}

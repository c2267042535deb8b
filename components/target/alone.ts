import type { TargetDefinition } from "./schema";

/** Whether a target's hosts are to be made, and nothing on them. */
export function hostsAlone(definition: TargetDefinition): boolean {
  return definition.kind === "openstack" && definition.deploy === "hosts";
}

import { coresOf } from "../../workloads/results/machineLoad";
import type { Machine, Provenance } from "../../workloads/results/schema";
import type { Row } from "./rows";

/** What a run was measured on and with, by column. */
export function environmentOf({
  host,
  hosts = {},
  versions,
  images,
  ...provenance
}: Omit<Provenance, "startedAt" | "finishedAt" | "serviceHosts" | "clockShared" | "clocks">): Row {
  return {
    scenario_sha256: provenance.scenarioSha256,
    seed: provenance.seed,
    commit: provenance.commit,
    dirty: provenance.dirty,
    kernel: host.kernel,
    cpu: host.cpu,
    cores: host.cores,
    memory_bytes: host.memoryBytes,
    os: host.os,
    machine: host.id,
    held_awake: host.heldAwake,
    target: provenance.target,
    ...ofHosts(Object.values(hosts)),
    ...Object.fromEntries(
      Object.entries(versions).map(([name, version]) => [`version_${columnName(name)}`, version]),
    ),
    ...imagesOf(images),
  };
}

/** The hosts that the sites were on, together; nothing where all was on one machine. */
function ofHosts(hosts: readonly Machine[]): Row {
  if (hosts.length === 0) return {};
  const ids = hosts.flatMap(({ id }) => id ?? []);
  return {
    hosts: hostsInWords(hosts),
    hosts_count: hosts.length,
    hosts_cores: coresOf(hosts),
    hosts_memory_bytes: hosts.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    hosts_kernel: [...new Set(hosts.map(({ kernel }) => kernel))].sort().join(", "),
    hosts_os: [...new Set(hosts.map(({ os }) => os))].sort().join(", "),
    // Of some that are known nobody could say whether the others are the same.
    hosts_machines: ids.length < hosts.length ? undefined : ids.toSorted().join(", "),
  };
}

/** `2 × Some CPU, 4 cores; 1 × Another CPU, 8 cores`. */
export function hostsInWords(hosts: readonly Pick<Machine, "cpu" | "cores">[]): string {
  const all = hosts.map(({ cpu, cores }) => `${cpu}, ${cores} cores`);
  return [...new Set(all)]
    .sort()
    .map((value) => `${all.filter((other) => other === value).length} × ${value}`)
    .join("; ");
}

/** Images by the name that services have at any site; where sites have several, all of them. */
function imagesOf(images: Readonly<Record<string, string>>): Row {
  const all = Object.entries(images).map(
    ([service, digest]) =>
      [
        columnName(service.slice(service.lastIndexOf("/") + 1).replace(/-\d+$/, "")),
        digest.replace("sha256:", "").slice(0, 12),
      ] as const,
  );
  const names = [...new Set(all.map(([name]) => name))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const digests = all.flatMap(([other, digest]) => (other === name ? [digest] : []));
      return [`image_${name}`, [...new Set(digests)].sort().join(", ")];
    }),
  );
}

function columnName(name: string): string {
  return name.replace(/\W+/g, "_");
}

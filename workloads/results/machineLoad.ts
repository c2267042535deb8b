import type { Provenance, ServiceUsage } from "./schema";

/** What services used of a machine together. */
export interface MachineLoad {
  /**
   * `machine`: the one that everything was on. `host`: one of the hosts. `hosts`: all of them together, as results of before
   * that was noted do not say which host a service was on.
   */
  readonly of: "machine" | "host" | "hosts";
  /** The host's name, of one host. */
  readonly host?: string;
  /** Of all its cores, percent. */
  readonly percent: number;
}

type Machines = Pick<Provenance, "host" | "hosts" | "serviceHosts">;

/**
 * The machine of whose cores services used the largest share. The machine that measures is not among hosts: its cores are nobody's who is
 * measured, but for services that no host is named for.
 * @returns Undefined: it is not known how many cores there were.
 */
export function busiestMachine(
  services: readonly Pick<ServiceUsage, "service" | "cpuPercentMean">[],
  { host, hosts = {}, serviceHosts }: Machines,
): MachineLoad | undefined {
  const used = (own: typeof services) => own.reduce((sum, { cpuPercentMean }) => sum + cpuPercentMean, 0);
  const all = Object.entries(hosts);
  const [first] = all;
  if (!first) return loadOf({ of: "machine" }, used(services), host.cores);
  if (all.length === 1 && !serviceHosts)
    return loadOf({ of: "host", host: first[0] }, used(services), first[1].cores);
  if (!serviceHosts) return loadOf({ of: "hosts" }, used(services), coresOf(all.map(([, one]) => one)));
  const at = (name: string | undefined) =>
    used(services.filter(({ service }) => serviceHosts[service] === name));
  const loads = [
    ...all.map(([name, { cores }]) => loadOf({ of: "host", host: name }, at(name), cores)),
    loadOf({ of: "machine" }, at(undefined), host.cores),
  ].filter((load) => load !== undefined);
  return loads.reduce<MachineLoad | undefined>(
    (most, load) => (most && most.percent >= load.percent ? most : load),
    undefined,
  );
}

/** The cores of some machines together; undefined where one could not be asked. */
export function coresOf(machines: readonly { readonly cores: number }[]): number | undefined {
  return machines.some(({ cores }) => cores === 0)
    ? undefined
    : machines.reduce((sum, { cores }) => sum + cores, 0);
}

/** Whether it is left open which of several hosts a service was on. */
export function areHostsTakenTogether({ hosts = {}, serviceHosts }: Machines): boolean {
  return Object.keys(hosts).length > 1 && serviceHosts === undefined;
}

/** A machine that could not be asked has no cores in results. */
function loadOf(
  which: Omit<MachineLoad, "percent">,
  used: number,
  cores: number | undefined,
): MachineLoad | undefined {
  return cores ? { ...which, percent: used / cores } : undefined;
}

import { arch } from "os";
import type { ScenarioIssue } from "../../../stacks/scenario/parse";
import { describeDestination } from "../../../workloads/hosts/destination";
import type { HostError } from "../../../workloads/hosts/run";
import type { Plan } from "../../plan/plan";
import { siteOfNetwork, stackLabel } from "../names";
import type { AskedHost, FoundEngine, HostFacts, PeerFacts } from "./facts";
import { tunnelOverhead } from "./tunnel";

/** What is wrong with hosts, and what is to be known of them. */
export interface HostFindings {
  /** What keeps a scenario from being deployed there. */
  readonly issues: readonly ScenarioIssue[];
  /** What figures may suffer from, in words. */
  readonly warnings: readonly string[];
}

const gibibyte = 2 ** 30;
/** Less than this does not hold the images of a small stack. */
const leastFreeBytes = 2 * gibibyte;
const enoughFreeBytes = 10 * gibibyte;
/** Of a host's processors, more than this share busy with something else is worth a word. */
const busyShare = 0.5;
const mostAheadSeconds = 5;
/** What the program and the runner use of an engine. */
const leastEngine = [20, 10] as const;
/** From here on the kernel leaves an absent checksum alone where it translates addresses (commit ea64d8d6c675). */
const soundKernel = [5, 7] as const;

/** Node's names of processors by uname(1)'s. */
const machines: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/**
 * What is wrong with hosts by what they say of themselves.
 * @param found By host, what it said, or why it did not.
 */
export function hostIssues(
  hosts: readonly AskedHost[],
  found: ReadonlyMap<string, HostFacts | HostError>,
  asked: { readonly stack: string; readonly emulator: "auto" | "netem" | "nfqueue" },
): HostFindings {
  const [issues, warnings]: [ScenarioIssue[], string[]] = [[], []];
  const engines = new Map<string, string>();
  for (const host of hosts) {
    const facts = found.get(host.name);
    const refuse = (message: string, path = `target.hosts.${host.name}`) => issues.push({ path, message });
    const warn = (message: string) => warnings.push(`${host.name}: ${message}`);
    if (facts === undefined || facts instanceof Error) {
      refuse(
        `${facts?.message ?? "it was not asked"}: see what \`ssh ${describeDestination(host.ssh)}\` says`,
      );
      continue;
    }
    const lacking = engineLacks(facts.docker, facts);
    if (lacking !== undefined) refuse(lacking);
    if (facts.docker.state === "runs") {
      // Hosts that were copied from one image have engines of one id.
      const engine = `${facts.docker.id} ${facts.running}`;
      const other = engines.get(engine);
      if (other !== undefined)
        refuse(`it has the same Docker Engine as ${other}: they are one host, which is named once`);
      engines.set(engine, host.name);
      checkEngine(facts.docker, asked.stack, { refuse, warn });
    }
    checkKernel(facts, asked.emulator, { refuse, warn });
    checkUse(facts, warn);
  }
  return { issues, warnings };
}

interface Told {
  readonly refuse: (message: string, path?: string) => void;
  readonly warn: (message: string) => void;
}

/** Why an engine can't be used, with what to do about it; undefined: it can. */
function engineLacks(docker: FoundEngine, { family, user }: HostFacts): string | undefined {
  if (docker.state === "missing") return `it has no Docker Engine: ${howToInstall(family)}`;
  if (docker.state === "refused")
    return /permission denied/i.test(docker.why)
      ? `its user ${user} may not use Docker: as root there, \`usermod -aG docker ${user}\`, or use another user`
      : `its Docker Engine does not answer: ${docker.why}`;
  const [major = Infinity, minor = 0] = docker.version.split(".").map(Number);
  return major < leastEngine[0] || (major === leastEngine[0] && minor < leastEngine[1])
    ? `its Docker Engine is ${docker.version}: 20.10 or later is needed`
    : undefined;
}

/** Nothing is installed on a host: it is left as it was found. */
function howToInstall(family: string): string {
  if (/\b(debian|ubuntu)\b/.test(family)) return "install it there, as root: `apt-get install docker.io`";
  if (/\b(fedora|rhel|centos)\b/.test(family))
    return "install it there (https://docs.docker.com/engine/install/), as root: `dnf install docker-ce`";
  return "install it there (https://docs.docker.com/engine/install/)";
}

function checkEngine(
  { freeBytes, containers }: Extract<FoundEngine, { state: "runs" }>,
  stack: string,
  { refuse, warn }: Told,
): void {
  const free = (freeBytes / gibibyte).toFixed(1);
  if (freeBytes < leastFreeBytes)
    refuse(
      `its Docker Engine has ${free} GiB of disk left: make room for at least ${leastFreeBytes / gibibyte} GiB of images`,
    );
  else if (freeBytes < enoughFreeBytes) warn(`its Docker Engine has ${free} GiB of disk left`);
  const others = containers.filter((container) => container.stack !== stack).map(({ name }) => name);
  if (others.length > 0)
    warn(
      `${others.length} containers of others run there (${others.slice(0, 3).join(", ")}${others.length > 3 ? ", …" : ""}): figures hold what they take`,
    );
}

function checkKernel(facts: HostFacts, emulator: string, { refuse, warn }: Told): void {
  const expected = machines[arch()] ?? arch();
  if (facts.machine !== expected)
    refuse(
      `its processors are ${facts.machine}, and images are made here, for ${expected}: deploy from a machine like it`,
    );
  if (emulator === "netem" && facts.netem === "no")
    refuse(
      "its kernel has no netem (module sch_netem): load or install it (`linux-modules-extra` on Ubuntu), or use emulator: auto",
    );
  if (facts.nfqueue === "no" && (emulator === "nfqueue" || facts.netem === "no"))
    refuse("its kernel has no user-space queues (module nfnetlink_queue), by which links are emulated");
  if (facts.vxlan === "no")
    refuse("its kernel has no VXLAN (module vxlan), of which the links between hosts are made");
  const [major = 0, minor = 0] = facts.kernel.split(".").map(Number);
  const sound = major > soundKernel[0] || (major === soundKernel[0] && minor >= soundKernel[1]);
  if (!sound)
    warn(
      `its kernel ${facts.kernel} may drop what comes by a link from another host, unless its distribution has mended that (5.7 has it mended)`,
    );
  if (facts.synchronised === "no")
    warn("no time server keeps its clock: one-way latencies are given only if it is found to be right");
  if (Math.abs(facts.aheadSeconds) > mostAheadSeconds)
    warn(
      `its clock is ${Math.abs(facts.aheadSeconds)} s ${facts.aheadSeconds > 0 ? "ahead of" : "behind"} this machine's: set it`,
    );
}

function checkUse({ load, cores, logins, user }: HostFacts, warn: Told["warn"]): void {
  if (cores > 0 && load > busyShare * cores)
    warn(`it is busy: a load of ${load} on ${cores} processors; figures hold what that takes`);
  const others = logins.filter((login) => login !== user && login !== "root");
  if (others.length > 0) warn(`others are logged in there: ${others.join(", ")}`);
}

/** Who must reach whom: by host, addresses of the hosts of sites that its own have links to. */
export function peersOf({ hosts, links }: Pick<Plan, "hosts" | "links">): Map<string, string[]> {
  const peers = new Map<string, Set<string>>();
  for (const { between } of links)
    for (const [from, to] of [between, [between[1], between[0]]] as const) {
      const [own, other] = [hosts?.places.get(from)?.host, hosts?.places.get(to)?.host];
      const address = other === undefined ? undefined : hosts?.hosts.get(other)?.address;
      if (own === undefined || own === other || address === undefined) continue;
      peers.set(own, (peers.get(own) ?? new Set()).add(address));
    }
  return new Map([...peers].map(([host, addresses]) => [host, [...addresses]]));
}

/** What is wrong with the ways between hosts, and with the ports that are to be gateways'. */
export function wayIssues(
  plan: Pick<Plan, "stack" | "hosts">,
  found: ReadonlyMap<string, HostFacts | HostError>,
  peers: ReadonlyMap<string, readonly PeerFacts[]>,
): HostFindings {
  const [issues, warnings]: [ScenarioIssue[], string[]] = [[], []];
  const { hosts } = plan;
  if (!hosts) return { issues, warnings };
  const nameAt = new Map([...hosts.hosts.values()].map(({ name, address }) => [address ?? "", name]));
  for (const host of hosts.hosts.values()) {
    const path = `target.hosts.${host.name}`;
    const facts = found.get(host.name);
    if (facts === undefined || facts instanceof Error) continue;
    if (host.address === undefined)
      issues.push({
        path,
        message: "it has no default route, so that nobody knows where others reach it: give its `address`",
      });
    else if (!facts.addresses.some(({ prefix }) => prefix.split("/")[0] === host.address))
      issues.push({
        path: `${path}.address`,
        message: `no interface of ${host.name} has the address ${host.address}: it has ${facts.addresses.map(({ prefix }) => prefix.split("/")[0]).join(", ")}`,
      });
    for (const peer of peers.get(host.name) ?? []) {
      const other = nameAt.get(peer.address) ?? peer.address;
      if (peer.mtu === undefined)
        issues.push({
          path,
          message: `${host.name} has no route to ${other} at ${peer.address}: give the \`address\` at which it is reached`,
        });
      else if (peer.mtu < hosts.mtu + tunnelOverhead)
        issues.push({
          path: "target.mtu",
          message: `${hosts.mtu} takes packets of ${hosts.mtu + tunnelOverhead} bytes between hosts, and the way from ${host.name} to ${other} carries ${peer.mtu}: use ${peer.mtu - tunnelOverhead} or less`,
        });
      if (peer.source !== undefined && peer.source !== host.address)
        issues.push({
          path: `${path}.address`,
          message: `${host.name} goes to ${other} by its address ${peer.source}, not ${host.address}, and gateways take nothing from there: give addresses of one network`,
        });
      if (peer.answers === "no")
        warnings.push(
          `${other} does not answer ${host.name}'s ping at ${peer.address}: the links between them are measured first, and tell`,
        );
    }
    const taken = takenPorts(plan, host.name, facts);
    if (taken.length > 0)
      issues.push({
        path: "target.firstPort",
        message: `the UDP port ${taken[0]} of ${host.name}, which is to be a gateway's, is in use there: give another first port, such as ${(taken[0] ?? 0) + 10_000 > 50_000 ? 12_000 : (taken[0] ?? 0) + 10_000}`,
      });
  }
  return { issues: unique(issues), warnings };
}

/** Ports that somebody else listens on. Those of a stack that is deployed are its own. */
function takenPorts(
  { stack, hosts }: Pick<Plan, "stack" | "hosts">,
  host: string,
  { udpPorts, docker }: HostFacts,
): number[] {
  const own = new Set(
    docker.state === "runs"
      ? docker.networks.flatMap(({ Name, Labels }) =>
          Labels?.[stackLabel] === stack ? (siteOfNetwork(stack, Name) ?? []) : [],
        )
      : [],
  );
  return [...(hosts?.places ?? [])].flatMap(([site, place]) =>
    place.host === host && !own.has(site) && udpPorts.includes(place.port) ? [place.port] : [],
  );
}

function unique(issues: readonly ScenarioIssue[]): ScenarioIssue[] {
  return [...new Map(issues.map((issue) => [`${issue.path} ${issue.message}`, issue])).values()];
}

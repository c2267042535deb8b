import Docker from "dockerode";
import { readFileSync } from "fs";
import { networkInterfaces } from "os";
import { cidr, mustCidr, overlaps, prefixOf } from "../../plan/cidr";
import type { PlanFacts } from "../../plan/plan";
import { networkName, siteOfNetwork, stackLabel } from "../names";

/**
 * The machine's networks and ports that a plan must keep off: those of Docker's that are not this stack's, and those of
 * the machine's own interfaces and programs; and where the stack itself is deployed. Errors: Docker does not answer.
 */
export async function gatherFacts(stack: string, engine: Docker = new Docker()): Promise<PlanFacts> {
  const [networks, containers] = await Promise.all([engine.listNetworks(), engine.listContainers()]);
  const published = (own: boolean) =>
    containers
      .filter(({ Labels }) => (Labels[stackLabel] === stack) === own)
      // The type has a port of each; a port that is not published has none.
      .flatMap(({ Ports }) => Ports.flatMap(({ PublicPort }) => (PublicPort as number | undefined) ?? []));
  const ownPorts = published(true);
  const subnets = (own: boolean) =>
    networks
      .filter((network) => (network.Labels?.[stackLabel] === stack) === own)
      .flatMap((network) =>
        (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet && cidr(Subnet) ? [Subnet] : [])),
      );
  const own = subnets(true);
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ family, cidr: text }) =>
      family === "IPv4" && text ? [prefixOf(text)] : [],
    ),
  );
  const deployed = networks.filter((network) => network.Labels?.[stackLabel] === stack);
  const wan = deployed.find((network) => network.Name === networkName(stack, "wan"));
  return {
    stack,
    busy: [
      ...subnets(false),
      ...interfaces.filter((prefix) => !own.some((mine) => overlaps(mustCidr(mine), mustCidr(prefix)))),
    ],
    takenPorts: new Set([
      ...published(false),
      // Of the engine's own machine, which need not be this one, the engine tells those of containers.
      ...listeningPorts().filter((port) => !ownPorts.includes(port)),
    ]),
    deployedPort: ownPorts[0],
    deployedWan: wan?.IPAM?.Config?.[0]?.Subnet,
    deployedSites: new Map(
      deployed.flatMap(({ Name, IPAM }) => {
        const [site, prefix] = [siteOfNetwork(stack, Name), IPAM?.Config?.[0]?.Subnet];
        return site === undefined || prefix === undefined ? [] : [[site, prefix] as const];
      }),
    ),
  };
}

/** Where the kernel lists sockets of TCP (proc_net_tcp.txt of its documentation). */
const socketTables = ["/proc/net/tcp", "/proc/net/tcp6"];

/** Ports at which any program of this machine listens; none where the kernel does not tell. */
function listeningPorts(): number[] {
  return socketTables.flatMap((table) => {
    try {
      return portsListening(readFileSync(table, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
}

/** Ports of the sockets of a table that wait for connections: its second column has address and port, its fourth the state. */
export function portsListening(table: string): number[] {
  const listening = "0A";
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    const port = parseInt(local.split(":")[1] ?? "", 16);
    return state === listening && !Number.isNaN(port) ? [port] : [];
  });
}

/** The version of the control groups in which an engine runs containers. Errors: Docker does not answer, or does not say. */
export async function controlGroupsOf(engine: Docker = new Docker()): Promise<1 | 2> {
  const { CgroupVersion: version } = (await engine.info()) as { CgroupVersion?: string };
  if (version === "1" || version === "2") return version === "1" ? 1 : 2;
  throw new Error(`Docker Engine tells no version of its control groups (${version}): 20.10 or later does`);
}

import Docker from "dockerode";
import { networkInterfaces } from "os";
import { cidr, mustCidr, overlaps, prefixOf } from "../../plan/cidr";
import type { PlanFacts } from "../../plan/plan";
import { networkName, siteOfNetwork, stackLabel } from "./names";

/**
 * The machine's networks that a plan must keep off: those of Docker's that are not this stack's, and those of
 * the machine's own interfaces; and where the stack itself is deployed. Errors: Docker does not answer.
 */
export async function gatherFacts(stack: string, engine: Docker = new Docker()): Promise<PlanFacts> {
  const networks = await engine.listNetworks();
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
    deployedWan: wan?.IPAM?.Config?.[0]?.Subnet,
    deployedSites: new Map(
      deployed.flatMap(({ Name, IPAM }) => {
        const [site, prefix] = [siteOfNetwork(stack, Name), IPAM?.Config?.[0]?.Subnet];
        return site === undefined || prefix === undefined ? [] : [[site, prefix] as const];
      }),
    ),
  };
}

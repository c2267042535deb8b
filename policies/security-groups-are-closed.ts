import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { cidr, contains, mustCidr, type Cidr } from "../components/plan/cidr";
import { known } from "./known";

/** Configuration of the policy. */
interface Openings {
  /** IPv4 prefixes from which SSH may be let in; default: any that is no whole world. */
  readonly sshFrom?: readonly string[];
}

/** Nobody outside of a cloud has an address in these (RFC 1918, RFC 6598). */
const inside = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(mustCidr);

/** Shorter prefixes name nobody. */
const shortest = 8;
const sshPort = 22;

/** Whatever a security group lets in from outside is tried by everybody who is outside, within minutes. */
export const securityGroupsAreClosed: ResourceValidationPolicy = {
  name: "security-groups-are-closed",
  displayName: "Security groups are closed",
  description:
    "No security group in a cloud lets anybody in from outside, but SSH from networks that are named, and no port is without one.",
  remediationSteps:
    "Name the networks from which you connect in target.bastion.from; hosts are reached by the bastion.",
  enforcementLevel: "mandatory",
  configSchema: {
    properties: {
      sshFrom: {
        type: "array",
        items: { type: "string", minLength: 9 },
        description: "IPv4 prefixes from which SSH may be let in.",
      },
    },
  },
  validateResource: (args, report) => {
    if (args.type === "openstack:networking/port:Port") {
      const why = openness(args);
      if (why !== undefined)
        report(
          `the port ${args.name} ${why}: whoever reaches it is let in; give it securityGroupIds of groups that are made with it`,
        );
      return;
    }
    if (args.type !== "openstack:networking/secGroupRule:SecGroupRule") return;
    const read = (setting: string) => known(() => args.props[setting] as unknown);
    if (read("direction") === "egress") return;
    // A group that is not known yet is one.
    if (isNamed(() => args.props["remoteGroupId"] as unknown)) return;
    const from = read("remoteIpPrefix");
    const who = typeof from === "string" && from !== "" ? from : "everybody";
    const prefix = typeof from === "string" ? cidr(from) : undefined;
    if (prefix && inside.some((range) => contains(range, prefix))) return;
    const [protocol, first, last] = [read("protocol"), read("portRangeMin"), read("portRangeMax")];
    if (protocol !== "tcp" || first !== sshPort || last !== sshPort) {
      report(
        `the rule ${args.name} lets ${who} in from outside to ${portsInWords(protocol, first, last)}: take it out; only SSH, TCP port 22, may be let in, from networks that are named`,
      );
      return;
    }
    if (!prefix || prefix.length < shortest) {
      report(
        `the rule ${args.name} lets ${who} in by SSH: name the networks from which you connect, such as 192.0.2.0/24`,
      );
      return;
    }
    const { sshFrom } = args.getConfig<Openings>();
    if (sshFrom && !isWithin(prefix, sshFrom))
      report(
        `the rule ${args.name} lets ${who} in by SSH: the networks for that are ${sshFrom.join(", ") || "none"}`,
      );
  },
};

/** By what a port lets in whoever reaches it; undefined: by nothing that is known. */
function openness({ props }: Pick<ResourceValidationArgs, "props">): string | undefined {
  if (known(() => props["portSecurityEnabled"] as unknown) === false)
    return "has its security disabled (portSecurityEnabled)";
  if (known(() => props["noSecurityGroups"] as unknown) === true)
    return "is in no security group (noSecurityGroups)";
  // Without any of its own it is in the project's default one, whose rules are anybody's to change.
  return known(() => isEmpty(props["securityGroupIds"])) === true
    ? "is in no security group of its own"
    : undefined;
}

function isEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

function isWithin(prefix: Cidr, allowed: readonly string[]): boolean {
  return allowed.flatMap((text) => cidr(text) ?? []).some((range) => contains(range, prefix));
}

/** Whether there is a value, of which a preview need not know what it is. */
function isNamed(read: () => unknown): boolean {
  let value: unknown;
  const isKnown = known(() => {
    value = read();
    return true;
  });
  return isKnown !== true || (value !== undefined && value !== "");
}

function portsInWords(protocol: unknown, first: unknown, last: unknown): string {
  const name = typeof protocol === "string" && protocol !== "" ? protocol.toUpperCase() : "every protocol";
  if (typeof first !== "number" || typeof last !== "number") return name;
  return `${name} ${first === last ? `port ${first}` : `ports ${first} to ${last}`}`;
}

import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { expiryTag, stackTag } from "../components/target/openstack/tags";
import { known } from "./known";

/** Configuration of the policy. */
interface RequiredTags {
  /** Names of tags that everything has besides the stack's. */
  readonly names?: readonly string[];
  /** Whether everything has a time at which it is to be gone; default: where the scenario has a lease. */
  readonly expiry?: boolean;
}

/** What takes tags, of what is made in a cloud. */
const tagged = [
  "compute/instance:Instance",
  "networking/network:Network",
  "networking/subnet:Subnet",
  "networking/router:Router",
  "networking/port:Port",
  "networking/secGroup:SecGroup",
  "networking/floatingIp:FloatingIp",
].map((type) => `openstack:${type}`);

/** What has no tag is nobody's: nobody is asked for its cost, and nobody removes it. */
export const cloudResourcesAreTagged: StackValidationPolicy = {
  name: "cloud-resources-are-tagged",
  displayName: "What is made in a cloud is tagged",
  description:
    "Everything in a cloud that takes tags says which stack it is of, and, where there is a lease, when it is to be gone.",
  remediationSteps:
    "Make it with CloudInfrastructure; further tags are target.tags, and the time is target.lease.ends.",
  enforcementLevel: "mandatory",
  configSchema: {
    properties: {
      names: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "Names of tags that everything has besides the stack's.",
      },
      expiry: { type: "boolean", description: "Whether everything has a time at which it is to be gone." },
    },
  },
  validateStack: (args, report) => {
    const { names = [], expiry } = args.getConfig<RequiredTags>();
    const lease = args.resources.flatMap(leaseOf)[0];
    const required = [...names, ...(expiry === true || lease !== undefined ? [expiryTag] : [])];
    const stackName = stackTag("");
    for (const { name, type, urn, props } of args.resources) {
      if (!tagged.includes(type)) continue;
      const tags = tagsOf(props);
      if (tags === undefined) continue;
      if (!tags.some((tag) => tag.startsWith(stackName) && tag.length > stackName.length))
        report(`${name} has no tag ${stackName}<stack>: give it tags`, urn);
      for (const one of required)
        if (!tags.some((tag) => tag.startsWith(`${one}=`)))
          report(
            one === expiryTag
              ? `${name} does not say when it is to be gone: give it the tag ${expiryTag}=${lease ?? "<time>"}${lease === undefined ? ", by target.lease.ends" : ""}`
              : `${name} has no tag ${one}: add it to target.tags`,
            urn,
          );
      const ends = tags.find((tag) => tag.startsWith(`${expiryTag}=`))?.slice(expiryTag.length + 1);
      if (lease !== undefined && ends !== undefined && ends !== lease)
        report(`${name} is to be gone at ${ends}, and the lease ends at ${lease}: give it the lease's`, urn);
    }
  },
};

/** The tags of a resource; undefined: they are not known yet. */
function tagsOf(props: PolicyResource["props"]): string[] | undefined {
  let value: unknown;
  const isKnown = known(() => {
    value = props["tags"] as unknown;
    return true;
  });
  if (isKnown !== true) return undefined;
  if (!Array.isArray(value)) return [];
  return value.flatMap((_, index) => {
    const tag = known(() => (value as unknown[])[index]);
    return typeof tag === "string" ? [tag] : [];
  });
}

/** When a scenario's lease ends. */
function leaseOf({ type, props }: PolicyResource): string[] {
  if (type !== "buswide:openstack:Infrastructure") return [];
  const ends = known(() => (props["lease"] as { ends?: string } | undefined)?.ends);
  return ends === undefined ? [] : [ends];
}

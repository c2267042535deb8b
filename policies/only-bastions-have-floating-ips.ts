import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";

const floating = [
  "openstack:networking/floatingIp:FloatingIp",
  "openstack:networking/floatingIpAssociate:FloatingIpAssociate",
  "openstack:compute/floatingIp:FloatingIp",
  "openstack:compute/floatingIpAssociate:FloatingIpAssociate",
];

const bastion = "buswide:openstack:Bastion";

/** Floating IPs are few, they cost, and each is a door. */
export const onlyBastionsHaveFloatingIps: StackValidationPolicy = {
  name: "only-bastions-have-floating-ips",
  displayName: "Only bastions have floating IPs",
  description: "A deployment in a cloud has one floating IP at most, and it is the bastion's.",
  remediationSteps:
    "Take the floating IP out: hosts are reached by the bastion, and reach the outside by their router.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const all = resources.filter(({ type }) => floating.includes(type));
    for (const { name, urn, parent } of all)
      if (parent?.type !== bastion)
        report(`${name} is a floating IP of ${owner(parent)}, which is no bastion: take it out`, urn);
    const given = all.filter(
      ({ type, parent }) => type.endsWith(":FloatingIpAssociate") && parent?.type === bastion,
    );
    if (given.length > 1)
      report(
        `there are ${given.length} floating IPs (${given.map(({ name }) => name).join(", ")}): one bastion is enough`,
      );
  },
};

function owner(parent: PolicyResource | undefined): string {
  return parent ? parent.name : "the stack";
}

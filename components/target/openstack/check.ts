import type { ScenarioIssue } from "../../../stacks/scenario/parse";
import type { CloudFacts, CloudPlace, QuotaName } from "./api/found";
import { tunnelBytes, type CloudPlan } from "./plan";

/** What a plan has of what quotas count. */
export function needsOf(plan: CloudPlan, facts: Pick<CloudFacts, "flavors">): Map<QuotaName, number> {
  const { hosts, bastion } = plan;
  const instances = [...hosts, ...(bastion ? [bastion] : [])];
  const sizes = new Map(facts.flavors.map((flavor) => [flavor.name, flavor]));
  const sum = (of: "vcpus" | "ram") =>
    instances.reduce((total, { flavor }) => total + (sizes.get(flavor)?.[of] ?? 0), 0);
  const routed = instances.filter(({ network }) => network !== undefined).length;
  const networks = routed + (plan.wan ? 1 : 0);
  const groups = instances.length + 1;
  return new Map<QuotaName, number>([
    ["instances", instances.length],
    ["cores", sum("vcpus")],
    ["ram", sum("ram")],
    ["key_pairs", "publicKey" in plan.keypair ? 1 : 0],
    ["server_groups", Object.keys(plan.serverGroups).length],
    ["network", networks],
    ["subnet", networks],
    ["router", routed],
    // An instance's on the network that joins them and on its own; a network's that gives addresses; a router's.
    ["port", instances.length + routed + networks + routed],
    ["security_group", groups],
    // Each group lets everything out by two rules that Neutron makes.
    ["security_group_rule", 2 * groups + instances.reduce((total, { rules }) => total + rules.length, 0)],
    ["floatingip", bastion && bastion.floatingIp === undefined ? 1 : 0],
  ]);
}

const quotaWords: Readonly<Record<QuotaName, string>> = {
  instances: "instances",
  cores: "cores",
  ram: "MiB of memory",
  key_pairs: "keypairs",
  server_groups: "server groups",
  network: "networks",
  subnet: "subnets",
  router: "routers",
  port: "ports",
  security_group: "security groups",
  security_group_rule: "rules of security groups",
  floatingip: "floating IPs",
};

/** What fewer of would be needed, where the quota of something does not suffice. */
const remedies: Readonly<Record<QuotaName, string>> = {
  instances: "deal sites over fewer hosts (target.sites.<group>.hosts)",
  cores: "use smaller flavors, or fewer hosts (target.sites.<group>.hosts)",
  ram: "use smaller flavors, or fewer hosts (target.sites.<group>.hosts)",
  key_pairs: "name one that is there (target.ssh.keypair)",
  server_groups: "use one for all (target.affinity), or none",
  network: "use a network that exists (target.network), or fewer hosts",
  subnet: "use a network that exists (target.network), or fewer hosts",
  router: "use a network that exists (target.network), or fewer hosts",
  port: "use a network that exists (target.network), or fewer hosts",
  security_group: "use fewer hosts (target.sites.<group>.hosts)",
  security_group_rule: "use fewer hosts (target.sites.<group>.hosts)",
  floatingip: "use one that the project has (target.bastion.floatingIp), or a bastion that exists",
};

/** What quotas leave too little of, besides what the stack has already. */
export function quotaIssues(plan: CloudPlan, facts: CloudFacts): ScenarioIssue[] {
  return [...needsOf(plan, facts)].flatMap(([name, needed]): ScenarioIssue[] => {
    const quota = facts.quotas.get(name);
    const more = needed - (facts.own.get(name) ?? 0);
    if (!quota || quota.limit < 0 || more <= 0) return [];
    const free = Math.max(0, quota.limit - quota.used);
    return more <= free
      ? []
      : [
          {
            path: "target",
            message: `${more} more ${quotaWords[name]} are needed, and the project's quota of ${quota.limit} leaves ${free}: ask for ${more - free} more, or ${remedies[name]}`,
          },
        ];
  });
}

/**
 * What is wrong where a stack is deployed elsewhere than credentials now lead to: what is there would be looked for here, and stay where
 * it is for ever.
 */
export function placeIssues(
  deployed: Partial<CloudPlace>,
  { place }: Pick<CloudFacts, "place">,
): ScenarioIssue[] {
  if (deployed.project !== undefined && deployed.project !== place.project)
    return [
      {
        path: "target.cloud",
        message: `this stack is deployed in the project ${deployed.project}, and the credentials are of ${place.project}: destroy it by those of its own first, or use them`,
      },
    ];
  if (deployed.region && place.region && deployed.region !== place.region)
    return [
      {
        path: "target.region",
        message: `this stack is deployed in the region "${deployed.region}", and would now be in "${place.region}": destroy it there first, or name its region`,
      },
    ];
  return [];
}

/**
 * What is wrong with a plan by what its cloud has. Nothing was made yet.
 * @param now Unix time, milliseconds.
 */
export function cloudIssues(plan: CloudPlan, facts: CloudFacts, mtu: number, now: number): ScenarioIssue[] {
  const issues: ScenarioIssue[] = [];
  const refuse = (path: string, message: string) => issues.push({ path, message });
  const instances = [...plan.hosts, ...(plan.bastion ? [plan.bastion] : [])];
  const some = (names: readonly string[]) =>
    names.length === 0 ? "none" : `${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}`;
  const flavors = new Map(facts.flavors.map((flavor) => [flavor.name, flavor]));
  for (const name of new Set(instances.map(({ flavor }) => flavor)))
    if (!flavors.has(name))
      refuse("target.flavor", `the cloud has no flavor "${name}": it has ${some([...flavors.keys()])}`);
  for (const name of new Set(instances.map(({ image }) => image))) {
    const found = facts.images.filter((image) => image.name === name);
    const [image] = found;
    if (!image) refuse("target.image", `the cloud has no image "${name}": see \`openstack image list\``);
    else if (found.length > 1)
      refuse(
        "target.image",
        `the cloud has ${found.length} images called "${name}": use one whose name is its own`,
      );
    else if (image.status !== "active")
      refuse("target.image", `the image "${name}" is ${image.status}, not active: use another`);
    else
      for (const flavor of new Set(instances.filter((one) => one.image === name).map((one) => one.flavor))) {
        const size = flavors.get(flavor);
        if (size && size.disk > 0 && size.disk < image.minDisk)
          refuse(
            "target.flavor",
            `the image "${name}" needs ${image.minDisk} GiB of disk, and "${flavor}" has ${size.disk}`,
          );
        if (size && size.ram < image.minRam)
          refuse(
            "target.flavor",
            `the image "${name}" needs ${image.minRam} MiB of memory, and "${flavor}" has ${size.ram}`,
          );
      }
  }
  const network = (name: string | undefined, setting: "external" | "network") => {
    if (name === undefined) return;
    const found = facts.networks.filter(
      (one) => one.name === name && (setting === "network" || one.external),
    );
    if (found.length === 0)
      refuse(
        `target.${setting}`,
        `the cloud has no ${setting === "external" ? "external " : ""}network "${name}": see \`openstack network list${setting === "external" ? " --external" : ""}\``,
      );
    else if (found.length > 1)
      refuse(
        `target.${setting}`,
        `the cloud has ${found.length} such networks called "${name}": use one whose name is its own`,
      );
    else if (setting === "network" && found[0]?.mtu !== undefined && found[0].mtu < mtu + tunnelBytes)
      refuse(
        "target.mtu",
        `${mtu} takes packets of ${mtu + tunnelBytes} bytes between hosts, and "${name}" carries ${found[0].mtu}: use ${found[0].mtu - tunnelBytes} or less`,
      );
    else if (setting === "external" && found[0]) externalIssues(name, found[0].id);
  };
  const externalIssues = (name: string, id: string) => {
    // A router keeps its way out as long as a floating IP leads through it.
    if (plan.wan && facts.externals.some((other) => other !== id))
      refuse(
        "target.external",
        `what is deployed leads to another network than "${name}": destroy the stack first, or name that one`,
      );
    if (plan.wan && facts.floatingIp && facts.floatingIp.networkId !== id)
      refuse(
        "target.bastion.floatingIp",
        `${plan.bastion?.floatingIp} is of another network than "${name}": use one of that, or none`,
      );
  };
  network(plan.external, "external");
  network(plan.network, "network");
  if (!facts.keypair && "name" in plan.keypair)
    refuse(
      "target.ssh.keypair",
      `you have no keypair "${plan.keypair.name}": see \`openstack keypair list\`, or give a publicKey`,
    );
  const address = plan.bastion?.floatingIp;
  if (address !== undefined && !facts.floatingIp)
    refuse(
      "target.bastion.floatingIp",
      `the project has no floating IP ${address}: see \`openstack floating ip list\`, or take it out to have one allocated`,
    );
  else if (facts.floatingIp?.taken)
    refuse(
      "target.bastion.floatingIp",
      `${address} leads to a port that is not this stack's: use one that nobody has, see \`openstack floating ip list\``,
    );
  for (const [name, cores] of Object.entries(plan.budget?.flavors ?? {})) {
    const actual = flavors.get(name)?.vcpus;
    if (actual !== undefined && actual !== cores)
      refuse(`target.budget.flavors.${name}`, `${name} has ${actual} cores in this cloud, not ${cores}`);
  }
  if (plan.lease && Date.parse(plan.lease.ends) <= now)
    refuse(
      "target.lease.ends",
      `the lease ended at ${plan.lease.ends}: destroy the stack, or give the time at which a later one ends`,
    );
  return [...issues, ...quotaIssues(plan, facts)];
}

/** What is to be known of a plan that does not stop it. @param now Unix time, milliseconds. */
export function cloudWarnings(plan: CloudPlan, facts: CloudFacts, now: number): string[] {
  const hours = plan.lease ? (Date.parse(plan.lease.ends) - now) / 3_600_000 : Infinity;
  return [
    ...(hours < 2 ? [`the lease ends in ${Math.max(0, Math.round(hours * 60))} minutes`] : []),
    ...(facts.quotas.has("network")
      ? []
      : [
          "Neutron tells no quotas of this project: whether there is room for its networks shows when they are made",
        ]),
  ];
}

import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import type { BusPlan, Connection } from "../components/bus/bus";
import type { ControlPlanePlan } from "../components/controlplane/plan";
import { apis, type ApiService } from "../components/controlplane/services";
import type { PlannedLink } from "../components/plan/links";
import { planRoutes, type NextHops } from "../components/plan/routes";
import { serviceLabel } from "../components/target/names";
import { known } from "./known";

/** Passwords, and whatever services tell each other, could be read and changed by whoever is on the way. */
export const untrustedLinksCarryNoPlainText: StackValidationPolicy = {
  name: "untrusted-links-carry-no-plain-text",
  displayName: "Untrusted links carry no plain text",
  description:
    "No unencrypted connection of a bus, a control plane or what watches them crosses a link that is marked `trusted: false`.",
  remediationSteps:
    "Set `tls: true` for the bus, or use a bus that can; do without metrics; a link that nobody listens on can be trusted.",
  enforcementLevel: "mandatory",
  validateStack: (args, report) => {
    const named = (type: string) => args.resources.filter((resource) => resource.type === type);
    const sites = named("buswide:topology:Site").map(({ name }) => name);
    const links = named("buswide:topology:Link").flatMap((link) => linkOf(link, sites));
    const untrusted = new Map(
      links.filter(({ trusted }) => trusted === false).map((link) => [pair(...link.between), link]),
    );
    if (untrusted.size === 0) return;
    const routes = planRoutes(sites, links);
    const clients = clientSites(args.resources);
    for (const part of args.resources.filter(({ type }) => connecting.test(type))) {
      const connections = connectionsOf(part, sites, clients);
      const exposed = connections?.flatMap(({ from, to, encrypted }) => {
        const link = encrypted
          ? undefined
          : linksBetween(from, to, routes)
              .map((hop) => untrusted.get(hop))
              .find(Boolean);
        return link === undefined ? [] : { from, to, link: link.name };
      });
      const [first, ...others] = exposed ?? [];
      if (first)
        report(
          `the ${whatIs(part)} would connect ${first.from} to ${first.to} unencrypted over the link ${first.link}, which is not trusted${others.length > 0 ? ` (and ${others.length} more)` : ""}: ${insteadOf(part)}`,
          part.urn,
        );
    }
  },
};

/** Components that say what they connect. */
const connecting = /^buswide:(bus|controlplane|metrics):/;

const isBus = ({ type }: PolicyResource) => type.startsWith("buswide:bus:");
const isMetrics = ({ type }: PolicyResource) => type.startsWith("buswide:metrics:");

function whatIs(part: PolicyResource): string {
  if (isMetrics(part)) return "Prometheus of the metrics";
  return isBus(part) ? `bus ${part.name}` : part.name.replaceAll("-", " ");
}

function insteadOf(part: PolicyResource): string {
  if (isMetrics(part))
    return "it asks every site for its figures in plain HTTP, so take metrics out, or mark no link as not trusted";
  return isBus(part)
    ? "set tls: true for the bus, or use one that encrypts"
    : "its services speak plain HTTP and SQL, so keep them, and who asks them, at sites whose links are trusted";
}

/** The tools that ask a control plane's APIs, as their containers are called in their sites. */
const clientTools = ["rally", "client"];

/** The sites of those who ask a control plane's APIs without being of it. */
function clientSites(resources: readonly PolicyResource[]): string[] {
  return resources
    .filter(({ type }) => type === "docker:index/container:Container")
    .flatMap(({ props }) => {
      const labels = known(() => props["labels"] as { label: string; value: string }[] | undefined) ?? [];
      const [site, service] =
        known(() => labels.find(({ label }) => label === serviceLabel)?.value)?.split("/") ?? [];
      return site !== undefined && service !== undefined && clientTools.includes(service) ? [site] : [];
    });
}

/**
 * A part's connections between sites, of a control plane also those to it; each site with each other, plain, where it does
 * not say; undefined: it has no plan.
 */
function connectionsOf(
  part: PolicyResource,
  sites: readonly string[],
  clients: readonly string[],
): readonly Connection[] | undefined {
  const plan = known(() => part.props["plan"] as BusPlan | undefined);
  if (plan === undefined) return undefined;
  const said = known(() => plan.connections);
  if (said === undefined)
    return sites.flatMap((from) =>
      sites.filter((to) => to !== from).map((to) => ({ from, to, encrypted: false })),
    );
  return isBus(part) || isMetrics(part) ? said : [...said, ...clientConnections(part, clients)];
}

/** Connections from clients to a control plane's APIs, any of which they may ask, as its administrator: by plain HTTP. */
function clientConnections({ props }: PolicyResource, clients: readonly string[]): Connection[] {
  const { services, regions } = props["plan"] as ControlPlanePlan;
  const own = known(() => (Object.keys(apis) as ApiService[]).map((api) => services[api].site)) ?? [];
  const asked = [...own, ...(known(() => regions.map(({ site }) => site)) ?? [])];
  return clients.flatMap((from) =>
    [...new Set(asked)].filter((to) => to !== from).map((to) => ({ from, to, encrypted: false })),
  );
}

/** The links on the way, as pairs; none where no links lead, of which another policy speaks. */
function linksBetween(from: string, to: string, routes: ReadonlyMap<string, NextHops>): string[] {
  const hops: string[] = [];
  for (let here = from; here !== to && hops.length <= routes.size;) {
    const next = routes.get(here)?.get(to);
    if (next === undefined) return hops;
    hops.push(pair(here, next));
    here = next;
  }
  return hops;
}

/** The same for both directions. */
function pair(a: string, b: string): string {
  return [a, b].sort().join(" ");
}

function linkOf({ name, props }: PolicyResource, sites: readonly string[]): PlannedLink[] {
  const link = known((): PlannedLink | undefined => {
    const { between, there, back, trusted } = props as unknown as Partial<PlannedLink>;
    if (!between || !there || !back) return undefined;
    return { name, between, there, back, ...(trusted === false ? { trusted } : {}) };
  });
  return link?.between.every((site) => sites.includes(site)) ? [link] : [];
}

import { isDeepStrictEqual } from "util";
import type { Place } from "../../../stacks/scenario/links/geography";
import type {
  Impairment,
  LinkDeviation,
  LinkMeasurement,
  LinkRecord,
  Results,
} from "../../../workloads/results/schema";
import type { ExchangePattern } from "../../../workloads/results/patterns";
import { expectedOfPath, hopsOf, type ExpectedPath } from "../../../workloads/results/selection";
import { serviceContainers } from "../../controlplane/plan";
import { plansOf } from "../../controlplane/regionPlan";
import { brokersOf } from "../containers";
import { predictPaths } from "../paths";
import type { Plan } from "../plan";

/** What a service belongs to. */
export type ServiceKind = "gateway" | "broker" | "database" | "controlPlane" | "agents" | "tool" | "metrics";

export interface PictureService {
  /** What it is called in its site; of many alike with their number, such as `nova-compute ×7`. */
  readonly name: string;
  /** `<site>/<service>`, as results have it. */
  readonly place: string;
  readonly kind: ServiceKind;
}

export interface PictureSite {
  readonly name: string;
  /** What runs there, the gateway first. */
  readonly services: readonly PictureService[];
  /** Whether a part of the bus is there. */
  readonly hasBroker: boolean;
  readonly at?: Place | undefined;
}

export interface PictureLink {
  readonly name: string;
  readonly between: readonly [string, string];
  readonly there: Impairment;
  readonly back: Impairment;
  /** What was measured, if it was with these very figures asked for. */
  readonly measured?: {
    readonly figures: LinkMeasurement;
    /** When these figures were measured. */
    readonly when: LinkDeviation["when"];
    readonly deviations: readonly LinkDeviation[];
  };
  /** Absent: what is told is not shown. */
  readonly traffic?: PictureTraffic;
}

/** What is told over a link. */
export interface PictureTraffic {
  /** Lines beside it; of both directions each, where they differ. */
  readonly lines: readonly (
    string | { readonly what: string; readonly there: string; readonly back: string }
  )[];
  /** More, for those who point at it. */
  readonly details: readonly string[];
  /** How much it is of the most of any link, from 0 to 1. */
  readonly share: number;
}

/** Something that a service tells another at another site. */
export interface PictureFlow {
  /** `<site>/<service>`. */
  readonly from: string;
  readonly to: string;
  readonly pattern: ExchangePattern;
  readonly details: readonly string[];
}

/** The ways over several links that a run measured end to end, as long as they are still those of the plan. */
export interface PicturePaths {
  /** How many pairs of sites talk so. */
  readonly pairs: number;
  /** What decided which were measured; of no interest where all were. */
  readonly seed: number;
  readonly measured: readonly ExpectedPath[];
}

/** What a drawing of a plan shows, whatever it is drawn with. */
export interface Picture {
  readonly title: string;
  readonly description?: string | undefined;
  readonly sites: readonly PictureSite[];
  readonly links: readonly PictureLink[];
  /** Absent: none was measured, or all of them while other figures were asked for. */
  readonly paths?: PicturePaths | undefined;
  /** What services tell each other over links; absent: it is not shown. */
  readonly flows?: readonly PictureFlow[] | undefined;
  /** What else the legend says. */
  readonly notes?: readonly string[] | undefined;
  /** The run whose measurements are shown; absent: none is. */
  readonly run?: { readonly number: number; readonly otherFigures: number } | undefined;
}

/**
 * Gathers what a drawing of a plan shows.
 * @param results A run of the same stack, whose measurements go with the links. A link that was measured while other
 *   figures were asked for is shown without them, and counted in `run.otherFigures`.
 */
export function pictureOf(plan: Plan, results?: Pick<Results, "run" | "links" | "paths">): Picture {
  const services = servicesBySite(plan);
  const brokers = new Set(brokersOf(plan).map(({ site }) => site));
  const records = new Map(results?.links.map((record) => [record.name, record]));
  let otherFigures = 0;
  const links = plan.links.map((link): PictureLink => {
    const measured = measurementOf(link, records.get(link.name));
    if (measured === "other figures") otherFigures++;
    return { ...link, ...(typeof measured === "object" ? { measured } : {}) };
  });
  const paths = results && pathsOf(plan, results);
  return {
    title: plan.stack,
    description: plan.scenario.description,
    sites: plan.sites.map(({ name }) => ({
      name,
      services: services.get(name) ?? [],
      hasBroker: brokers.has(name),
      at: plan.scenario.sites[name]?.at,
    })),
    links,
    ...(paths ? { paths } : {}),
    ...(results ? { run: { number: results.run, otherFigures } } : {}),
  };
}

/** What runs at each site: its gateway, parts of the bus, OpenStack's services, agents, tools and what watches them. */
function servicesBySite(plan: Plan): Map<string, PictureService[]> {
  const services = new Map<string, PictureService[]>();
  const add = (site: string, kind: ServiceKind, name: string, service = name): void => {
    services.set(site, [...(services.get(site) ?? []), { name, place: `${site}/${service}`, kind }]);
  };
  for (const { name } of plan.sites) add(name, "gateway", "gateway");
  for (const { site, name } of brokersOf(plan)) add(site, "broker", name.replace(`${site}-`, ""));
  for (const region of plan.controlPlane ? plansOf(plan.controlPlane) : []) {
    const databases = [region, ...region.cells].map(({ database }) => database);
    for (const { site, service } of [
      ...databases,
      ...(region.keystoneDatabase ? [region.keystoneDatabase] : []),
    ].flatMap(({ servers }) => servers))
      add(site, "database", service);
    for (const { site, service } of [
      ...serviceContainers(region),
      ...region.cells.map(({ conductor }) => conductor),
    ])
      add(site, "controlPlane", service);
    for (const { site, hosts } of region.computes)
      add(
        site,
        "controlPlane",
        hosts.length === 1 ? "nova-compute" : `nova-compute ×${hosts.length}`,
        "computes",
      );
  }
  for (const site of plan.agents.keys()) add(site, "agents", "agents");
  for (const { site, tool } of plan.tools) add(site, "tool", tool);
  if (plan.metrics) add(plan.metrics.site, "metrics", plan.metrics.service);
  return services;
}

function measurementOf(
  { there, back }: Pick<PictureLink, "there" | "back">,
  record: LinkRecord | undefined,
): PictureLink["measured"] | "other figures" {
  if (!record) return undefined;
  const { before, after, deviations } = record;
  // Before the workloads nothing but the links themselves bears on the figures; what deviates is shown as it did.
  const onlyAfter = deviations.length > 0 && deviations.every(({ when }) => when === "after");
  const when = before && !(after && onlyAfter) ? "before" : "after";
  const figures = record[when];
  if (!figures) return undefined;
  if (!isDeepStrictEqual(record.asked, { there, back })) return "other figures";
  return { figures, when, deviations };
}

/** Without the paths whose links add up to something else now, or that are none any more. */
function pathsOf(plan: Plan, { paths, links }: Pick<Results, "links" | "paths">): PicturePaths | undefined {
  if (!paths) return undefined;
  const then = hopsOf(links.map(({ between, asked }) => ({ between, ...asked })));
  const now = hopsOf(plan.links);
  const names = new Set(plan.sites.map(({ name }) => name));
  const known = paths.measured.filter(({ between }) => between.every((name) => names.has(name)));
  const predictions = predictPaths(
    plan,
    known.map(({ between }) => between),
  );
  const measured = known.flatMap((path, index): ExpectedPath[] => {
    const { there, back } = predictions[index] ?? {};
    const expected = expectedOfPath(path, then);
    const isSame =
      isDeepStrictEqual(path.predicted, { there, back }) &&
      isDeepStrictEqual(expected, expectedOfPath(path, now));
    return isSame ? [{ ...path, expected }] : [];
  });
  return measured.length === 0 ? undefined : { pairs: paths.pairs, seed: paths.seed, measured };
}

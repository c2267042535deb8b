import { isDeepStrictEqual } from "util";
import type { Place } from "../../../stacks/scenario/links/geography";
import type {
  Impairment,
  LinkDeviation,
  LinkMeasurement,
  LinkRecord,
  Results,
} from "../../../workloads/results/schema";
import { expectedOfPath, hopsOf, type ExpectedPath } from "../../../workloads/results/selection";
import { predictPaths } from "../paths";
import type { Plan } from "../plan";

/** What a service belongs to. */
export type ServiceKind = "gateway" | "broker" | "controlPlane" | "agents" | "tool";

export interface PictureService {
  /** What it is called in its site; of many alike with their number, such as `nova-compute ×7`. */
  readonly name: string;
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
  const brokers = new Set(plan.bus.brokers.map(({ site }) => site));
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

/** What runs at each site: its gateway, parts of the bus, OpenStack's services, agents and tools. */
function servicesBySite(plan: Plan): Map<string, PictureService[]> {
  const services = new Map<string, PictureService[]>();
  const add = (site: string, kind: ServiceKind, name: string): void => {
    services.set(site, [...(services.get(site) ?? []), { name, kind }]);
  };
  for (const { name } of plan.sites) add(name, "gateway", "gateway");
  for (const { site, name } of plan.bus.brokers) add(site, "broker", name.replace(`${site}-`, ""));
  for (const { site, service } of plan.controlPlane?.database.servers ?? [])
    add(site, "controlPlane", service);
  for (const { site, service } of Object.values(plan.controlPlane?.services ?? {}))
    add(site, "controlPlane", service);
  for (const { site, hosts } of plan.controlPlane?.computes ?? [])
    add(site, "controlPlane", hosts.length === 1 ? "nova-compute" : `nova-compute ×${hosts.length}`);
  for (const site of plan.agents.keys()) add(site, "agents", "agents");
  for (const { site, tool } of plan.tools) add(site, "tool", tool);
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

import { isDeepStrictEqual } from "util";
import type { Place } from "../../../stacks/scenario/links/geography";
import type {
  Impairment,
  LinkDeviation,
  LinkMeasurement,
  LinkRecord,
  PathRecord,
  Results,
} from "../../../workloads/results/schema";
import { predictPaths } from "../paths";
import type { Plan } from "../plan";

export interface PictureSite {
  readonly name: string;
  /** What runs there, the gateway first. */
  readonly services: readonly string[];
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
  readonly measured?: { readonly figures: LinkMeasurement; readonly deviations: readonly LinkDeviation[] };
}

/** The ways over several links that a run measured end to end, as long as they are still those of the plan. */
export interface PicturePaths {
  /** How many pairs of sites talk so. */
  readonly pairs: number;
  /** What decided which were measured; of no interest where all were. */
  readonly seed: number;
  readonly measured: readonly PathRecord[];
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
  const services = new Map(plan.sites.map(({ name }) => [name, ["gateway"]]));
  const brokers = new Set(plan.bus.brokers.map(({ site }) => site));
  for (const { site, name } of plan.bus.brokers) services.get(site)?.push(name.replace(`${site}-`, ""));
  for (const site of plan.agents.keys()) services.get(site)?.push("agents");
  const records = new Map(results?.links.map((record) => [record.name, record]));
  let otherFigures = 0;
  const links = plan.links.map((link): PictureLink => {
    const measured = measurementOf(link, records.get(link.name));
    if (measured === "other figures") otherFigures++;
    return { ...link, ...(typeof measured === "object" ? { measured } : {}) };
  });
  const paths = pathsOf(plan, results?.paths);
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

function measurementOf(
  { there, back }: Pick<PictureLink, "there" | "back">,
  record: LinkRecord | undefined,
): PictureLink["measured"] | "other figures" {
  // Before the workloads nothing but the links themselves bears on the figures.
  const figures = record?.before ?? record?.after;
  if (!record || !figures) return undefined;
  if (!isDeepStrictEqual(record.asked, { there, back })) return "other figures";
  return { figures, deviations: record.deviations };
}

/** Without the paths whose links add up to something else now, or that are none any more. */
function pathsOf(plan: Plan, paths: Results["paths"]): PicturePaths | undefined {
  if (!paths) return undefined;
  const names = new Set(plan.sites.map(({ name }) => name));
  const known = paths.measured.filter(({ between }) => between.every((name) => names.has(name)));
  const predictions = predictPaths(
    plan,
    known.map(({ between }) => between),
  );
  const measured = known.filter(({ predicted }, index) => {
    const { there, back } = predictions[index] ?? {};
    return isDeepStrictEqual(predicted, { there, back });
  });
  return measured.length === 0 ? undefined : { pairs: paths.pairs, seed: paths.seed, measured };
}

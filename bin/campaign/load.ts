import { createHash } from "crypto";
import { existsSync, readdirSync } from "fs";
import { basename, dirname, join, relative, resolve } from "path";
import { parseDocument } from "yaml";
import { timelinesOfFaults } from "../../campaigns/faults/expand";
import { faultPath } from "../../campaigns/faults/schema";
import { expandPoints, planOrder, planPoints, type Cell, type Point } from "../../campaigns/points";
import { campaignName, campaignSchema, type CampaignDefinition, type Json } from "../../campaigns/schema";
import { planLinks } from "../../components/plan/links";
import { expandSites } from "../../stacks/scenario/expand";
import { readScenarioFiles } from "../../stacks/scenario/files";
import { describeIssue } from "../../stacks/scenario/messages";
import { scenarioServices } from "../../stacks/scenario/services";
import { Refusal } from "../refusal";
import { locateExistingScenario } from "../scenario/locate";
import { parsePath, type Override } from "../scenario/override";
import {
  readConfiguration,
  readYaml,
  refusing,
  scenarioKey,
  withOverrides,
  type LoadedScenario,
} from "../scenario/read";

/** A campaign as a command uses it: every point of it is known to be a scenario. */
export interface LoadedCampaign {
  readonly name: string;
  /** The file's name for people. */
  readonly shown: string;
  readonly file: string;
  readonly stack: string;
  readonly definition: CampaignDefinition;
  /** The configuration of the scenario that is varied. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** SHA-256 of all that decides what is measured, in hexadecimal. */
  readonly sha256: string;
  readonly points: readonly Point[];
  readonly order: readonly Cell[];
}

const fileName = /^(.+)\.ya?ml$/;

/** The names of the campaigns in `campaigns/`, sorted. */
export function listCampaigns(root: string): string[] {
  return readdirSync(join(root, "campaigns"))
    .flatMap((name) => fileName.exec(name)?.[1] ?? [])
    .sort();
}

/** Where a campaign's file is and what it is called: a name in `campaigns/`, or a path. Errors: {@link Refusal}. */
export function locateCampaign(
  argument: string,
  root: string,
): { readonly name: string; readonly file: string } {
  const isPath = argument.includes("/") || fileName.test(argument);
  const file = isPath ? resolve(argument) : join(root, "campaigns", `${argument}.yaml`);
  const name = fileName.exec(basename(file))?.[1] ?? basename(file);
  const refuse = (message: string) => new Refusal(argument, [{ path: "", message }]);
  if (!campaignName.test(name))
    throw refuse(
      `${JSON.stringify(name)} is no name for a campaign: use up to 29 lower-case letters, digits and single hyphens, a letter first`,
    );
  if (!existsSync(file))
    throw refuse(`there is no such campaign; those there are: ${listCampaigns(root).join(", ")}`);
  return { name, file };
}

/**
 * Reads a campaign and checks it and the scenario of every point.
 * Errors: {@link Refusal}, naming the point where it is one of them.
 */
export function loadCampaign(argument: string, root: string): LoadedCampaign {
  const { name, file } = locateCampaign(argument, root);
  const shown = relative(process.cwd(), file) || file;
  const content = readYaml(file, shown);
  const parsed = campaignSchema.safeParse(content);
  if (!parsed.success)
    throw new Refusal(
      shown,
      parsed.error.issues.flatMap((issue) => describeIssue(issue, content)),
    );
  const definition = parsed.data;
  const configuration = baseConfiguration(definition, file, shown, root);
  const described = {
    name,
    shown,
    file,
    stack: `c-${name}`,
    definition,
    configuration,
    sha256: createHash("sha256").update(JSON.stringify({ definition, configuration })).digest("hex"),
  };
  const campaign = { ...described, points: allPoints(described) };
  for (const point of campaign.points)
    for (const end of endsOf(definition, point)) scenarioAt(campaign, end, 1);
  return {
    ...campaign,
    order: planOrder(campaign.points.length, definition.repetitions, definition.seed),
  };
}

/** The points, and where the campaign breaks something one for each thing that there is to be broken at each of them. */
function allPoints(campaign: Parameters<typeof scenarioAt>[0]): Point[] {
  const points = planPoints(campaign.definition);
  const { faults } = campaign.definition;
  if (!faults) return points;
  const whole = withoutTimeline(campaign);
  return expandPoints(points, faultPath, (point) => {
    const [end = point] = endsOf(campaign.definition, point);
    const { scenario } = scenarioAt(whole, end, 1);
    const { bus, controlPlane } = scenarioServices(scenario);
    const nothing = faults.services.findIndex(({ of }) => of === "controlPlane");
    if (nothing >= 0 && controlPlane.length === 0)
      throw new Refusal(campaign.shown, [
        {
          path: `faults.services[${nothing}].of`,
          message: `"controlPlane" is nothing at point ${point.index + 1}, whose scenario has none: add controlPlane, or use of: bus`,
        },
      ]);
    return timelinesOfFaults(faults, {
      bus,
      controlPlane,
      links: planLinks(scenario).map(({ between }) => between),
      sites: [...expandSites(scenario.sites).values()].flat(),
    });
  });
}

/** The timeline of the scenario as written may be of a bus that a point has not. */
function withoutTimeline<C extends Pick<LoadedCampaign, "configuration">>(campaign: C): C {
  const { [faultPath]: _, ...scenario } = campaign.configuration[scenarioKey] as Readonly<
    Record<string, unknown>
  >;
  return { ...campaign, configuration: { ...campaign.configuration, [scenarioKey]: scenario } };
}

/** The points that are measured for one of a campaign's: itself, or of a search those at its ends. */
export function endsOf({ search }: Pick<CampaignDefinition, "search">, point: Point): Point[] {
  if (!search) return [point];
  const { from, to, path } = search;
  return [from, to].map((end) => ({ ...point, values: { ...point.values, [path]: end } }));
}

/**
 * The scenario of one point. A repetition is a sample of its own: its seed is the scenario's plus the repetition's
 * number less one, unless the campaign says what the seed is. Errors: {@link Refusal}.
 */
export function scenarioAt(
  campaign: Pick<LoadedCampaign, "name" | "shown" | "file" | "stack" | "definition" | "configuration">,
  { index, values }: Point,
  repetition: number,
): LoadedScenario & { readonly overrides: readonly string[] } {
  const { file, stack, definition, configuration } = campaign;
  const settings = { ...definition.set, ...values };
  const shown = `${campaign.shown}, point ${index + 1}`;
  const overrides = Object.entries(settings).map(([path, value]) => overrideOf(path, value));
  const load = (all: readonly Override[]) => withOverrides({ stack, file }, shown, configuration, all);
  const base = load(overrides);
  const all = Object.hasOwn(settings, "seed")
    ? overrides
    : [...overrides, overrideOf("seed", base.scenario.seed + repetition - 1)];
  return { ...load(all), overrides: all.map(({ text }) => text) };
}

function baseConfiguration(
  { scenario }: CampaignDefinition,
  file: string,
  shown: string,
  root: string,
): Readonly<Record<string, unknown>> {
  if (typeof scenario !== "string") return inlined({ [scenarioKey]: scenario }, dirname(file), shown);
  // A path is from the campaign's own folder, so that a campaign and its scenario can be handed on together.
  const isPath = scenario.includes("/") || /\.ya?ml$/.test(scenario);
  const place = locateExistingScenario(isPath ? resolve(dirname(file), scenario) : scenario, root);
  const shownScenario = relative(process.cwd(), place.file) || place.file;
  return inlined(readConfiguration(place.file, shownScenario), dirname(place.file), shownScenario);
}

/** With the files that the scenario names in place of their names: the campaign then depends on no other file. */
function inlined(
  configuration: Readonly<Record<string, unknown>>,
  folder: string,
  shown: string,
): Readonly<Record<string, unknown>> {
  const value = refusing(shown, () => readScenarioFiles(configuration[scenarioKey], folder));
  return { ...configuration, [scenarioKey]: value };
}

function overrideOf(path: string, value: Json): Override {
  const steps = parsePath(path);
  // The schema lets nothing else through.
  if (!steps) throw new Error(`${path} is not a path`);
  return { text: `${path}=${yamlOf(value)}`, path: steps, value };
}

/** A value as `--set` takes it: as it stands where that means the same, else as JSON, which is YAML. */
function yamlOf(value: Json): string {
  return typeof value === "string" && meansItself(value) ? value : JSON.stringify(value);
}

function meansItself(text: string): boolean {
  const document = parseDocument(text);
  // Such as "@all": what is read is the text, but who reads it refuses it.
  if (document.errors.length > 0) return false;
  try {
    return document.toJS() === text;
  } catch (error) {
    // An alias of nothing, such as "*all".
    if (error instanceof ReferenceError) return false;
    throw error;
  }
}

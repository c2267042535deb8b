import {
  deployExperiment,
  type ExperimentOptions,
  type ExperimentOutputs,
} from "../../components/experiment";
import { imageFolders, type ImageSource } from "../../components/target/images";
import { record, type Recording, type Registration } from "./mocks";
import { planned } from "./plans";

/** Sources of images as they might be read, without reading any. */
export const mockedImages: Readonly<Record<string, ImageSource>> = Object.fromEntries(
  Object.entries(imageFolders).map(([name, { folder: context, dockerfile }]) => [
    name,
    {
      tag: `buswide/${name}:0123456789ab`,
      context,
      ...(dockerfile === undefined ? {} : { dockerfile }),
      contentHash: "0123456789ab",
      buildArgs: { BASE: "buswide/base:0123456789ab" },
      networkMode: "host",
    },
  ]),
);

/** Deploys a scenario, as it stands in a stack's file, to mocks of an engine with control groups of a version. */
export function deployed(
  raw: unknown,
  options: ExperimentOptions = {},
  controlGroups: 1 | 2 = 1,
): Promise<Recording<ExperimentOutputs>> {
  return record(() => deployExperiment(planned(raw), { images: mockedImages, controlGroups }, options));
}

/** What became of a resource between two deployments. */
export type Change = "made" | "removed" | readonly string[];

/**
 * The resources that differ between two deployments, by name and type: made, removed, or with the inputs that
 * changed. A changed `triggers` of a command means that it is replaced.
 */
export function changes(
  before: readonly Registration[],
  after: readonly Registration[],
): Record<string, Change> {
  const key = ({ name, type }: Registration) => `${name} (${type})`;
  const old = new Map(before.map((registration) => [key(registration), registration]));
  const found = after.flatMap((registration): [string, Change][] => {
    const was = old.get(key(registration));
    old.delete(key(registration));
    if (!was) return [[key(registration), "made"]];
    const inputs = new Set([...Object.keys(was.inputs), ...Object.keys(registration.inputs)]);
    const changed = [...inputs].filter(
      (input) => JSON.stringify(was.inputs[input]) !== JSON.stringify(registration.inputs[input]),
    );
    return changed.length > 0 ? [[key(registration), changed.sort()]] : [];
  });
  return Object.fromEntries([
    ...found,
    ...[...old.keys()].map((gone): [string, Change] => [gone, "removed"]),
  ]);
}

/** The one registration of a name and type. Errors: there is none. */
export function find(registrations: readonly Registration[], name: string, type?: string): Registration {
  const found = registrations.filter((one) => one.name === name && (type === undefined || one.type === type));
  const [only] = found;
  if (!only || found.length > 1)
    throw new Error(
      `${found.length} resources are called ${name}: ${registrations.map((one) => one.name).join(", ")}`,
    );
  return only;
}

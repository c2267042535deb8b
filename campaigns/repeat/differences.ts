import type { Machine, Results } from "../../workloads/results/schema";

/** Something of a run that its repetition does not have in common with it. */
export interface Deviation {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

type Known = string | number | boolean | undefined;
type Compared = Pick<Results, "provenance" | "links">;

/**
 * What could not be made the same when a run was repeated, what decides most first. Times are of course others.
 * @param before The run that was to be repeated. @param after What was made of it.
 */
export function deviationsOf(before: Compared, after: Compared): Deviation[] {
  const [a, b] = [before.provenance, after.provenance];
  const both = (pick: (value: typeof a) => object) =>
    [...new Set([...Object.keys(pick(a)), ...Object.keys(pick(b))])].sort();
  const emulators = ({ links }: Compared) =>
    [...new Set(links.map(({ emulator }) => emulator))].sort().join(", ");
  const all: (readonly [string, Known, Known])[] = [
    ["scenario as this version reads it", a.scenarioSha256, b.scenarioSha256],
    ["seed", a.seed, b.seed],
    ["commit", a.commit, b.commit],
    ["uncommitted changes", a.dirty, b.dirty],
    ...both(({ images }) => images).map(
      (name) => [`image of ${name}`, a.images[name], b.images[name]] as const,
    ),
    ...both(({ versions }) => versions).map(
      (name) => [`version of ${name}`, a.versions[name], b.versions[name]] as const,
    ),
    ["kernel", a.host.kernel, b.host.kernel],
    ["system", a.host.os, b.host.os],
    ["CPU", a.host.cpu, b.host.cpu],
    ["cores", a.host.cores, b.host.cores],
    ["memory, bytes", a.host.memoryBytes, b.host.memoryBytes],
    ["machine, by a hash of its id", a.host.id, b.host.id],
    ["kind of target", a.target, b.target],
    ["processors kept awake", a.host.heldAwake, b.host.heldAwake],
    ...both(({ hosts = {} }) => hosts).map((name) => hostOf(name, a.hosts?.[name], b.hosts?.[name])),
    ...both(({ serviceHosts = {} }) => serviceHosts).map(
      (name) => [`host of ${name}`, a.serviceHosts?.[name], b.serviceHosts?.[name]] as const,
    ),
    ["emulator of the links", emulators(before), emulators(after)],
    ["one clock for all agents", a.clockShared, b.clockShared],
    ["one-way latencies between hosts", a.clocks?.agree, b.clocks?.agree],
  ];
  const differing = all
    // What either does not say, older runs above all, is no difference that was found.
    .filter(([, left, right]) => isKnown(left) && isKnown(right) && left !== right)
    .map(([what, left, right]) => ({ what, before: show(left), after: show(right) }));
  // The same commit, with changes on both sides, may be two different programs.
  const unsure =
    a.dirty === true && b.dirty === true
      ? [{ what: "uncommitted changes", before: "some", after: "some, which may be others" }]
      : [];
  return [...differing, ...unsure];
}

function isKnown(value: Known): boolean {
  return value !== undefined && value !== "";
}

/** A host of either run; its id tells something only where both have one. */
function hostOf(name: string, before: Machine | undefined, after: Machine | undefined) {
  const withId = before?.id !== undefined && after?.id !== undefined;
  const [left, right] = [before, after].map((host) => (host ? described(host, withId) : "none of that name"));
  return [`the host ${name}`, left, right] as const;
}

function described(host: Machine, withId: boolean): string {
  const { os, kernel, cpu, cores, memoryBytes, id } = host;
  return `${os}, kernel ${kernel}, ${cpu}, ${cores} cores, ${memoryBytes} bytes of memory${withId ? `, id ${id}` : ""}`;
}

function show(value: Known): string {
  if (value === undefined) return "not known";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

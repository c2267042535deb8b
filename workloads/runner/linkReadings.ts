import type { Containers } from "../containers";
import { asEmulated, deviations, measureLinks, measurePaths, pathDeviations } from "../links";
import { inParallel, probesAtATime } from "../links/parallel";
import type { LinkDeviation, LinkRecord, PathRecord } from "../results/schema";
import type { LinkReading } from "./dependencies";
import type { MeasurementInput } from "./input";
import { watchStealOf } from "./steal";

type Emulator = LinkRecord["emulator"];
type EmulatedLink = MeasurementInput["links"][number] & { readonly emulator: Emulator };

/**
 * Measures all links and judges each by what was asked of it. Errors: as for `measureLinks`; a gateway does
 * not say what emulates its links.
 */
export async function readLinks(
  containers: Containers,
  input: MeasurementInput,
  when: "before" | "after",
  progress: (line: string) => void,
): Promise<LinkReading[]> {
  const links = await emulatedLinks(containers, input);
  const now = everySeconds(progress);
  const stolen = watchStealOf(input);
  const measurements = await measureLinks(containers, { ...input, links }, {}, ({ done, total }) =>
    now(`  links: ${done} of ${total} steps done`, done === total),
  );
  const readings = links.flatMap((link) => {
    const { name, emulator } = link;
    const measurement = measurements.get(name);
    if (measurement === undefined) return [];
    return { name, emulator, measurement, deviations: deviations(link, measurement, when) };
  });
  blame(readings, stolen, progress);
  return readings;
}

/**
 * Measures the sample of paths and judges each by what its links add up to. Errors: as for `measurePaths`; a gateway
 * does not say what emulates its links.
 */
export async function readPaths(
  containers: Containers,
  input: MeasurementInput,
  progress: (line: string) => void,
): Promise<PathRecord[]> {
  const links = await emulatedLinks(containers, input);
  const now = everySeconds(progress);
  const stolen = watchStealOf(input);
  const measured = await measurePaths(containers, { ...input, links }, (done, total) =>
    now(`  paths: ${done} of ${total} steps done`, done === total),
  );
  const records = measured.map(({ path: { between, there, back }, asked, measurement }) => ({
    between,
    predicted: { there, back },
    measured: measurement,
    deviations: pathDeviations(asked, measurement, "before"),
  }));
  blame(records, stolen, progress);
  return records;
}

/** Says of delays that deviate what may have made them late. */
function blame(
  found: readonly { readonly deviations: readonly LinkDeviation[] }[],
  stolen: () => string | undefined,
  progress: (line: string) => void,
): void {
  if (!found.some(({ deviations }) => deviations.some(({ unit }) => unit === "ms"))) return;
  const words = stolen();
  if (words !== undefined) progress(`  ${words}`);
}

/** A line every few seconds is enough to follow; the last one is always told. */
function everySeconds(progress: (line: string) => void): (line: string, isLast: boolean) => void {
  let told = performance.now();
  return (line, isLast) => {
    if (!isLast && performance.now() - told < 5_000) return;
    told = performance.now();
    progress(line);
  };
}

/** All links with what emulates them, and as that takes them: by this they are probed and judged. */
async function emulatedLinks(containers: Containers, input: MeasurementInput): Promise<EmulatedLink[]> {
  const emulators = await emulatorsOf(containers, input);
  return input.links.flatMap((link) => {
    const emulator = emulators.get(link.between[0]);
    if (emulator === undefined) return [];
    const [there, back] = [asEmulated(link.there, emulator), asEmulated(link.back, emulator)];
    return { ...link, emulator, there, back };
  });
}

/** What emulates the links, by the site they begin at: asked of the gateways where it was left to them. */
async function emulatorsOf(containers: Containers, input: MeasurementInput): Promise<Map<string, Emulator>> {
  const { emulator, sites, links } = input;
  const names = [...new Set(links.map(({ between }) => between[0]))];
  if (emulator !== "auto") return new Map(names.map((name) => [name, emulator]));
  // A thousand at once would not all answer in time.
  const answers = await inParallel(names, probesAtATime(), async (name): Promise<[string, Emulator]> => {
    const gateway = sites.find((site) => site.name === name)?.gateway;
    if (gateway === undefined) throw new Error(`a link begins at ${name}, which is not a site`);
    const { exitCode, stdout, stderr } = await containers.exec(gateway.container, ["gateway", "status"]);
    if (exitCode !== 0) throw new Error(`${name}: the gateway has no status: ${stderr.trim()}`);
    const status = JSON.parse(stdout) as { emulator?: unknown };
    if (status.emulator !== "netem" && status.emulator !== "nfqueue") {
      throw new Error(`${name}: the gateway does not say what emulates its links`);
    }
    return [name, status.emulator];
  });
  return new Map(answers);
}

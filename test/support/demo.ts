import assert from "assert";
import { readFileSync } from "fs";
import { join } from "path";
import { parse, stringify } from "yaml";
import { results as resultsSchema } from "../../workloads/results/schema";
import { buswide, projectRoot } from "../command/shim";

interface File {
  config: { "buswide:scenario": { workloads: readonly Workload[] } };
}
interface Workload {
  readonly name: string;
  readonly duration?: string;
}

/** The demo's file, with the workloads of some names, in its order. */
export function demoWith(names: readonly string[]): string {
  const file = parse(readFileSync(join(projectRoot, "stacks", "Pulumi.demo.yaml"), "utf8")) as File;
  const scenario = file.config["buswide:scenario"];
  scenario.workloads = scenario.workloads.filter(({ name }) => names.includes(name));
  return stringify(file);
}

/**
 * Deploys the demo with a link that loses a fiftieth of its packets, and asserts that none of its messages is lost or doubled.
 * @param settings Of each workload, besides.
 */
export async function losesNoMessage(
  { stack, file }: { readonly stack: string; readonly file: string },
  names: readonly string[],
  ...settings: string[]
): Promise<void> {
  const { workloads: asked } = (parse(readFileSync(file, "utf8")) as File).config["buswide:scenario"];
  // Long enough for hundreds of packets to be sent over the link.
  const short = asked.flatMap(({ duration }, index) =>
    [...(duration === undefined ? [] : ["duration=3s"]), ...settings].flatMap((setting) => [
      "--set",
      `workloads[${index}].${setting}`,
    ]),
  );
  const { code, stderr } = await buswide(["up", file, "--set", "links[0].loss=2%", ...short]);
  assert.equal(code, 0, stderr);
  const latest = join(projectRoot, "runs", stack, "latest", "results.json");
  const { links, workloads } = resultsSchema.parse(JSON.parse(readFileSync(latest, "utf8")));
  const lossy = links.find(({ name }) => name === "core--edge-1");
  assert.ok((lossy?.before?.there.lossPercent ?? 0) > 0, "the link lost nothing");
  assert.deepEqual(
    workloads.map(({ name, lost, duplicated }) => [name, lost, duplicated]),
    names.map((name) => [name, 0, 0]),
  );
}

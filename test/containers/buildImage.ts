import { execa } from "execa";
import { join, resolve } from "path";
import { readImageSources } from "../../components/target/images";
import { buildSettings, ensureBaseImage } from "../../toolchain/base-image";

const root = resolve(__dirname, "..", "..");

/** Builds one of the product's images under its own name, which no one else then builds again. */
export async function buildImage(name: string): Promise<string> {
  const { buildArgs: args, networkMode } = buildSettings();
  const source = readImageSources(root, { base: await ensureBaseImage(), args, networkMode })[name];
  if (source === undefined) throw new Error(`no image ${name}`);
  const given = Object.entries(source.buildArgs).flatMap(([key, value]) => [
    "--build-arg",
    `${key}=${value}`,
  ]);
  const options = ["-q", "--network", source.networkMode, "-t", source.tag, ...given];
  await execa("docker", ["build", ...options, join(root, source.context)]);
  return source.tag;
}

import { execa } from "execa";
import { join, resolve } from "path";
import { readImageSources } from "../../components/target/images";
import { buildSettings, ensureBaseImage } from "../../toolchain/base-image";

const root = resolve(__dirname, "..", "..");

/** The images of all that the gate's tests deploy in their short forms; those that take long first. */
const images = [
  ...[
    "openstack",
    "rally",
    "artemis",
    "kafka",
    "shaker",
    "gateway",
    "rabbitmq",
    "agent",
    "mariadb",
    "prometheus",
  ],
  ...["agent-amqp", "agent-zeromq", "agent-kafka", "matchmaker", "memcached"],
];
/** A build is by turns a download and the unpacking of what came. */
const buildsAtOnce = 2;

/** Builds one of the product's images under its own name, which no one else then builds again. */
export async function buildImage(
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const { buildArgs: args, networkMode } = buildSettings(environment);
  const base = await ensureBaseImage(environment);
  const source = readImageSources(root, { base, args, networkMode })[name];
  if (source === undefined) throw new Error(`no image ${name}`);
  const given = Object.entries(source.buildArgs).flatMap(([key, value]) => [
    "--build-arg",
    `${key}=${value}`,
  ]);
  const options = ["-q", "--network", source.networkMode, "-t", source.tag, ...given];
  // By the engine's own builder, as the plugin that deploys it does: another builder has a cache of its own.
  const env = { ...environment, DOCKER_BUILDKIT: "0" };
  await execa("docker", ["build", ...options, join(root, source.context)], { env });
  return source.tag;
}

/** Builds all images that short tests use. Errors: some could not be built, which are named with the reason; all others were. */
export async function buildImages(environment: NodeJS.ProcessEnv): Promise<void> {
  const left = images.values();
  const failures: string[] = [];
  const buildNext = async (): Promise<void> => {
    for (const name of left)
      try {
        await buildImage(name, environment);
      } catch (error) {
        failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
  };
  await Promise.all(Array.from({ length: buildsAtOnce }, buildNext));
  if (failures.length > 0) throw new Error(failures.join("\n"));
}

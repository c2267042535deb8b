import type Docker from "dockerode";
import { imageLabel, sentMark, sentRepository, stackLabel } from "../../components/target/names";
import type { PlacedEngine } from "./hosts";
import type { StackState } from "./state";
import { statedIds } from "./state";

/** The base image is made once for all stacks and images, and stays. Every other image inherits its label. */
const baseImage = "buswide/base:";

/** What an engine has of a stack that the stack's state does not know: what a killed operation had made and not yet noted. */
export interface Leftovers extends PlacedEngine {
  readonly containers: readonly { readonly id: string; readonly name: string }[];
  readonly networks: readonly { readonly id: string; readonly name: string }[];
}

/** How what Docker has of a stack differs from what the stack's state says. */
export interface Differences {
  /** Of engines that have any. */
  readonly leftovers: readonly Leftovers[];
  /** URNs of what is in the state and not (or not running) in Docker. */
  readonly missing: readonly string[];
}

/** Compares a stack's state with what all engines have that it may have something on. */
export async function compareWithDocker(
  engines: readonly PlacedEngine[],
  stack: string,
  state: StackState,
): Promise<Differences> {
  const stated = statedIds(state);
  const label = [`${stackLabel}=${stack}`];
  const found = await Promise.all(
    engines.map(async ({ docker, ...place }) => {
      const [containers, networks] = await Promise.all([
        docker.listContainers({ all: true, filters: { label } }),
        docker.listNetworks({ filters: { label } }),
      ]);
      return { ...place, docker, containers, networks };
    }),
  );
  const all = found.flatMap(({ containers }) => containers);
  const running = new Set(all.filter(({ State }) => State === "running").map(({ Id }) => Id));
  const there = new Set(found.flatMap(({ networks }) => networks.map(({ Id }) => Id)));
  const missing = (ids: ReadonlyMap<string, string>, present: ReadonlySet<string>) =>
    [...ids].filter(([id]) => !present.has(id)).map(([, urn]) => urn);
  const leftovers = found.map(({ containers, networks, ...place }) => ({
    ...place,
    containers: containers
      .filter(({ Id }) => !stated.containers.has(Id))
      .map(({ Id, Names }) => ({ id: Id, name: (Names[0] ?? Id).replace(/^\//, "") })),
    networks: networks
      .filter(({ Id }) => !stated.networks.has(Id))
      .map(({ Id, Name }) => ({ id: Id, name: Name })),
  }));
  return {
    leftovers: leftovers.filter(({ containers, networks }) => containers.length + networks.length > 0),
    missing: [...missing(stated.containers, running), ...missing(stated.networks, there)],
  };
}

/** Removes leftovers, and the volumes of containers with them. */
export async function removeLeftovers(leftovers: Differences["leftovers"]): Promise<void> {
  await Promise.all(
    leftovers.map(async ({ docker, containers, networks }) => {
      await Promise.all(
        containers.map(({ id }) => ignoringGone(docker.getContainer(id).remove({ force: true, v: true }))),
      );
      // A network goes only once no container is in it.
      await Promise.all(networks.map(({ id }) => ignoringGone(docker.getNetwork(id).remove())));
    }),
  );
}

/**
 * Names of a stack's networks that Docker refuses to remove though no container is in them: it may count a
 * container twice when many come and go at once (moby issue 42119), and forgets it only when it starts anew. What
 * can be removed of the empty ones is.
 */
export async function stuckNetworks(engine: Docker, stack: string): Promise<string[]> {
  const networks = await engine.listNetworks({ filters: { label: [`${stackLabel}=${stack}`] } });
  const stuck: string[] = [];
  for (const { Id, Name } of networks) {
    const network = engine.getNetwork(Id);
    const { Containers } = (await network.inspect()) as { Containers?: Readonly<Record<string, unknown>> };
    if (Object.keys(Containers ?? {}).length > 0) continue;
    try {
      await ignoringGone(network.remove());
    } catch (error) {
      if (!(error as Error).message.includes("active endpoints")) throw error;
      stuck.push(Name);
    }
  }
  return stuck;
}

/** Whether an engine has an image, by its name. */
export async function hasImage(engine: Docker, image: string): Promise<boolean> {
  try {
    await engine.getImage(image).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/**
 * Removes the images of services, and those of others that hosts were given, by tag, that no container uses. Returns the tags removed.
 */
export async function removeUnusedImages(engine: Docker): Promise<string[]> {
  const [own, all, containers] = await Promise.all([
    engine.listImages({ filters: { label: [imageLabel] } }),
    // Not by their second names: an engine that is asked for a name tells no other.
    engine.listImages(),
    engine.listContainers({ all: true }),
  ]);
  const given = all.filter(({ RepoTags }) => RepoTags?.some((tag) => tag.startsWith(`${sentRepository}:`)));
  const images = [...new Map([...own, ...given].map((image) => [image.Id, image])).values()];
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  const names = images
    .filter(({ Id }) => !used.has(Id))
    .flatMap(({ Id, RepoTags }) => {
      const tags = (RepoTags ?? []).filter((tag) => tag !== "<none>:<none>");
      // Without a tag: a stage of a build, which goes unless an image stands on it.
      if (tags.length === 0) return [Id];
      return tags.filter(
        (tag) => (tag.startsWith("buswide/") && !tag.startsWith(baseImage)) || tags.includes(sentMark(tag)),
      );
    })
    // Tags first: with them go the layers they stand on.
    .sort((a, b) => Number(a.startsWith("sha256:")) - Number(b.startsWith("sha256:")));
  // One after the other: layers that images share are removed once.
  const removed: string[] = [];
  for (const name of names)
    if ((await removeImage(engine, name)) && !name.startsWith("sha256:")) removed.push(name);
  return removed;
}

async function removeImage(engine: Docker, name: string): Promise<boolean> {
  try {
    await engine.getImage(name).remove();
    return true;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    // Gone already; or an image or a container of someone else's has been made of it meanwhile.
    if (statusCode === 404 || statusCode === 409) return false;
    throw error;
  }
}

async function ignoringGone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    // Gone; or being removed by the engine at this moment.
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}

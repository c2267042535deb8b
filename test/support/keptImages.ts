import { execa } from "execa";
import { imageLabel } from "../../components/target/names";

const label = "io.buswide.test=keeps-images";

/** What the engine prints, as lines. */
async function docker(...args: string[]): Promise<string[]> {
  return (await execa("docker", args)).stdout.split("\n").filter(Boolean);
}

async function release(): Promise<void> {
  const containers = await docker("ps", "--all", "--quiet", "--filter", `label=${label}`);
  if (containers.length > 0) await docker("rm", "--force", "--volumes", ...containers);
}

/**
 * Does what removes images that no container uses, and has this machine's engine keep its own meanwhile, which other tests would
 * have to make again: each has a container, which is never started.
 */
export async function keepingImages(remove: () => Promise<void>): Promise<void> {
  // What a test that was killed has left.
  await release();
  try {
    // Some have several names.
    const listed = await docker("images", "--quiet", "--no-trunc", "--filter", `label=${imageLabel}`);
    for (const image of new Set(listed)) await docker("create", "--label", label, image, "true");
    await remove();
  } finally {
    await release();
  }
}

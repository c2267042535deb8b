import Docker from "dockerode";
import type { ForeignImage } from "../../bus/bus";
import type { ScenarioIssue } from "../../../stacks/scenario/parse";

/**
 * What is wrong with images that somebody else makes: they are neither on this machine, nor does their registry say that it
 * has them. Nothing is fetched. Errors: Docker does not answer.
 */
export async function missingImages(
  images: readonly ForeignImage[],
  engine: Docker = new Docker(),
): Promise<ScenarioIssue[]> {
  const issues = await Promise.all(
    images.map(async ({ reference, path, instead }): Promise<ScenarioIssue[]> => {
      const image = engine.getImage(reference);
      if (await holds(image.inspect())) return [];
      const reason = await refusalOf(image.distribution());
      if (reason === undefined) return [];
      return [
        {
          path,
          message: `the image "${reference}" is not on this machine, and its registry does not give it (${reason}): get it with "docker pull" or "docker load", ${instead}`,
        },
      ];
    }),
  );
  return issues.flat();
}

async function holds(inspection: Promise<unknown>): Promise<boolean> {
  try {
    await inspection;
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/** Why a registry does not tell of an image, in the engine's words; undefined if it does. Errors: the engine is not there. */
async function refusalOf(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    const { statusCode, json } = error as { statusCode?: number; json?: { message?: string } };
    if (statusCode === undefined) throw error;
    return (json?.message ?? `status ${statusCode}`).trim();
  }
}

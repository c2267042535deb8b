import { mustRun, runAttended, timedOut, writeIn } from "../attended";
import type { Cloud } from "../cloud";
import type { Containers } from "../containers";
import { renderWarmUp } from "./task";

/** What a first server may take to come, and as long again to go. Seconds. */
const serverSeconds = 120;
/** What asking for a first server takes until it is asked for. Seconds. */
const connectingSeconds = 60;
/** Hosts that get their first server at one time (`AT_A_TIME` of the image's `rally-warm-up`). */
const hostsAtOnce = 8;

/** What a host does for the first time takes it longer than ever after. Errors: a server does not come or go. */
export async function warmUp(
  containers: Containers,
  container: string,
  cloud: Cloud,
  signal: AbortSignal,
): Promise<void> {
  const told = "warm-up.json";
  await writeIn(containers, container, told, renderWarmUp(cloud, serverSeconds));
  const command = ["sh", "-c", `exec rally-warm-up < ${told}`];
  try {
    const rounds = Math.ceil(cloud.hosts.length / hostsAtOnce);
    // As long as all of its parts may take: it gives up itself where a server takes too long, and says which.
    const timeoutSeconds = rounds * (connectingSeconds + 2 * serverSeconds);
    const { exitCode, stderr } = await runAttended(containers, container, command, {
      timeoutSeconds,
      signal,
    });
    if (exitCode === 0 || signal.aborted) return;
    if (exitCode === timedOut)
      throw new Error(`the first servers did not come and go within ${timeoutSeconds} s`);
    throw new Error(`the first servers: ${stderr.trim().split("\n").slice(-3).join(" | ")}`);
  } finally {
    await mustRun(containers, container, ["rm", "-f", told]);
  }
}

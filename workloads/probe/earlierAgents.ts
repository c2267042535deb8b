import type { Containers } from "../containers";
import { inParallel } from "../links/parallel";

/** What agents and ombt's are started as, `python -m <module>`, for an extended regular expression. */
const agentModules = "buswide_(agent|ombt)(\\.[a-z]+)?";

/** Containers that are asked at the same time. */
const asksAtOnce = 8;
const askMs = 30_000;

/** The number of processes that were ended is how many lines it writes. An argument that is a module, as a whole, is what tells them. */
const scriptFor = (modules: string): string =>
  `for file in $(grep -lszxE '${modules}' /proc/[0-9]*/cmdline); do
  pid=\${file#/proc/}
  kill -9 "\${pid%/cmdline}" 2>/dev/null && echo ended
done
true`;

/**
 * Ends agents that an earlier run has left in containers, and that would load the bus beside those of the next: where its channel
 * to them broke off without closing, they do not know of its end yet. Returns how many there were.
 * Errors: a container is missing or not running, or does not answer.
 * @param modules as they are in `agentModules`
 */
export async function endEarlierAgents(
  containers: Pick<Containers, "exec">,
  names: readonly string[],
  modules = agentModules,
): Promise<number> {
  let ended = 0;
  await inParallel([...new Set(names)], asksAtOnce, async (name) => {
    const { exitCode, stdout, stderr } = await containers.exec(name, ["sh", "-c", scriptFor(modules)], {
      timeoutMs: askMs,
    });
    if (exitCode !== 0)
      throw new Error(`${name}: agents of earlier runs were not looked for: ${stderr.trim()}`);
    ended += stdout.split("\n").filter((line) => line !== "").length;
  });
  return ended;
}

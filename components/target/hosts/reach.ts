import Docker from "dockerode";
import type { ScenarioIssue } from "../../../stacks/scenario/parse";
import { openTunnels } from "../../../workloads/hosts/engines";
import { engineSocket } from "../../../workloads/hosts/tunnel";
import type { AskedHost } from "./facts";

/** Time an engine may take to say that it is there, milliseconds. */
const answerMs = 20_000;

/**
 * What is wrong with the ways by which engines of hosts are asked once something is there: an SSH server may run commands and forward
 * nothing, which would show only when all is made and is to be measured.
 */
export async function reachIssues(hosts: readonly AskedHost[]): Promise<ScenarioIssue[]> {
  const { tunnels, lost } = await openTunnels(Object.fromEntries(hosts.map(({ name, ssh }) => [name, ssh])));
  try {
    const silent = await Promise.all(
      [...tunnels].map(async ([name, { socketPath }]): Promise<[string, string][]> => {
        try {
          await new Docker({ socketPath, timeout: answerMs }).ping();
          return [];
        } catch (error) {
          return [[name, (error as Error).message]];
        }
      }),
    );
    const unreached = new Map([...lost, ...silent.flat()]);
    return hosts.flatMap(({ name }) => {
      const why = unreached.get(name);
      return why === undefined
        ? []
        : [
            {
              path: `target.hosts.${name}`,
              message: `its Docker Engine does not answer through SSH (${why}): either its SSH server, or the entry of the key, forbids forwarding (allow it by \`AllowStreamLocalForwarding yes\`, without \`DisableForwarding\` or \`restrict\`), or its engine does not listen at ${engineSocket}`,
            },
          ];
    });
  } finally {
    for (const tunnel of tunnels.values()) tunnel.close();
  }
}

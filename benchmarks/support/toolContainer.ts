import { accountName } from "../../components/bus/accounts";
import { virtualHost } from "../../components/bus/rabbitmq/accounts";
import { networkName, stackLabel } from "../../components/target/names";
import type { MeasurementInput } from "../../workloads/runner/input";
import type { Bench } from "../benchmark";
import { stackName } from "./stack";

export interface ToolOptions {
  /** What it is called: part of the container's name, and its host name. */
  readonly tool: string;
  readonly image: string;
  readonly input: MeasurementInput;
  readonly site: string;
  /** `NAME=value` each. */
  readonly environment?: readonly string[];
}

/** Another tool than the probe, in a container like that of the probe's agents, in its network. */
export interface ToolContainer {
  readonly container: string;
  /** Removes the container, and all its processes with it. */
  readonly remove: () => Promise<void>;
}

/** Starts a tool's container. Errors: the site has no agents whose container it could be like. */
export async function startToolContainer(bench: Bench, options: ToolOptions): Promise<ToolContainer> {
  const { docker, cleanup } = bench;
  const { tool, image, input, site, environment = [] } = options;
  const name = `buswide-${stackName}-${tool}`;
  const remove = cleanup.add(`the container of ${tool}`, async () => {
    const there = await docker.listContainers({ all: true, filters: { name: [`^/${name}$`] } });
    await Promise.all(there.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  });
  const like = input.sites.find(({ name }) => name === site)?.agents;
  if (like === undefined) throw new Error(`${site} has no agents`);
  const { HostConfig } = await docker.getContainer(like).inspect();
  const container = await docker.createContainer({
    name,
    Hostname: tool,
    Image: image,
    Labels: { [stackLabel]: stackName },
    Env: [...environment],
    HostConfig: {
      Init: true,
      NetworkMode: networkName(stackName, `${site}-network`),
      ...{ Memory: HostConfig.Memory, MemorySwap: HostConfig.MemorySwap, CpuShares: HostConfig.CpuShares },
    },
  });
  await container.start();
  await allowAll(bench, input, site);
  return { container: name, remove };
}

/**
 * Runs a tool's command to its end and returns what it printed. Errors: it failed, in its words without the URL.
 * @param stdin What it reads from its standard input.
 */
export async function runTool(
  { containers }: Bench,
  container: string,
  parameters: readonly string[],
  url: string,
  stdin = "",
): Promise<string> {
  const { exitCode, stdout, stderr } = await containers.exec(container, parameters, {
    timeoutMs: 300_000,
    stdin,
  });
  if (exitCode === 0) return stdout;
  const said = (stderr || stdout).split(url).join("[secret]").trim().split("\n").slice(-5).join("\n");
  throw new Error(`${parameters[0] ?? ""} ended with ${exitCode}: ${said}`);
}

/** The agents' transport URL at a site. Errors: it has none. */
export function transportAt({ bus }: MeasurementInput, site: string): string {
  const url = bus.transports[site];
  if (url === undefined) throw new Error(`${site} has no transport URL`);
  return url;
}

/** The account of a site's agents may touch what the probe uses and nothing else; other tools have names of their own. */
async function allowAll({ containers }: Bench, { bus }: MeasurementInput, site: string): Promise<void> {
  for (const { container } of bus.brokers) {
    const all = [
      ...["rabbitmqctl", "set_permissions", "-p", virtualHost],
      ...[accountName("agents", site), ".*", ".*", ".*"],
    ];
    const { exitCode, stderr } = await containers.exec(container, all);
    if (exitCode !== 0) throw new Error(`${container}: ${stderr}`);
  }
}

import { setTimeout as sleep } from "timers/promises";
import type { Bench } from "../benchmark";
import { command } from "./commands";
import type { Container, Deployment, GatewayCommand, Network } from "./deployment";
import { tarOf } from "./uploads";

/** The parameters of `docker network create` that make a network as the stack has it. */
export function networkParameters({ name, driver, options, ipamConfigs, labels }: Network): string[] {
  return [
    ...["network", "create", "--driver", driver],
    ...Object.entries(options).flatMap(([key, value]) => ["--opt", `${key}=${value}`]),
    ...ipamConfigs.flatMap(({ subnet, gateway, auxAddress }) => [
      ...["--subnet", subnet, "--gateway", gateway],
      ...Object.entries(auxAddress ?? {}).flatMap(([key, value]) => ["--aux-address", `${key}=${value}`]),
    ]),
    ...labels.flatMap(({ label, value }) => ["--label", `${label}=${value}`]),
    name,
  ];
}

/** The parameters of `docker create` that make a container as the stack has it, in its first network. */
export function containerParameters(container: Container): string[] {
  const { networksAdvanced, capabilities, sysctls, cpuShares } = container;
  const [first] = networksAdvanced;
  if (!first) throw new Error(`${container.name} is in no network`);
  return [
    ...["create", "--pull", "never", "--name", container.name, "--hostname", container.hostname],
    ...(container.init ? ["--init"] : []),
    ...["--memory", `${container.memory}m`, "--memory-swap", `${container.memorySwap}m`],
    ...["--restart", container.restart, "--log-driver", container.logDriver],
    ...Object.entries(container.logOpts).flatMap(([key, value]) => ["--log-opt", `${key}=${value}`]),
    ...["--network", first.name, "--ip", first.ipv4Address],
    ...(capabilities?.adds ?? []).flatMap((capability) => ["--cap-add", capability]),
    ...Object.entries(sysctls ?? {}).flatMap(([key, value]) => ["--sysctl", `${key}=${value}`]),
    ...(cpuShares === undefined ? [] : ["--cpu-shares", String(cpuShares)]),
    ...(container.envs ?? []).flatMap((variable) => ["--env", variable]),
    ...container.labels.flatMap(({ label, value }) => ["--label", `${label}=${value}`]),
    container.image,
  ];
}

/** A deployment as a person would script it without an engine, as much as possible at one time. */
export class PlainDocker {
  readonly #uploads = new Map<string, Buffer>();

  private constructor(
    private readonly bench: Bench,
    private readonly deployment: Deployment,
  ) {}

  static async of(bench: Bench, deployment: Deployment): Promise<PlainDocker> {
    const plain = new PlainDocker(bench, deployment);
    // Files are packed in advance: what is timed is Docker's part.
    for (const { name, uploads } of deployment.containers)
      if (uploads) plain.#uploads.set(name, await tarOf(uploads));
    return plain;
  }

  /** Makes networks, containers, then the gateways' classes and routes; waits for health where the stack does. */
  async up(): Promise<void> {
    const { networks, containers, classes, routes } = this.deployment;
    await all(networks, (network) => this.#docker(networkParameters(network)));
    const isGateway = ({ capabilities }: Container): boolean => capabilities !== undefined;
    const gateways = containers.filter(isGateway);
    const others = containers.filter((container) => !isGateway(container));
    await Promise.all([
      all(gateways, (container) => this.#run(container)).then(async () => {
        await all(classes, (told) => this.#tell(told));
        await all(routes, (told) => this.#tell(told));
      }),
      all(others, (container) => this.#run(container)),
    ]);
  }

  /** Removes what `up` made, also when it made only some of it. */
  async down(): Promise<void> {
    const { docker } = this.bench;
    const { networks, containers } = this.deployment;
    await all(containers, ({ name }) => gone(docker.getContainer(name).remove({ force: true, v: true })));
    await all(networks, ({ name }) => gone(docker.getNetwork(name).remove()));
  }

  async #run(container: Container): Promise<void> {
    const { name, networksAdvanced, wait, waitTimeout } = container;
    await this.#docker(containerParameters(container));
    for (const network of networksAdvanced.slice(1))
      await this.#docker(["network", "connect", "--ip", network.ipv4Address, network.name, name]);
    const files = this.#uploads.get(name);
    if (files) await this.#docker(["cp", "--quiet", "-", `${name}:/`], files);
    await this.#docker(["start", name]);
    if (wait) await this.#healthy(name, waitTimeout ?? 60);
  }

  async #healthy(name: string, seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1000;
    for (;;) {
      const { State } = await this.bench.docker.getContainer(name).inspect();
      if (State.Health?.Status === "healthy") return;
      if (performance.now() > until) throw new Error(`${name} is not healthy after ${seconds} s`);
      await sleep(100, undefined, { signal: this.bench.signal });
    }
  }

  async #tell({ create, stdin }: GatewayCommand): Promise<void> {
    await command(this.bench, "/bin/sh", ["-c", create], { input: stdin });
  }

  async #docker(parameters: readonly string[], input?: Buffer): Promise<void> {
    await command(this.bench, "docker", parameters, input === undefined ? {} : { input });
  }
}

/** Waits for all of them, also when one fails: nothing may still be being made when the undoing begins. */
async function all<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (const result of await Promise.allSettled(items.map(work)))
    if (result.status === "rejected") throw result.reason;
}

async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}

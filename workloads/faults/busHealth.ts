import type Docker from "dockerode";
import { setTimeout as sleep } from "timers/promises";
import { brokerSamplers, type BrokerSampler } from "../brokers";
import type { Containers } from "../containers";
import type { Engines } from "../hosts/engines";
import type { MeasurementInput } from "../runner/input";

/** What is to be known of a bus to look after it. */
export type BusInView = Pick<MeasurementInput["bus"], "kind" | "topology"> & {
  readonly brokers: readonly Pick<MeasurementInput["bus"]["brokers"][number], "name" | "container">[];
};

/** How long a bus may take to be found well, milliseconds: something may just be coming back. */
const patienceMs = 20_000;
const againMs = 2_000;

/**
 * What is wrong with a bus, in words, one entry each; empty: nothing. Looked at are its containers, whether each broker
 * answers and takes messages, and whether brokers that belong together are together, by what they say themselves.
 * What is wrong at first is looked at again until it is well, for 20 seconds.
 */
export async function ailmentsOf(
  bus: BusInView,
  { of, containers }: Pick<Engines, "of" | "containers">,
): Promise<string[]> {
  const docker: Pick<Docker, "getContainer"> = { getContainer: (name) => of(name).getContainer(name) };
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await lookAt(bus, docker, containers, brokerSamplers[bus.kind]);
    if (found.length === 0 || Date.now() > deadline) return found;
    await sleep(againMs);
  }
}

/** As {@link ailmentsOf}, once. */
export async function lookAt(
  bus: BusInView,
  docker: Pick<Docker, "getContainer">,
  containers: Containers,
  sampler: BrokerSampler | undefined,
): Promise<string[]> {
  const all = await Promise.all(
    bus.brokers.map(async ({ name, container }) => {
      const stands = await stateOf(docker, container);
      if (stands !== undefined) return [`${name} ${stands}`];
      if (sampler === undefined) return [];
      try {
        const { blocked } = await sampler.sample(containers, container);
        const apart = (await sampler.ailments?.(containers, container, bus)) ?? [];
        return [...(blocked === undefined ? [] : [`takes no messages: ${blocked}`]), ...apart].map(
          (ailment) => `${name} ${ailment}`,
        );
      } catch (error) {
        return [`${name} does not answer: ${error instanceof Error ? error.message : String(error)}`];
      }
    }),
  );
  return all.flat();
}

/** Why a container does nothing; undefined: it runs. */
async function stateOf(docker: Pick<Docker, "getContainer">, container: string): Promise<string | undefined> {
  try {
    const { State } = await docker.getContainer(container).inspect();
    if (State.Paused) return "stands still";
    if (!State.Running) return `does not run (exit code ${State.ExitCode})`;
    return State.Health?.Status === "unhealthy" ? "is not healthy, by its image's own check" : undefined;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return "has no container";
    throw error;
  }
}

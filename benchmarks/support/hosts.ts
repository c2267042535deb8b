import { stackLabel } from "../../components/target/names";
import type { Bench } from "../benchmark";
import type { End } from "./gateways";
import { stackName } from "./stack";

const memoryBytes = 128 * 1024 ** 2;

/** Two containers that do nothing by themselves and have the tools to measure with, a network for each. */
export class Hosts {
  private constructor(
    readonly ends: readonly [End, End],
    /** Removes both. */
    readonly remove: () => Promise<void>,
  ) {}

  /**
   * @param name Tells them from other hosts of the benchmark.
   * @param image The gateway's, which has the tools.
   */
  static async make(
    bench: Bench,
    name: string,
    networks: readonly [string, string],
    image: string,
  ): Promise<Hosts> {
    const { docker } = bench;
    const names = networks.map((_, index) => `buswide-${stackName}-${name}-${index + 1}`);
    const remove = bench.cleanup.add(`the hosts ${names.join(" and ")}`, async () => {
      const there = await docker.listContainers({
        all: true,
        filters: { label: [`${stackLabel}=${stackName}`] },
      });
      const ours = there.filter(({ Names }) => names.some((own) => Names.includes(`/${own}`)));
      await Promise.all(ours.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
    });
    const start = async (index: 0 | 1): Promise<End> => {
      const network = networks[index];
      const container = await docker.createContainer({
        name: names[index],
        Image: image,
        Cmd: ["sleep", "infinity"],
        Healthcheck: { Test: ["NONE"] },
        Labels: { [stackLabel]: stackName },
        HostConfig: { Init: true, NetworkMode: network, Memory: memoryBytes, MemorySwap: memoryBytes },
      });
      await container.start();
      const { NetworkSettings } = await container.inspect();
      const address = NetworkSettings.Networks[network]?.IPAddress;
      if (!address) throw new Error(`${names[index]} has no address in ${network}`);
      return { container: container.id, address };
    };
    return new Hosts([await start(0), await start(1)], remove);
  }
}

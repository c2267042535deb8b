import { randomBytes, randomInt } from "crypto";
import Docker from "dockerode";
import { setTimeout as sleep } from "timers/promises";
import { bridgeOptions } from "../../components/target/names";
import type { ExecResult } from "../../workloads/containers";
import { DockerContainers } from "../../workloads/dockerContainers";
import type { Impairment } from "../../workloads/results/schema";
import { holdOffIdleStates } from "../../workloads/runner/idleStates";
import type { MeasurementInput } from "../../workloads/runner/input";
import { buildImage } from "./buildImage";

export type SiteName = "a" | "b" | "c";
const siteNames: readonly SiteName[] = ["a", "b", "c"];

/** Three sites in a line, a--b--c, each with a gateway and a host; no links yet. */
export interface LinkStage {
  docker: Docker;
  containers: DockerContainers;
  sites: MeasurementInput["sites"];
  gateway(site: SiteName): string;
  wanAddress(site: SiteName): string;
  /** The gateway's address inside its site, where paths begin and end. */
  siteAddress(site: SiteName): string;
  host(site: SiteName): string;
  hostAddress(site: SiteName): string;
  /** Sets the class of the direction from one site's gateway to another's. */
  setLink(from: SiteName, to: SiteName, impairment: Partial<Impairment>): Promise<void>;
  /** Sets the routes of the line: each site reaches each other one, over b where it has to. */
  setRoutes(): Promise<void>;
  status(site: SiteName): Promise<GatewayStatus>;
  restart(site: SiteName): Promise<void>;
  remove(): Promise<void>;
}

/** What the tests read of `gateway status`. */
export interface GatewayStatus {
  emulator: string;
  classes: Record<string, { id: number; delayMs: number; counters: Record<string, number> }>;
  routes: Record<string, string>;
  droppedWithoutLink: { packets: number };
}

/** Runs a command in a container and returns its output. Errors: an exit code other than 0. */
export async function output(
  containers: DockerContainers,
  container: string,
  command: readonly string[],
  stdin?: string,
): Promise<string> {
  const result: ExecResult = await containers.exec(container, command, stdin === undefined ? {} : { stdin });
  if (result.exitCode !== 0) throw new Error(`${command.join(" ")}: ${result.stderr.trim()}`);
  return result.stdout;
}

/** Builds the gateway's image and starts the stage, with processors kept awake as during a run. */
export async function makeLinkStage(): Promise<LinkStage> {
  holdOffIdleStates();
  const docker = new Docker();
  const containers = new DockerContainers(docker);
  const image = await buildImage("gateway");
  const prefix = `buswide-test-${randomBytes(4).toString("hex")}`;
  const net = `10.${randomInt(200, 250)}`;
  const block = 4 * randomInt(0, 63);
  const subnet = (index: number): string => `${net}.${block + index}`;
  const position = (site: SiteName): number => siteNames.indexOf(site) + 1;
  const gateway = (site: SiteName): string => `${prefix}-gateway-${site}`;
  const host = (site: SiteName): string => `${prefix}-host-${site}`;
  const wanAddress = (site: SiteName): string => `${subnet(0)}.${10 + position(site)}`;
  const networks = ["wan", ...siteNames].map((name) => `${prefix}-${name}`);
  const remove = async (): Promise<void> => {
    const made = siteNames.flatMap((site) => [gateway(site), host(site)]);
    const present = (await docker.listContainers({ all: true })).filter(({ Names }) =>
      made.some((name) => Names.includes(`/${name}`)),
    );
    await Promise.all(present.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
    const left = await docker.listNetworks();
    await Promise.all(
      left.filter(({ Name }) => networks.includes(Name)).map(({ Id }) => docker.getNetwork(Id).remove()),
    );
  };
  const setLink = async (from: SiteName, to: SiteName, impairment: Partial<Impairment>): Promise<void> => {
    const spec = { nextHop: wanAddress(to), delayMs: 0, ...impairment };
    const name = [from, to].sort().join("--");
    await output(containers, gateway(from), ["gateway", "class", "set", name], JSON.stringify(spec));
  };
  const setRoutes = async (): Promise<void> => {
    const via: Record<SiteName, Partial<Record<SiteName, SiteName>>> = {
      a: { b: "b", c: "b" },
      b: { a: "a", c: "c" },
      c: { a: "b", b: "b" },
    };
    for (const site of siteNames) {
      const routes = Object.entries(via[site]).map(([to, hop]) => [
        `${subnet(position(to as SiteName))}.0/24`,
        wanAddress(hop),
      ]);
      const text = JSON.stringify(Object.fromEntries(routes));
      await output(containers, gateway(site), ["gateway", "routes", "set"], text);
    }
  };
  const stage: LinkStage = {
    docker,
    containers,
    sites: siteNames.map((name) => ({
      name,
      gateway: { container: gateway(name), wanAddress: wanAddress(name) },
    })),
    gateway,
    wanAddress,
    siteAddress: (site) => `${subnet(position(site))}.254`,
    host,
    hostAddress: (site) => `${subnet(position(site))}.10`,
    setLink,
    setRoutes,
    status: async (site) =>
      JSON.parse(await output(containers, gateway(site), ["gateway", "status"])) as GatewayStatus,
    restart: async (site) => {
      await docker.getContainer(gateway(site)).restart({ t: 5 });
    },
    remove,
  };
  try {
    await createNetwork(docker, `${prefix}-wan`, subnet(0), {});
    for (const site of siteNames) {
      const here = subnet(position(site));
      await createNetwork(docker, `${prefix}-${site}`, here, { DefaultGatewayIPv4: `${here}.254` });
      const made = await docker.createContainer({
        name: gateway(site),
        Image: image,
        Env: [`SITE_ADDRESS=${here}.254/24`, `WAN_ADDRESS=${wanAddress(site)}`, "EMULATOR=auto"],
        HostConfig: {
          Init: true,
          CapAdd: ["NET_ADMIN"],
          Sysctls: { "net.ipv4.ip_forward": "1" },
          // As on the local target: packets must not wait for the emulator to get a core.
          CpuShares: 8192,
          NetworkMode: `${prefix}-${site}`,
        },
      });
      // The second network comes late, as it may in real life.
      await made.start();
      await docker.getNetwork(`${prefix}-wan`).connect({
        Container: made.id,
        EndpointConfig: { IPAMConfig: { IPv4Address: wanAddress(site) } },
      });
      const service = await docker.createContainer({
        name: host(site),
        Image: image,
        Cmd: ["sleep", "infinity"],
        Healthcheck: { Test: ["NONE"] },
        HostConfig: { Init: true, NetworkMode: `${prefix}-${site}` },
        NetworkingConfig: {
          EndpointsConfig: { [`${prefix}-${site}`]: { IPAMConfig: { IPv4Address: `${here}.10` } } },
        },
      });
      await service.start();
    }
    await Promise.all(siteNames.map((site) => healthy(docker, gateway(site))));
  } catch (error) {
    await remove();
    throw error;
  }
  return stage;
}

async function createNetwork(
  docker: Docker,
  name: string,
  prefix: string,
  auxiliary: Record<string, string>,
): Promise<void> {
  const config = { Subnet: `${prefix}.0/24`, AuxiliaryAddresses: auxiliary };
  await docker.createNetwork({
    Name: name,
    CheckDuplicate: true,
    Options: { ...bridgeOptions },
    IPAM: { Driver: "default", Config: [config] },
  });
}

async function healthy(docker: Docker, name: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { State } = await docker.getContainer(name).inspect();
    if (State.Health?.Status === "healthy") return;
    if (attempt > 150) throw new Error(`${name} is not healthy within 30 s: ${State.Status}`);
    await sleep(200);
  }
}

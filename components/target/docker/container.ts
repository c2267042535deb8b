import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { containerName, serviceLabel, stackLabel } from "../names";
import type { ContainerSpec, GatewaySpec } from "../target";

const mebibyte = 1024 ** 2;
/** What a gateway may use: it holds every packet that is on the way, up to 300 ms of a gigabit. */
const gatewayMemoryBytes = 128 * mebibyte;
const gatewayWaitSeconds = 60;
/** Against the 1024 of every other container. */
const gatewayCpuShares = 8192;

/** What a container is given besides what its specification says; of a service nothing. */
export type Privileges = Pick<
  docker.ContainerArgs,
  "capabilities" | "sysctls" | "cpuShares" | "mounts" | "ports"
>;

/** What a gateway may do: administer its own network, and forward between its interfaces. */
export const gatewayPrivileges: Privileges = {
  capabilities: { adds: ["CAP_NET_ADMIN"] },
  sysctls: { "net.ipv4.ip_forward": "1" },
  // Packets that wait for the emulator to get a core would be later than the link makes them.
  cpuShares: gatewayCpuShares,
};

/** The container that a gateway is. */
export function gatewayContainer(
  spec: GatewaySpec,
  emulator: string,
  environment: Readonly<Record<string, pulumi.Input<string>>> = {},
): ContainerSpec {
  return {
    site: spec.site,
    service: "gateway",
    image: "gateway",
    address: spec.address,
    memoryBytes: gatewayMemoryBytes,
    environment: {
      SITE_ADDRESS: spec.siteAddress,
      WAN_ADDRESS: spec.wanAddress,
      EMULATOR: emulator,
      ...(spec.figuresPort === undefined ? {} : { FIGURES_PORT: String(spec.figuresPort) }),
      ...environment,
    },
    waitHealthySeconds: gatewayWaitSeconds,
  };
}

/** Makes a container of a stack. */
export function makeContainer(
  name: string,
  spec: ContainerSpec,
  given: {
    readonly stack: string;
    readonly image: pulumi.Input<string>;
    readonly networks: docker.types.input.ContainerNetworksAdvanced[];
    readonly privileges: Privileges;
    /** Labels besides those of every container. */
    readonly labels: Readonly<Record<string, string>>;
  },
  opts: pulumi.CustomResourceOptions,
): docker.Container {
  const { stack, image, networks, privileges, labels } = given;
  const memory = Math.round(spec.memoryBytes / mebibyte);
  return new docker.Container(
    name,
    {
      name: containerName(stack, spec.site, spec.service),
      hostname: `${spec.site}-${spec.service}`,
      image,
      init: true,
      // No swap: memory and swap together are limited to the memory.
      memory,
      memorySwap: memory,
      restart: "unless-stopped",
      logDriver: "json-file",
      logOpts: { "max-size": "16m", "max-file": "2" },
      networksAdvanced: networks,
      ...privileges,
      ...(spec.published === undefined
        ? {}
        : {
            ports: [
              {
                internal: spec.published.port,
                external: spec.published.at,
                ip: "127.0.0.1",
                protocol: "tcp",
              },
            ],
          }),
      ...(spec.environment === undefined || Object.keys(spec.environment).length === 0
        ? {}
        : {
            envs: Object.entries(spec.environment).map(([key, value]) =>
              typeof value === "string" ? `${key}=${value}` : pulumi.interpolate`${key}=${value}`,
            ),
          }),
      ...(spec.hosts === undefined || Object.keys(spec.hosts).length === 0
        ? {}
        : {
            hosts: Object.entries(spec.hosts).flatMap(([host, addresses]) =>
              addresses.map((ip) => ({ host, ip })),
            ),
          }),
      ...(spec.files === undefined || spec.files.length === 0
        ? {}
        : {
            uploads: spec.files.map(({ path, content }) => ({ file: path, content, permissions: "0644" })),
          }),
      ...(spec.health === undefined
        ? {}
        : {
            healthcheck: {
              tests: ["CMD", ...spec.health],
              interval: "1s",
              timeout: "90s",
              startPeriod: "0s",
              retries: 180,
            },
          }),
      ...(spec.waitHealthySeconds === undefined ? {} : { wait: true, waitTimeout: spec.waitHealthySeconds }),
      labels: [
        { label: stackLabel, value: stack },
        { label: serviceLabel, value: `${spec.site}/${spec.service}` },
        ...Object.entries(labels).map(([label, value]) => ({ label, value })),
      ],
    },
    { ...opts, deleteBeforeReplace: true },
  );
}

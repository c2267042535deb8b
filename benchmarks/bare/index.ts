import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/*
 * What a person would write who wants just as many resources: a loop a type, values written out, nothing that depends on
 * anything. It says of each resource what a scenario says of most of its kind.
 */

/** How many of each type, by token. */
const counts = new pulumi.Config("buswide-bare").requireObject<Readonly<Record<string, number>>>("counts");

const labels = [{ label: "io.buswide.stack", value: "bare" }];

const make: Readonly<Record<string, (name: string, index: number) => void>> = {
  "docker:index/network:Network": (name, index) => {
    const site = `10.${128 + (index >> 10)}.${(index >> 2) & 255}`;
    const first = 64 * (index & 3);
    new docker.Network(
      name,
      {
        name: `bare-${index}`,
        driver: "bridge",
        ipamConfigs: [
          {
            subnet: `${site}.${first}/26`,
            gateway: `${site}.${first + 1}`,
            auxAddress: { DefaultGatewayIPv4: `${site}.${first + 62}` },
          },
        ],
        labels,
      },
      { deleteBeforeReplace: true },
    );
  },
  "docker:index/container:Container": (name, index) => {
    new docker.Container(
      name,
      {
        name: `bare-${index}`,
        hostname: `bare-${index}`,
        image: "buswide/gateway:bare",
        init: true,
        memory: 128,
        memorySwap: 128,
        restart: "unless-stopped",
        logDriver: "json-file",
        logOpts: { "max-size": "16m", "max-file": "2" },
        networksAdvanced: [
          { name: `bare-${index}`, ipv4Address: "10.128.0.2" },
          { name: "bare-wan", ipv4Address: "10.191.0.2" },
        ],
        capabilities: { adds: ["CAP_NET_ADMIN"] },
        sysctls: { "net.ipv4.ip_forward": "1" },
        cpuShares: 8192,
        envs: ["SITE_ADDRESS=10.128.0.62/26", "WAN_ADDRESS=10.191.0.2", "EMULATOR=auto"],
        wait: true,
        waitTimeout: 60,
        labels,
      },
      { deleteBeforeReplace: true },
    );
  },
  "docker:index/remoteImage:RemoteImage": (name, index) => {
    new docker.RemoteImage(name, {
      name: `buswide/bare:${index}`,
      build: { context: ".", networkMode: "host" },
      keepLocally: true,
    });
  },
  "command:local:Command": (name, index) => {
    const told = "docker exec -i bare-gateway gateway class set edge";
    new command.local.Command(
      name,
      {
        create: told,
        update: told,
        delete: "docker exec bare-gateway gateway class delete edge",
        stdin: JSON.stringify({
          nextHop: "10.191.0.2",
          delayMs: 4,
          jitterMs: 0,
          lossPercent: 0,
          seed: index,
        }),
        triggers: ["bare-gateway"],
        logging: command.local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { deleteBeforeReplace: true },
    );
  },
};

for (const [type, count] of Object.entries(counts)) {
  const known = make[type];
  if (!known && !type.startsWith("buswide:")) throw new Error(`this program makes no ${type}`);
  for (let index = 0; index < count; index++) {
    const name = `${type.split(":").at(-1) ?? type}-${index}`;
    if (known) known(name, index);
    else new pulumi.ComponentResource(type, `${type.split(":")[1] ?? ""}-${name}`, { site: name });
  }
}

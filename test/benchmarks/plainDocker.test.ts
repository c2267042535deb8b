import { strict as assert } from "assert";
import { deploymentOf } from "../../benchmarks/support/deployment";
import { containerParameters, networkParameters } from "../../benchmarks/support/plainDocker";

const labels = [{ label: "io.buswide.stack", value: "bench", __defaults: [] }];
const urn = (type: string, name: string) => `urn:pulumi:bench::buswide::${type}::${name}`;

const network = {
  urn: urn("buswide:topology:Site$docker:index/network:Network", "core-network"),
  type: "docker:index/network:Network",
  inputs: {
    __defaults: [],
    name: "buswide-bench-core-network",
    driver: "bridge",
    options: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
    ipamConfigs: [
      {
        __defaults: [],
        subnet: "10.128.0.0/26",
        gateway: "10.128.0.1",
        auxAddress: { DefaultGatewayIPv4: "10.128.0.62" },
      },
    ],
    labels,
  },
};

const gateway = {
  urn: urn("buswide:topology:Gateway$docker:index/container:Container", "core-gateway-container"),
  type: "docker:index/container:Container",
  inputs: {
    __defaults: ["mustRun"],
    ...{
      name: "buswide-bench-core-gateway",
      hostname: "core-gateway",
      image: "buswide/gateway:1",
      init: true,
    },
    ...{ memory: 128, memorySwap: 128, restart: "unless-stopped", logDriver: "json-file", mustRun: true },
    logOpts: { "max-size": "16m" },
    networksAdvanced: [
      { name: "buswide-bench-core-network", ipv4Address: "10.128.0.2" },
      { name: "buswide-bench-wan", ipv4Address: "10.128.240.17" },
    ],
    capabilities: { __defaults: [], adds: ["CAP_NET_ADMIN"] },
    sysctls: { "net.ipv4.ip_forward": "1" },
    cpuShares: 8192,
    envs: ["EMULATOR=auto"],
    ...{ wait: true, waitTimeout: 60, labels },
  },
};

const command = (parent: string, name: string, create: string) => ({
  urn: urn(`buswide:topology:${parent}$command:local:Command`, name),
  type: "command:local:Command",
  inputs: { create, stdin: "{}", triggers: ["id"] },
});

describe("the plain commands that a deployment is compared with", () => {
  it("make a network with the stack's addresses and labels", () => {
    const [read] = deploymentOf([network]).networks;
    assert.ok(read);
    assert.equal(
      networkParameters(read).join(" "),
      "network create --driver bridge --opt com.docker.network.bridge.enable_ip_masquerade=false " +
        "--subnet 10.128.0.0/26 --gateway 10.128.0.1 " +
        "--aux-address DefaultGatewayIPv4=10.128.0.62 --label io.buswide.stack=bench buswide-bench-core-network",
    );
  });

  it("make a gateway with the stack's limits, privileges and first address", () => {
    const [read] = deploymentOf([gateway]).containers;
    assert.ok(read);
    assert.equal(
      containerParameters(read).join(" "),
      "create --pull never --name buswide-bench-core-gateway --hostname core-gateway --init --memory 128m " +
        "--memory-swap 128m --restart unless-stopped --log-driver json-file --log-opt max-size=16m " +
        "--network buswide-bench-core-network --ip 10.128.0.2 --cap-add CAP_NET_ADMIN " +
        "--sysctl net.ipv4.ip_forward=1 --cpu-shares 8192 --env EMULATOR=auto --label io.buswide.stack=bench " +
        "buswide/gateway:1",
    );
  });

  it("tell gateways classes and routes, and leave the stack's other commands out", () => {
    const { classes, routes } = deploymentOf([
      command("Link", "a--b-there", "docker exec -i a gateway class set b"),
      command("Routes", "a-routes-set", "docker exec -i a gateway routes set"),
      command("Measurement", "measurement-run", "node measure"),
    ]);
    assert.deepEqual(classes, [{ create: "docker exec -i a gateway class set b", stdin: "{}" }]);
    assert.deepEqual(routes, [{ create: "docker exec -i a gateway routes set", stdin: "{}" }]);
  });

  it("are not written at all for a container with a property that they would leave out", () => {
    const odd = {
      ...gateway,
      inputs: { ...gateway.inputs, privileged: true, ulimits: [{ name: "nofile" }] },
    };
    assert.throws(() => deploymentOf([odd]), /core-gateway-container is of no known shape:[^]*ulimits/);
  });
});

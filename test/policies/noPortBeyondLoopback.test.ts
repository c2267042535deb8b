import { deepStrictEqual, strictEqual } from "assert";
import { deployExperiment } from "../../components/experiment";
import { planScenario } from "../../components/plan/plan";
import { noPortBeyondLoopback as policy } from "../../policies/no-port-beyond-loopback";
import { mockedImages } from "../support/experiments";
import { machinesFacts, machinesScenario } from "../support/machines";
import { record } from "../support/mocks";
import { parsed, smallScenario } from "../support/scenarios";
import { container, deployedResources, judge, unknownValue } from "./judge";

const message = (port: number, on: string) =>
  `the container box publishes its port ${port} on ${on}: take it out, or set ip to 127.0.0.1`;

describe("the policy no-port-beyond-loopback", () => {
  it("is content with an experiment", async () =>
    deepStrictEqual(await judge(policy, (await deployedResources(smallScenario())).inputs), []));

  it("is content with no ports, and with ports on loopback", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({}),
        container({ ports: [] }),
        container({
          ports: [
            { internal: 5672, external: 5672, ip: "127.0.0.1" },
            { internal: 1, ip: "127.1.2.3" },
            { internal: 2, ip: "::1" },
          ],
        }),
      ]),
      [],
    ));

  it("refuses a port on every address, on one of the machine's, and on one that only looks like loopback", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({
          ports: [
            { internal: 1 },
            { internal: 2, ip: "" },
            { internal: 3, ip: "0.0.0.0" },
            { internal: 4, ip: "192.168.1.5" },
            { internal: 5, ip: "::" },
            { internal: 6, ip: "127.0.0.1.example.org" },
          ],
        }),
      ]),
      [
        message(1, "all addresses"),
        message(2, "all addresses"),
        message(3, "0.0.0.0"),
        message(4, "192.168.1.5"),
        message(5, "::"),
        message(6, "127.0.0.1.example.org"),
      ],
    ));

  it("is content with hosts, whose gateways' tunnels have a port at one address", async () => {
    const { registrations } = await record(() =>
      deployExperiment(planScenario(parsed(machinesScenario()), machinesFacts), { images: mockedImages }),
    );
    const containers = registrations.filter(({ type }) => type === "docker:index/container:Container");
    strictEqual(containers.filter(({ inputs }) => inputs["ports"] !== undefined).length, 3);
    deepStrictEqual(
      await judge(
        policy,
        containers.map(({ type, name, inputs }) => ({ type, name, props: inputs })),
      ),
      [],
    );
  });

  it("refuses a gateway's other ports, its tunnel on every address, and a tunnel of what is no gateway", async () => {
    const labels = (service: string) => [{ label: "io.buswide.service", value: `core/${service}` }];
    const tunnel = { internal: 4789, external: 20_017, protocol: "udp", ip: "192.0.2.5" };
    deepStrictEqual(
      await judge(policy, [
        container({ labels: labels("gateway"), ports: [tunnel] }),
        container({ labels: labels("gateway"), ports: [{ ...tunnel, internal: 22 }] }),
        container({ labels: labels("gateway"), ports: [{ ...tunnel, protocol: "tcp" }] }),
        container({ labels: labels("gateway"), ports: [{ ...tunnel, ip: "0.0.0.0" }] }),
        container({ labels: labels("agents"), ports: [tunnel] }),
      ]),
      [
        message(22, "192.0.2.5"),
        message(4789, "192.0.2.5"),
        message(4789, "0.0.0.0"),
        message(4789, "192.0.2.5"),
      ],
    );
  });

  it("refuses to publish whatever the image exposes", async () =>
    deepStrictEqual(await judge(policy, [container({ publishAllPorts: true })]), [
      "the container box publishes every port of its image on all addresses: take publishAllPorts out",
    ]));

  it("waits with ports that a preview does not know", async () =>
    deepStrictEqual(await judge(policy, [container({ ports: unknownValue })]), []));

  it("speaks of each of several containers", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({ ports: [{ internal: 80 }] }, "a"),
        container({}, "b"),
        container({ ports: [{ internal: 81 }] }, "c"),
      ]),
      [message(80, "all addresses").replace("box", "a"), message(81, "all addresses").replace("box", "c")],
    ));
});

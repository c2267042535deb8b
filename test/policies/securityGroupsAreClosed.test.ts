import { deepStrictEqual } from "assert";
import { securityGroupsAreClosed as policy } from "../../policies/security-groups-are-closed";
import { openstackScenario } from "../support/openstack";
import { cloudResources, judge, unknownValue, type Judged } from "./judge";

const rule = (props: Readonly<Record<string, unknown>>, name = "door"): Judged => ({
  type: "openstack:networking/secGroupRule:SecGroupRule",
  name,
  props: { direction: "ingress", ethertype: "IPv4", securityGroupId: "g", ...props },
});
const ssh = (remoteIpPrefix?: string) =>
  rule({
    protocol: "tcp",
    portRangeMin: 22,
    portRangeMax: 22,
    ...(remoteIpPrefix === undefined ? {} : { remoteIpPrefix }),
  });

describe("the policy security-groups-are-closed", () => {
  it("is content with a deployment in a cloud, with a bastion that is made and with one that exists", async () => {
    const existing = { network: "n", bastion: { host: "b", from: ["10.0.0.0/24"] } };
    for (const target of [{}, existing])
      deepStrictEqual(await judge(policy, await cloudResources(openstackScenario(target))), []);
  });

  it("is content with what is let out, and with what other groups and private networks are let in to", async () =>
    deepStrictEqual(
      await judge(policy, [
        rule({ direction: "egress" }),
        rule({ remoteGroupId: "hosts" }),
        rule({ remoteIpPrefix: "10.1.2.0/24", protocol: "udp", portRangeMin: 1, portRangeMax: 65_535 }),
      ]),
      [],
    ));

  it("is content with SSH from networks that are named, and refuses it from everybody", async () =>
    deepStrictEqual(
      await judge(policy, [ssh("192.0.2.0/24"), ssh("0.0.0.0/0"), ssh("::/0"), ssh(), ssh("128.0.0.0/1")]),
      [
        ...["0.0.0.0/0", "::/0", "everybody", "128.0.0.0/1"].map(
          (who) =>
            `the rule door lets ${who} in by SSH: name the networks from which you connect, such as 192.0.2.0/24`,
        ),
      ],
    ));

  it("refuses anything but SSH from outside", async () => {
    const refusal = (who: string, what: string) =>
      `the rule door lets ${who} in from outside to ${what}: take it out; only SSH, TCP port 22, may be let in, from networks that are named`;
    deepStrictEqual(
      await judge(policy, [
        rule({}),
        rule({ protocol: "icmp", remoteIpPrefix: "192.0.2.0/24" }),
        rule({ protocol: "tcp", portRangeMin: 5672, portRangeMax: 5672, remoteIpPrefix: "192.0.2.0/24" }),
        rule({ protocol: "tcp", portRangeMin: 1, portRangeMax: 22, remoteIpPrefix: "192.0.2.0/24" }),
        rule({ protocol: "udp", portRangeMin: 22, portRangeMax: 22, remoteIpPrefix: "0.0.0.0/0" }),
      ]),
      [
        refusal("everybody", "every protocol"),
        refusal("192.0.2.0/24", "ICMP"),
        refusal("192.0.2.0/24", "TCP port 5672"),
        refusal("192.0.2.0/24", "TCP ports 1 to 22"),
        refusal("0.0.0.0/0", "UDP port 22"),
      ],
    );
  });

  it("lets SSH in from no other networks than it is configured with", async () => {
    const configuration = { sshFrom: ["192.0.2.0/24", "203.0.113.0/25"] };
    deepStrictEqual(await judge(policy, [ssh("192.0.2.7/32"), ssh("198.51.100.0/24")], configuration), [
      "the rule door lets 198.51.100.0/24 in by SSH: the networks for that are 192.0.2.0/24, 203.0.113.0/25",
    ]);
  });

  it("takes a group that a preview does not know yet for one", async () =>
    deepStrictEqual(await judge(policy, [rule({ remoteGroupId: unknownValue, protocol: "udp" })]), []));

  it("refuses a port that no group closes, and is content with what a preview does not know", async () => {
    const port = (props: Readonly<Record<string, unknown>>, name = "one"): Judged => ({
      type: "openstack:networking/port:Port",
      name,
      props: { securityGroupIds: ["g"], ...props },
    });
    const advice = "whoever reaches it is let in; give it securityGroupIds of groups that are made with it";
    deepStrictEqual(
      await judge(policy, [
        port({}),
        port({ portSecurityEnabled: true, noSecurityGroups: false }),
        port({ securityGroupIds: unknownValue }),
        port({ securityGroupIds: [unknownValue] }),
        port({ portSecurityEnabled: unknownValue, noSecurityGroups: unknownValue }),
        port({ portSecurityEnabled: false }, "two"),
        port({ noSecurityGroups: true }, "three"),
        port({ securityGroupIds: [] }, "four"),
        port({ securityGroupIds: undefined }, "five"),
      ]),
      [
        `the port two has its security disabled (portSecurityEnabled): ${advice}`,
        `the port three is in no security group (noSecurityGroups): ${advice}`,
        `the port four is in no security group of its own: ${advice}`,
        `the port five is in no security group of its own: ${advice}`,
      ],
    );
  });

  it("has nothing to say of what is no rule", async () =>
    deepStrictEqual(
      await judge(policy, [{ ...rule({}), type: "openstack:networking/secGroup:SecGroup" }]),
      [],
    ));

  it("speaks of each of several rules", async () =>
    deepStrictEqual(
      (await judge(policy, [rule({}, "a"), rule({ remoteGroupId: "g" }, "b"), rule({}, "c")])).map((text) =>
        text.slice(0, 11),
      ),
      ["the rule a ", "the rule c "],
    ));
});

import { deepStrictEqual } from "assert";
import { onlyBastionsHaveFloatingIps as policy } from "../../policies/only-bastions-have-floating-ips";
import { openstackScenario } from "../support/openstack";
import { cloudResources, judgeStack, type Judged } from "./judge";

const bastion = { type: "buswide:openstack:Bastion", name: "cloud-bastion" };
const host = { type: "buswide:openstack:Host", name: "cloud-host-core" };
const floating = (
  name: string,
  parent?: Judged["parent"],
  type = "networking/floatingIp:FloatingIp",
): Judged => ({
  type: `openstack:${type}`,
  name,
  props: {},
  ...(parent ? { parent } : {}),
});
const association = "networking/floatingIpAssociate:FloatingIpAssociate";

describe("the policy only-bastions-have-floating-ips", () => {
  it("is content with a deployment in a cloud", async () =>
    deepStrictEqual(await judgeStack(policy, await cloudResources(openstackScenario())), []));

  it("is content without any", async () => deepStrictEqual(await judgeStack(policy, []), []));

  it("refuses one of a host, one of nobody, and one given by Nova's own way", async () =>
    deepStrictEqual(
      await judgeStack(policy, [
        floating("a", bastion),
        floating("b", host, association),
        floating("c"),
        floating("d", host, "compute/floatingIpAssociate:FloatingIpAssociate"),
      ]),
      [
        ["b is a floating IP of cloud-host-core, which is no bastion: take it out", "b"],
        ["c is a floating IP of the stack, which is no bastion: take it out", "c"],
        ["d is a floating IP of cloud-host-core, which is no bastion: take it out", "d"],
      ],
    ));

  it("refuses a second one, a bastion's too", async () =>
    deepStrictEqual(
      await judgeStack(policy, [floating("a", bastion, association), floating("b", bastion, association)]),
      [["there are 2 floating IPs (a, b): one bastion is enough", undefined]],
    ));
});

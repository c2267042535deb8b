import { deepStrictEqual } from "assert";
import { cloudResourcesAreTagged as policy } from "../../policies/cloud-resources-are-tagged";
import { openstackScenario } from "../support/openstack";
import { cloudResources, judgeStack, unknownValue, type Judged } from "./judge";

const port = (tags: unknown, name = "one", type = "networking/port:Port"): Judged => ({
  type: `openstack:${type}`,
  name,
  props: tags === undefined ? {} : { tags },
});
const lease = (ends: string): Judged => ({
  type: "buswide:openstack:Infrastructure",
  name: "cloud",
  props: { lease: { ends } },
});
const ends = "2027-03-01T18:00:00Z";

describe("the policy cloud-resources-are-tagged", () => {
  it("is content with a deployment in a cloud, with a lease and without", async () => {
    for (const target of [{}, { lease: { ends } }, { tags: { project: "p17" }, lease: { ends } }])
      deepStrictEqual(await judgeStack(policy, await cloudResources(openstackScenario(target))), []);
  });

  it("refuses what does not say which stack it is of", async () =>
    deepStrictEqual(
      await judgeStack(policy, [
        port(undefined),
        port(["a=b"], "two"),
        port(["buswide-stack="], "three"),
        port(["buswide-stack=x"], "four"),
      ]),
      [
        ["one has no tag buswide-stack=<stack>: give it tags", "one"],
        ["two has no tag buswide-stack=<stack>: give it tags", "two"],
        ["three has no tag buswide-stack=<stack>: give it tags", "three"],
      ],
    ));

  it("refuses, where there is a lease, what does not say when it is to be gone, or says otherwise", async () =>
    deepStrictEqual(
      await judgeStack(policy, [
        lease(ends),
        port(["buswide-stack=x"]),
        port(["buswide-stack=x", "buswide-expires=2030-01-01T00:00:00Z"], "two"),
        port(["buswide-stack=x", `buswide-expires=${ends}`], "three"),
      ]),
      [
        [`one does not say when it is to be gone: give it the tag buswide-expires=${ends}`, "one"],
        [
          `two is to be gone at 2030-01-01T00:00:00Z, and the lease ends at ${ends}: give it the lease's`,
          "two",
        ],
      ],
    ));

  it("takes the lease from what a deployment gives out", async () => {
    const raw = openstackScenario({ lease: { ends } });
    deepStrictEqual(await judgeStack(policy, [...(await cloudResources(raw)), port(["buswide-stack=x"])]), [
      [`one does not say when it is to be gone: give it the tag buswide-expires=${ends}`, "one"],
    ]);
  });

  it("wants the tags and the expiry that it is configured with", async () =>
    deepStrictEqual(
      await judgeStack(
        policy,
        [port(["buswide-stack=x"]), port(["buswide-stack=x", "project=p", "buswide-expires=y"], "two")],
        {
          names: ["project"],
          expiry: true,
        },
      ),
      [
        ["one has no tag project: add it to target.tags", "one"],
        [
          "one does not say when it is to be gone: give it the tag buswide-expires=<time>, by target.lease.ends",
          "one",
        ],
      ],
    ));

  it("speaks of everything that takes tags, and of nothing that does not", async () => {
    const takes = [
      "compute/instance:Instance",
      "networking/network:Network",
      "networking/subnet:Subnet",
      "networking/router:Router",
      "networking/secGroup:SecGroup",
      "networking/floatingIp:FloatingIp",
    ];
    const takesNone = [
      "networking/secGroupRule:SecGroupRule",
      "networking/routerInterface:RouterInterface",
      "compute/keypair:Keypair",
    ];
    const found = await judgeStack(
      policy,
      [...takes, ...takesNone].map((type) => port([], type, type)),
    );
    deepStrictEqual(
      found.map(([, name]) => name),
      takes,
    );
  });

  it("has nothing to say of tags that a preview does not know", async () =>
    deepStrictEqual(await judgeStack(policy, [port(unknownValue)]), []));
});

import { cloudHosts } from "../../components/target/openstack/hosts";
import { planCloud, type CloudPlan } from "../../components/target/openstack/plan";
import type { OpenstackTarget } from "../../components/target/openstack/schema";
import { planScenario } from "../../components/plan/plan";
import { expandSites } from "../../stacks/scenario/expand";
import { facts } from "./plans";
import { parsed, smallScenario, type RawScenario } from "./scenarios";

/** The small scenario in a cloud: its core on one instance, its two edges on one each, behind a bastion. */
export function openstackScenario(target: object = {}, sites?: object): RawScenario {
  return {
    ...smallScenario(),
    ...(sites === undefined ? {} : { sites }),
    target: {
      kind: "openstack",
      cloud: "lab",
      external: "public",
      image: "debian-12",
      flavor: "m1.small",
      ssh: { user: "debian", keypair: "mine" },
      bastion: { from: ["192.0.2.0/24"] },
      ...target,
    },
  };
}

/** The target of a scenario in a cloud. */
export function openstackTarget(raw: unknown): OpenstackTarget {
  const { target } = parsed(raw);
  if (target.kind !== "openstack") throw new Error(`the target is ${target.kind}`);
  return target;
}

/** What is made in the cloud for a scenario. */
export function plannedCloud(raw: unknown): CloudPlan {
  const scenario = parsed(raw);
  const { hosts } = planScenario(scenario, facts);
  if (!hosts?.cloud) throw new Error("the plan has no hosts in a cloud");
  return planCloud(openstackTarget(raw), facts.stack, hosts.cloud, hosts);
}

/** Where sites of a scenario are in its cloud. */
export function placedInCloud(raw: unknown) {
  return cloudHosts(openstackTarget(raw), expandSites(parsed(raw).sites));
}

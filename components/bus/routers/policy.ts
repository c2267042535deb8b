import { accountsAt, grouped, type Account, type AccountGroup } from "../accounts";
import { controlExchange } from "../amqp/driver";
import { serviceExchanges } from "../openstack";
import { policyHosts, saslRealm } from "./configuration";
import type { PlannedRouter, RoutersPlan } from "./plan";

/** One group of users of a policy (`vhostUserGroupSettings` of skupper-router 3's and qpid-dispatch 1.19's management schema). */
type Group = Readonly<Record<string, string | boolean>>;

/**
 * Where replies come: the addresses that a router makes up for those who ask for one, of an interior router and of an edge one
 * (`qdr_generate_temp_addr`, skupper-router 3.5.1). A router's management has the same beginning and another end.
 */
const replies = ["amqp:/_topo/*/*/temp/#", "amqp:/_edge/*/temp/#"];

/**
 * What a router lets be done, by the listener that one comes over: accounts, what the driver `amqp` does, and nothing with its management
 * (`$management`), by which all routers of the mesh are changed; edge routers, everything, as they speak for their agents, which they
 * have judged. Whom no listener's policy knows is not let in. In patterns, dots and slashes are the same, `*` is one word, `#` any number.
 */
export function renderPolicies(
  plan: Pick<RoutersPlan, "endpoints" | "serviceEndpoints">,
  router: Pick<PlannedRouter, "address">,
): string {
  const policies = [
    policy(
      policyHosts.accounts,
      Object.fromEntries(
        grouped(accountsAt(plan, router)).map(([group, accounts]) => [
          group,
          accountGroup(accounts, exchanges[group]),
        ]),
      ),
    ),
    policy(policyHosts.edge, { routers: edgeGroup }),
  ];
  return `${JSON.stringify(policies, undefined, 2)}\n`;
}

function policy(hostname: string, groups: Readonly<Record<string, Group>>) {
  return ["vhost", { hostname, allowUnknownUser: false, groups }] as const;
}

/** The exchanges that each group of accounts has its topics in. */
const exchanges: Readonly<Record<AccountGroup, readonly string[]>> = {
  agents: [controlExchange],
  openstack: serviceExchanges,
};

function accountGroup(accounts: readonly Account[], of: readonly string[]): Group {
  const topics = of.map((exchange) => `openstack.org/om/*/*/${exchange}/#`);
  return {
    // The driver says the realm as well.
    users: accounts.flatMap(({ name }) => [name, `${name}@${saslRealm}`]).join(", "),
    remoteHosts: "*",
    allowDynamicSource: true,
    allowAnonymousSender: false,
    allowAdminStatusUpdate: false,
    // The driver's messages name no user, so that there is nothing to look for in each.
    allowUserIdProxy: true,
    sourcePattern: topics.join(", "),
    targetPattern: [...topics, ...replies].join(", "),
  };
}

const edgeGroup: Group = {
  users: "*",
  remoteHosts: "*",
  allowDynamicSource: true,
  allowAnonymousSender: true,
  allowUserIdProxy: true,
  sources: "*",
  targets: "*",
};

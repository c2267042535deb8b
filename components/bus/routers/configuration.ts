import { routerMetrics } from "../../../workloads/brokers/routers";
import { amqpPort } from "../amqp/driver";
import type { RoutersPlan, PlannedRouter } from "./plan";

/** Where other routers connect, by the part that they have. */
export const routerPorts = { "inter-router": 55672, edge: 45672 } as const;

/** Files of a router, and where its image's start makes the passwords into what SASL reads. */
export const paths = {
  configuration: "/etc/buswide/router.conf",
  authority: "/etc/buswide/tls/authority.pem",
  certificate: "/etc/buswide/tls/router.pem",
  key: "/etc/buswide/tls/router-key.pem",
  sasl: "/etc/buswide/sasl",
  passwords: "/etc/buswide/users",
  passwordDatabase: "/tmp/buswide.sasldb",
  /** A folder, of which a router reads every file that ends in `.json`. */
  policies: "/etc/buswide/policies",
} as const;

/** What listeners call a policy by (their `policyVhost`): that of accounts, and that of edge routers. */
export const policyHosts = { accounts: "accounts", edge: "edge-routers" } as const;

/** SASL's name of the configuration, and the realm that accounts are of. */
export const saslRealm = "buswide";

/** The file of an account's password, as the image's start reads it: it is called as the account. */
export function passwordFile(account: string): string {
  return `${paths.passwords}/${account}`;
}

/**
 * Cyrus SASL's settings (https://www.cyrusimap.org/sasl/sasl/options.html): PLAIN for agents, by the passwords of a
 * database; EXTERNAL for routers, by their certificates.
 */
export const saslConfiguration = [
  "pwcheck_method: auxprop",
  "auxprop_plugin: sasldb",
  `sasldb_path: ${paths.passwordDatabase}`,
  "mech_list: PLAIN EXTERNAL",
  "",
].join("\n");

/** Environment of a router's container: what `launch.sh` of skupper-router's image reads. */
export const environment: Readonly<Record<string, string>> = {
  QDROUTERD_CONF: paths.configuration,
  QDROUTERD_AUTO_CREATE_SASLDB_SOURCE: paths.passwords,
  QDROUTERD_AUTO_CREATE_SASLDB_PATH: paths.passwordDatabase,
  APPLICATION_NAME: saslRealm,
};

/** One entity of a router's management schema, as its configuration says it. */
export interface Entity {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** A router takes a connection for dead after this long without a sign, seconds. Twice as long as agents take. */
const agentsIdleSeconds = 120;

const tls = "between-routers";

/** What a router is told: entities of the management schema of skupper-router 3 and qpid-dispatch 1.19, and of both alike. */
export function routerEntities(plan: RoutersPlan, router: PlannedRouter): Entity[] {
  return [
    entity("router", {
      id: router.name,
      mode: router.mode,
      workerThreads: 2,
      saslConfigDir: paths.sasl,
      saslConfigName: saslRealm,
    }),
    entity("sslProfile", {
      name: tls,
      caCertFile: paths.authority,
      certFile: paths.certificate,
      privateKeyFile: paths.key,
    }),
    // Agents of this site, or of sites that this is the nearest router of.
    entity("listener", {
      name: "agents",
      host: router.address,
      port: amqpPort,
      role: "normal",
      authenticatePeer: true,
      saslMechanisms: "PLAIN",
      idleTimeoutSeconds: agentsIdleSeconds,
      policyVhost: policyHosts.accounts,
    }),
    // Read by the runner from inside the container: the figures, and nothing else.
    entity("listener", {
      name: "figures",
      host: plan.scraped === undefined ? "127.0.0.1" : "0.0.0.0",
      port: routerMetrics.port,
      role: "normal",
      http: true,
      metrics: true,
      healthz: false,
      websockets: false,
      authenticatePeer: true,
      saslMechanisms: "PLAIN",
    }),
    // Always there, so that no router changes when another comes.
    ...(router.mode === "interior"
      ? (["inter-router", "edge"] as const).map((role) =>
          entity("listener", {
            name: `${role}-in`,
            host: router.address,
            port: routerPorts[role],
            role,
            sslProfile: tls,
            requireSsl: true,
            authenticatePeer: true,
            saslMechanisms: "EXTERNAL",
            // A policy holds for edge routers as for agents; between interior ones there is none.
            ...(role === "edge" ? { policyVhost: policyHosts.edge } : {}),
          }),
        )
      : []),
    ...router.connectors.map(({ to, host, role, cost }) =>
      entity("connector", {
        name: `to-${to}`,
        host,
        port: routerPorts[role],
        role,
        ...(role === "inter-router" ? { cost } : {}),
        sslProfile: tls,
        verifyHostname: true,
        saslMechanisms: "EXTERNAL",
      }),
    ),
    ...addresses(plan.distribution),
    entity("policy", { enableVhostPolicy: true, policyDir: paths.policies }),
    entity("log", { module: "DEFAULT", enable: "info+" }),
  ];
}

/** Addresses of oslo.messaging's driver `amqp`, in its routable form, by who gets what is sent there. */
function addresses(distribution: RoutersPlan["distribution"]): Entity[] {
  const ways = { multicast: "multicast", unicast: "closest", anycast: distribution } as const;
  return ["rpc", "notify"].flatMap((service) =>
    Object.entries(ways).map(([way, how]) =>
      entity("address", { prefix: `openstack.org/om/${service}/${way}`, distribution: how }),
    ),
  );
}

function entity(type: string, attributes: Entity["attributes"]): Entity {
  return { type, attributes };
}

/** The file that says entities to a router (skrouterd.conf(5)): a word or a number each, none with `#` in it. */
export function renderEntities(entities: readonly Entity[]): string {
  return entities
    .map(({ type, attributes }) =>
      [
        `${type} {`,
        ...Object.entries(attributes).map(([name, value]) => `  ${name}: ${inWords(value)}`),
        "}\n",
      ].join("\n"),
    )
    .join("\n");
}

function inWords(value: string | number | boolean): string {
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

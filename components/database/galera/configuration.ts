import { checks, configurationFile, proxyFiguresPort, renderHaproxy } from "../../haproxy/configuration";
import { mariadbPort, paths as mariadbPaths, renderConfiguration } from "../mariadb/configuration";
import type { GaleraMember, GaleraPlan, GaleraProxy } from "./plan";

/** Files of a node, of the arbitrator and of a proxy. */
export const paths = {
  ...mariadbPaths,
  arbitrator: "/etc/buswide/garbd.cnf",
  proxy: configurationFile,
} as const;

/** Where members talk to each other, and where a node says what it is good for. */
const ports = { group: 4567, node: 9200 } as const;

const group = "buswide";

/** Galera's own, of what hangs on how long a node may be silent, in parts of that (evs.suspect_timeout = PT5S). */
const shares = {
  "evs.keepalive_period": 1 / 5,
  "evs.inactive_check_period": 1 / 10,
  "evs.suspect_timeout": 1,
  "evs.inactive_timeout": 3,
  "evs.install_timeout": 3 / 2,
  "gmcast.peer_timeout": 3 / 5,
} as const;

/**
 * Settings of the library by which members talk to each other
 * (https://galeracluster.com/library/documentation/galera-parameters.html): as they are for one LAN, with what is silent being
 * waited for in proportion, and as many messages under way as its manual suggests for a WAN.
 */
export function providerOptions(
  { silenceSeconds }: Pick<GaleraPlan, "silenceSeconds">,
  { segment }: Pick<GaleraMember, "segment">,
): string {
  const durations = Object.entries(shares).map(
    ([name, share]) => [name, `PT${Number((silenceSeconds * share).toFixed(3))}S`] as const,
  );
  return [
    ...durations,
    ["evs.send_window", 512] as const,
    ["evs.user_send_window", 256] as const,
    ["gmcast.segment", segment] as const,
    // Who goes on after all have ended is decided by what all of them say, not by what one remembers.
    ["pc.recovery", "FALSE"] as const,
  ]
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");
}

/** A node's settings (https://mariadb.com/kb/en/galera-cluster-system-variables/). Who else there is, it is told as it starts. */
export function renderNode(plan: GaleraPlan, node: GaleraMember): string {
  return [
    renderConfiguration(node).trimEnd(),
    "binlog_format = ROW",
    "default_storage_engine = InnoDB",
    // Numbers that rows are given must not collide with those that other nodes give.
    "innodb_autoinc_lock_mode = 2",
    "wsrep_on = ON",
    "wsrep_provider = /usr/lib/galera/libgalera_smm.so",
    `wsrep_provider_options = "${providerOptions(plan, node)}"`,
    `wsrep_cluster_name = ${group}`,
    `wsrep_node_name = ${node.name}`,
    `wsrep_node_address = ${node.address}`,
    `wsrep_sst_method = ${plan.stateTransfer}`,
    `wsrep_sync_wait = ${plan.causalReads ? causal : 0}`,
    // A node that is on its own has what was true once.
    "wsrep_dirty_reads = OFF",
    ...(plan.stateTransfer === "mariabackup" ? backup : []),
    "",
  ].join("\n");
}

/** What copies a node to another: by the socket, as the user who runs the server, without a password; what it says is logged. */
const backup = ["wsrep_sst_auth = mysql:", "", "[sst]", "sst-syslog = -1"] as const;

/** Before reads (1), before updates and deletions (2), and before insertions (4). */
const causal = 7;

/** What `garbd` is told: it is in the group, and has no data. */
export function renderArbitrator(plan: GaleraPlan, arbitrator: GaleraMember): string {
  return [
    `group = ${group}`,
    `address = gcomm://${plan.nodes.map(({ address }) => `${address}:${ports.group}`).join(",")}`,
    `options = ${providerOptions(plan, arbitrator).replaceAll("; ", ";")}`,
    "",
  ].join("\n");
}

/**
 * A site's HAProxy. It passes a client on to the first node that says that it
 * serves. Clients of a node that does not any more are cut off rather than left waiting, and so are those of another node when
 * the first is back: otherwise some would go on writing there.
 */
export function renderProxy(
  { nodes, scraped }: Pick<GaleraPlan, "nodes" | "scraped">,
  { order }: GaleraProxy,
): string {
  const servers = order.flatMap((name) => nodes.filter((node) => node.name === name));
  return renderHaproxy(
    [
      ["frontend clients", "mode tcp", `bind *:${mariadbPort}`, "option clitcpka", "default_backend nodes"],
      [
        "backend nodes",
        "mode tcp",
        "option srvtcpka",
        "option httpchk GET /",
        "http-check expect status 200",
        `default-server check port ${ports.node} ${checks} on-marked-up shutdown-backup-sessions`,
        ...servers.map(
          ({ name, address }, index) =>
            `server ${name} ${address}:${mariadbPort}${index === 0 ? "" : " backup"}`,
        ),
      ],
    ],
    {
      // Longer than a pool keeps a connection that nobody uses: an hour (oslo.db's connection_recycle_time).
      timeout: "90m",
      health: ["monitor-uri /", "monitor fail if { nbsrv(nodes) lt 1 }"],
      figuresPort: scraped === undefined ? undefined : proxyFiguresPort,
    },
  );
}

/** What a node is told of the others: their addresses by name, the one first that begins a new cluster. */
export function renderMembers({ nodes }: Pick<GaleraPlan, "nodes">): string {
  return `${JSON.stringify(Object.fromEntries(nodes.map(({ name, address }) => [name, address])))}\n`;
}

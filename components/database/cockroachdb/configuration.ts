import { createHash, createHmac, pbkdf2Sync } from "crypto";
import type { DatabaseAccount } from "../database";
import type { CockroachdbPlan } from "./plan";

export const cockroachdbPort = 26257;

/** Where services find the certificate that they check nodes by. */
export const authorityFile = "/etc/buswide-database-authority.pem";

/** Files of a node, as its start finds them; it keeps keys from all but the node. */
export const certificates = {
  authority: "/etc/buswide/certificates/ca.crt",
  node: "/etc/buswide/certificates/node.crt",
  nodeKey: "/etc/buswide/certificates/node.key",
  /** The account by which the first node is told what the cluster is to hold. */
  root: "/etc/buswide/certificates/client.root.crt",
  rootKey: "/etc/buswide/certificates/client.root.key",
} as const;

/** How long a node that cannot be reached is waited for before the next is tried, seconds. */
const connectSeconds = 5;

/**
 * When a connection to a node that was cut off is given up: what was sent is not acknowledged for this long, milliseconds, where the
 * kernel would wait a quarter of an hour (tcp(7), TCP_USER_TIMEOUT); or, while an answer is waited for, none of these probes is.
 */
const silence = {
  tcp_user_timeout: "10000",
  keepalives_idle: "5",
  keepalives_interval: "2",
  keepalives_count: "3",
} as const;

/**
 * SQLAlchemy's URL of a database for Keystone, by psycopg2 and the dialect sqlalchemy-cockroachdb. Its library, libpq 15, tries the
 * nodes in their order whenever it connects, gives up a connection on which nothing comes any more, and checks that each is who it is to be
 * (https://www.postgresql.org/docs/15/libpq-connect.html).
 */
export function cockroachdbUrl(
  addresses: readonly string[],
  account: string,
  database: string,
  password: string,
): string {
  const options = [
    ...addresses.map((address) => ["host", `${address}:${cockroachdbPort}`] as const),
    ["sslmode", "verify-full"] as const,
    ["sslrootcert", authorityFile] as const,
    ["connect_timeout", String(connectSeconds)] as const,
    ...Object.entries(silence),
    ["application_name", account] as const,
    // The dialect would have the cluster count who uses it.
    ["disable_cockroachdb_telemetry", "true"] as const,
  ];
  // Nothing in it is to be encoded (RFC 3986, 3.4), and Keystone's migrations refuse a URL with a percent sign.
  const query = options.map(([name, value]) => `${name}=${value}`).join("&");
  return `cockroachdb+psycopg2://${account}:${encodeURIComponent(password)}@/${database}?${query}`;
}

/** Environment of a node's container: who and where it is, for `database-start`. */
export function nodeEnvironment({
  address,
  site,
  memoryBytes,
}: Pick<CockroachdbPlan["servers"][number], "address" | "site" | "memoryBytes">): Record<string, string> {
  const quarter = Math.floor(memoryBytes / 4 / 1024 ** 2);
  return {
    BUSWIDE_ADDRESS: address,
    BUSWIDE_SITE: site,
    BUSWIDE_CACHE_MIB: String(quarter),
    BUSWIDE_SQL_MIB: String(quarter),
  };
}

/** What a node is told of the others: where each is, a line each. */
export function renderMembers({ servers }: Pick<CockroachdbPlan, "servers">): string {
  return servers.map(({ address }) => `${address}:${cockroachdbPort}\n`).join("");
}

/**
 * SQL that makes the databases and the accounts, each with the rights to its own databases, and says where copies of
 * Keystone's database and their leases are to be (https://www.cockroachlabs.com/docs/stable/configure-replication-zones). It says the same each time it is told. Regions by row or table
 * (`REGIONAL BY ROW`) are not used: they took a licence up to 24.2.
 * @param hashes Account to the hash of its password, as of {@link hashPassword}.
 */
export function renderDefinitions(
  { accounts, replicas, leaseholders }: Pick<CockroachdbPlan, "accounts" | "replicas" | "leaseholders">,
  hashes: Readonly<Record<string, string>>,
): string {
  const zone = [
    `num_replicas = ${replicas}`,
    `constraints = '${leaseholders === undefined ? "[]" : `{"+region=${leaseholders}": 1}`}'`,
    `lease_preferences = '${leaseholders === undefined ? "[]" : `[[+region=${leaseholders}]]`}'`,
  ].join(", ");
  return [
    // Nobody is told that it is there.
    "SET CLUSTER SETTING diagnostics.reporting.enabled = false;",
    ...accounts.flatMap(({ name, databases }: DatabaseAccount) => [
      `CREATE USER IF NOT EXISTS ${name};`,
      `ALTER USER ${name} WITH PASSWORD '${hashes[name] ?? ""}';`,
      ...databases.flatMap((database) => [
        `CREATE DATABASE IF NOT EXISTS ${database};`,
        `ALTER DATABASE ${database} OWNER TO ${name};`,
        `ALTER DATABASE ${database} CONFIGURE ZONE USING ${zone};`,
      ]),
    ]),
    "",
  ].join("\n");
}

/** Rounds of the hash: CockroachDB's own (`server.user_login.password_hashes.default_cost.scram_sha_256`). */
const rounds = 10_610;

/**
 * A password as CockroachDB (from 22.1 on) and PostgreSQL take it already hashed: SCRAM-SHA-256 (RFC 5802, RFC 7677). Its salt follows from the
 * password, which is random and of one account of one stack, so that the same is the same each time.
 */
export function hashPassword(password: string): string {
  const salt = createHash("sha256").update(`buswide database salt ${password}`).digest().subarray(0, 16);
  return scramVerifier(password, salt, rounds);
}

/** What a server keeps of a password, by which it neither knows it nor can be who knows it (RFC 5802, 3). */
export function scramVerifier(password: string, salt: Buffer, rounds: number): string {
  const salted = pbkdf2Sync(password, salt, rounds, 32, "sha256");
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(keyed("Client Key")).digest();
  return `SCRAM-SHA-256$${rounds}:${salt.toString("base64")}$${stored.toString("base64")}:${keyed("Server Key").toString("base64")}`;
}

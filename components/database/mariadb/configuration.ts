import { createHash } from "crypto";
import type { DatabaseAccount, DatabasePlan, PlannedServer } from "../database";

/** Files of a server. */
export const paths = {
  configuration: "/etc/mysql/mariadb.conf.d/90-buswide.cnf",
  /** What `database-start` gives the server to do at each start. */
  accounts: "/etc/buswide/accounts.sql",
} as const;

export const mariadbPort = 3306;

/** Where a server's figures are told, by mysqld_exporter in its container. */
export const figuresPort = 9104;

/** Environment of a server's container: whether its figures are told. */
export function figuresEnvironment({ scraped }: Pick<DatabasePlan, "scraped">): Record<string, string> {
  return scraped === undefined ? {} : { BUSWIDE_FIGURES_PORT: String(figuresPort) };
}

const mebibyte = 1024 ** 2;

/** SQLAlchemy's URL of a database of a MariaDB, by PyMySQL. */
export function mariadbUrl(host: string, account: string, database: string, password: string): string {
  return `mysql+pymysql://${account}:${encodeURIComponent(password)}@${host}:${mariadbPort}/${database}?charset=utf8`;
}

/** A server's settings (https://mariadb.com/kb/en/server-system-variables/). */
export function renderConfiguration({ memoryBytes }: Pick<PlannedServer, "memoryBytes">): string {
  return [
    "[mariadbd]",
    "bind-address = 0.0.0.0",
    `port = ${mariadbPort}`,
    // Names of clients are nobody's to look up.
    "skip-name-resolve",
    "max_connections = 2000",
    `innodb_buffer_pool_size = ${Math.floor(memoryBytes / 4 / mebibyte)}M`,
    // A second's transactions may be lost with the machine, and the deployment with them; a disk's time is not a bus's.
    "innodb_flush_log_at_trx_commit = 2",
    // Migrations of all services are written for it (oslo.db's guide).
    "character-set-server = utf8mb3",
    "collation-server = utf8mb3_general_ci",
    "",
  ].join("\n");
}

/**
 * SQL that makes the databases and the accounts, each with the rights on its own databases and no other. It says the same each
 * time the server starts.
 * @param hashes Account to the hash of its password, as of {@link hashPassword}.
 */
export function renderAccounts(
  accounts: readonly DatabaseAccount[],
  hashes: Readonly<Record<string, string>>,
): string {
  // The server reads a file of statements with one a line.
  return accounts
    .flatMap(({ name, databases }) => [
      `CREATE OR REPLACE USER '${name}'@'%' IDENTIFIED BY PASSWORD '${hashes[name] ?? ""}';`,
      ...databases.flatMap((database) => [
        `CREATE DATABASE IF NOT EXISTS ${database};`,
        `GRANT ALL PRIVILEGES ON ${database}.* TO '${name}'@'%';`,
      ]),
    ])
    .map((statement) => `${statement}\n`)
    .join("");
}

/**
 * A password as MariaDB stores it for `mysql_native_password`: SHA-1 of SHA-1
 * (https://mariadb.com/kb/en/authentication-plugin-mysql_native_password/). The password is random and long, which is what
 * protects it.
 */
export function hashPassword(password: string): string {
  const once = createHash("sha1").update(password).digest();
  return `*${createHash("sha1").update(once).digest("hex").toUpperCase()}`;
}

/** The same of each account's. */
export function hashPasswords(passwords: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(passwords).map(([account, password]) => [account, hashPassword(password)]),
  );
}

import { passwordsOf } from "../../workloads/runner/redaction";
import { derive as deriveFor } from "../security/derive";

/** What a service is told that nobody else may know. In a backup, each is redacted. */
export interface Secrets {
  /** The administrator's password. */
  readonly admin: string;
  /** Passwords of services' users in Keystone, by user. */
  readonly users: Readonly<Record<string, string>>;
  /** Passwords of accounts in the database, by account. */
  readonly accounts: Readonly<Record<string, string>>;
  /** Keys that Keystone makes tokens with (Fernet), by the names of their files. */
  readonly tokenKeys: Readonly<Record<string, string>>;
  /** What requests are signed with that are to be traced (OSProfiler's HMAC key). */
  readonly traceKey: string;
  /** What APIs encrypt with that they keep of tokens in a cache. */
  readonly cacheKey: string;
  /** Site to the transport URL of its services. */
  readonly transports: Readonly<Record<string, string>>;
  /** What parts of the control plane with a bus and a database of their own have instead, by their sites; absent: there are none. */
  readonly parts?: Readonly<Record<string, PartSecrets>>;
}

/** What is secret of a part of a control plane alone: its accounts in its database, and those on its bus. */
export type PartSecrets = Pick<Secrets, "accounts" | "transports">;

/** The secrets as a part's services know them. Errors: there is no such part. */
export function secretsWithin(secrets: Secrets, site: string): Secrets {
  const { parts, ...common } = secrets;
  const part = parts?.[site];
  if (part === undefined) throw new Error(`no secrets were made for a part at ${site}`);
  // Keystone's database is nobody's own.
  return { ...common, ...part, accounts: { ...common.accounts, ...part.accounts } };
}

/** One secret of a control plane for each purpose. */
export function derive(stackSecret: string, purpose: string): Buffer {
  return deriveFor(stackSecret, `control plane: ${purpose}`);
}

/** Passwords of accounts in the database that a part has at its site. */
export function derivePartAccounts(
  stackSecret: string,
  site: string,
  accounts: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    accounts.map((name) => [name, derive(stackSecret, `account ${name} at ${site}`).toString("base64url")]),
  );
}

/** All secrets but the bus's and those of parts. */
export function deriveSecrets(
  stackSecret: string,
  users: readonly string[],
  accounts: readonly string[],
): Omit<Secrets, "transports" | "parts"> {
  const password = (purpose: string) => derive(stackSecret, purpose).toString("base64url");
  const all = (names: readonly string[], what: string) =>
    Object.fromEntries(names.map((name) => [name, password(`${what} ${name}`)]));
  return {
    admin: password("administrator"),
    users: all(users, "user"),
    accounts: all(accounts, "account"),
    tokenKeys: Object.fromEntries(
      // The one with the highest number signs; 0 is the next to.
      ["0", "1"].map((name) => [
        name,
        derive(stackSecret, `token key ${name}`).toString("base64").replaceAll("+", "-").replaceAll("/", "_"),
      ]),
    ),
    traceKey: password("trace key"),
    cacheKey: password("cache key"),
  };
}

/** All that must be seen nowhere; of the transport URLs, the passwords, which are also met without the rest of them. */
export function secretTexts({
  admin,
  users,
  tokenKeys,
  traceKey,
  cacheKey,
  parts = {},
  ...own
}: Secrets): string[] {
  return [
    admin,
    traceKey,
    cacheKey,
    ...[users, tokenKeys].flatMap((all) => Object.values(all)),
    ...[own, ...Object.values(parts)].flatMap(({ accounts, transports }) => [
      ...Object.values(accounts),
      ...Object.values(transports).flatMap(passwordsOf),
    ]),
  ];
}

/** Every secret as what a backup shows of it. */
export function redactedSecrets(
  users: readonly string[],
  accounts: readonly string[],
  sites: readonly string[],
  parts: NonNullable<Secrets["parts"]> = {},
): Secrets {
  const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "***"]));
  return {
    admin: "***",
    users: all(users),
    accounts: all(accounts),
    tokenKeys: all(["0", "1"]),
    traceKey: "***",
    cacheKey: "***",
    transports: all(sites),
    parts,
  };
}

/** The same of a part. */
export function redactedPart(accounts: readonly string[], sites: readonly string[]): PartSecrets {
  const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "***"]));
  return { accounts: all(accounts), transports: all(sites) };
}

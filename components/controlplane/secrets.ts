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
  /** Site to the transport URL of its services. */
  readonly transports: Readonly<Record<string, string>>;
}

/** One secret of a control plane for each purpose. */
export function derive(stackSecret: string, purpose: string): Buffer {
  return deriveFor(stackSecret, `control plane: ${purpose}`);
}

/** All secrets but the bus's. */
export function deriveSecrets(
  stackSecret: string,
  users: readonly string[],
  accounts: readonly string[],
): Omit<Secrets, "transports"> {
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
  };
}

/** All that must be seen nowhere; of the transport URLs, the passwords, which are also met without the rest of them. */
export function secretTexts({ admin, users, accounts, tokenKeys, traceKey, transports }: Secrets): string[] {
  return [
    admin,
    traceKey,
    ...[users, accounts, tokenKeys].flatMap((all) => Object.values(all)),
    ...Object.values(transports).flatMap(passwordsOf),
  ];
}

/** Every secret as what a backup shows of it. */
export function redactedSecrets(
  users: readonly string[],
  accounts: readonly string[],
  sites: readonly string[],
): Secrets {
  const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "***"]));
  return {
    admin: "***",
    users: all(users),
    accounts: all(accounts),
    tokenKeys: all(["0", "1"]),
    traceKey: "***",
    transports: all(sites),
  };
}

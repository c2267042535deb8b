import * as pulumi from "@pulumi/pulumi";
import { derive } from "../security/derive";
import type { BusPlan, Endpoint } from "./bus";

/** Whose an account is: the load agents', or OpenStack's services'. All accounts of a group have the same rights. */
export const accountGroups = ["agents", "openstack"] as const;
export type AccountGroup = (typeof accountGroups)[number];

/** One group at one site, as a bus knows it: a password of its own, so that it can be shut out alone. */
export interface Account {
  readonly name: string;
  readonly group: AccountGroup;
  readonly site: string;
}

/** Who connects where, of a bus's plan. */
type Endpoints = Pick<BusPlan, "endpoints" | "serviceEndpoints">;

/** What the account of a group at a site is called. */
export function accountName(group: AccountGroup, site: string): string {
  return `${group}-${site}`;
}

/** Those of `accounts` that are of each group; groups without one are left out. */
export function grouped(accounts: readonly Account[]): [AccountGroup, Account[]][] {
  return accountGroups
    .map((group): [AccountGroup, Account[]] => [group, accounts.filter((one) => one.group === group)])
    .filter(([, of]) => of.length > 0);
}

/** All accounts of a bus: one for the agents of each site, and one for each site's services. */
export function accountsOf({ endpoints, serviceEndpoints = {} }: Endpoints): Account[] {
  const ofGroup = (group: AccountGroup, sites: Readonly<Record<string, unknown>>): Account[] =>
    Object.keys(sites).map((site) => ({ name: accountName(group, site), group, site }));
  return [...ofGroup("agents", endpoints), ...ofGroup("openstack", serviceEndpoints)];
}

/** The accounts whose holders connect to a broker. It need not know others. */
export function accountsAt(plan: Endpoints, { address }: { readonly address: string }): Account[] {
  return accountsOf(plan).filter(({ group, site }) =>
    (group === "agents" ? plan.endpoints : plan.serviceEndpoints)?.[site]?.some(({ addresses }) =>
      addresses.includes(address),
    ),
  );
}

/** Account to password, each derived from the bus's secret: a hundred sites are no resource more. */
export function derivePasswords(secret: string, accounts: readonly Account[]): Record<string, string> {
  return Object.fromEntries(
    accounts.map(({ name }) => [name, derive(secret, `bus: password of ${name}`).toString("base64url")]),
  );
}

/** The same as a backup shows it. */
export function redactedPasswords(accounts: readonly Account[]): Record<string, string> {
  return Object.fromEntries(accounts.map(({ name }) => [name, "***"]));
}

/** The password of an account. Errors: there is none. */
export function mustPassword(passwords: Readonly<Record<string, string>>, account: string): string {
  const password = passwords[account];
  if (password === undefined) throw new Error(`no password was made for the account ${account}`);
  return password;
}

/** Transport URLs of a group by site. @param url That of one account. */
export function transportsOf(
  group: AccountGroup,
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
  passwords: Readonly<Record<string, string>>,
  url: (account: string, password: string, endpoints: readonly Endpoint[], site: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([site, hosts]) => {
      const name = accountName(group, site);
      return [site, url(name, mustPassword(passwords, name), hosts, site)];
    }),
  );
}

/** What is to be redacted of a bus: the secrets that it has made, and the passwords derived from one. Secret. */
export function secretsOf(
  made: readonly pulumi.Output<string>[],
  passwords: pulumi.Output<Record<string, string>>,
): pulumi.Output<readonly string[]> {
  const derived = passwords.apply((all) => Object.values(all));
  return pulumi.secret(
    pulumi.all([pulumi.all([...made]), derived]).apply(([own, others]) => [...own, ...others]),
  );
}

import * as pulumi from "@pulumi/pulumi";
import { makeBus, type Bus } from "../bus";
import { makeDatabase, type Database } from "../database";
import { derivePartAccounts, redactedPart, secretsWithin, type PartSecrets, type Secrets } from "./secrets";
import type { Materials } from "./maker";
import type { PlannedCell } from "./plan";

/** What parts of a control plane are made of, beside their plans. */
type PartDependencies = Pick<Materials, "target" | "sites" | "paths" | "bus">;

/** A part of a control plane that has a bus and a database of its own at its site. */
export class Part {
  readonly site: string;
  readonly bus: Bus;
  readonly database: Database;
  /** Secret. */
  readonly secrets: pulumi.Output<PartSecrets>;
  /** What stands for the secrets where they are not to be seen. */
  readonly redacted: PartSecrets;

  /** @param secret The stack's, of which passwords are derived. */
  constructor(
    name: string,
    private readonly plan: Pick<PlannedCell, "site" | "bus" | "database">,
    { target, sites, paths, bus }: PartDependencies,
    secret: pulumi.Output<string>,
    parent: pulumi.ComponentResource,
  ) {
    const { site } = plan;
    const made = { target, sites, paths };
    this.site = site;
    // Those who are on several buses check all of them by one authority.
    this.bus = makeBus(
      `${name}-${site}-bus`,
      { plan: plan.bus },
      { ...made, authority: bus.authority },
      { parent },
    );
    const names = plan.database.accounts.map((account) => account.name);
    const accounts = secret.apply((text) => derivePartAccounts(text, site, names));
    this.database = makeDatabase(
      `${name}-${site}-database`,
      { plan: plan.database },
      { ...made, passwords: accounts },
      { parent },
    );
    const { serviceTransports } = this.bus;
    if (serviceTransports === undefined)
      throw new Error(`the services of ${site} have no account on its bus`);
    this.secrets = pulumi
      .all([accounts, serviceTransports])
      .apply(([passwords, transports]) => ({ accounts: passwords, transports }));
    this.redacted = redactedPart(names, Object.keys(this.busEndpoints));
  }

  /** Site to where its services reach the part's bus. */
  get busEndpoints(): Materials["busEndpoints"] {
    return this.plan.bus.serviceEndpoints ?? {};
  }
}

/** The secrets as a part's services know them, which wait for no other part's. Secret. */
export function secretsOfPart(
  own: pulumi.Output<Omit<Secrets, "transports" | "parts">>,
  { site, secrets }: Part,
): pulumi.Output<Secrets> {
  return pulumi
    .all([own, secrets])
    .apply(([made, part]) => secretsWithin({ ...made, transports: {}, parts: { [site]: part } }, site));
}

/** What is secret of each part, by its site. Secret. */
export function secretsOfParts(parts: readonly Part[]): pulumi.Output<Record<string, PartSecrets>> {
  return pulumi
    .all(parts.map(({ site, secrets }) => secrets.apply((known) => [site, known] as const)))
    .apply((all) => Object.fromEntries(all));
}

/** The same as a backup shows it. */
export function redactedOfParts(parts: readonly Part[]): Record<string, PartSecrets> {
  return Object.fromEntries(parts.map(({ site, redacted }) => [site, redacted]));
}

/** The part at a planned one's site. Errors: it was not made. */
export function mustPart(parts: readonly Part[], { site }: { readonly site: string }): Part {
  const part = parts.find((one) => one.site === site);
  if (!part) throw new Error(`the part at ${site} was not made`);
  return part;
}

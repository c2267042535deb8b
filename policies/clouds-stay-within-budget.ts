import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { known } from "./known";

/** What instances may take together. */
interface Budget {
  /** The most cores. */
  readonly cores?: number;
  /** The flavors that may be used, each with its cores. */
  readonly flavors?: Readonly<Record<string, number>>;
}

/** The pack's configuration goes before what a scenario says of itself: who pays sets it. */
export const cloudsStayWithinBudget: StackValidationPolicy = {
  name: "clouds-stay-within-budget",
  displayName: "Clouds stay within their budget",
  description: "Instances are of flavors that the budget has, and have no more cores together than it says.",
  remediationSteps:
    "Use fewer hosts (target.sites.<group>.hosts) or smaller flavors, or have the budget raised.",
  enforcementLevel: "mandatory",
  configSchema: {
    properties: {
      cores: { type: "integer", minimum: 1, description: "The most cores that all instances have together." },
      flavors: {
        type: "object",
        additionalProperties: { type: "integer", minimum: 1 },
        description: "The flavors that may be used, each with its cores.",
      },
    },
  },
  validateStack: (args, report) => {
    const instances = args.resources.filter(({ type }) => type === "openstack:compute/instance:Instance");
    const own = args.resources.flatMap(budgetOf)[0];
    const configured = args.getConfig<Budget>();
    const [flavors, cores] = [configured.flavors ?? own?.flavors, configured.cores ?? own?.cores];
    if (!flavors) {
      if (cores !== undefined && instances.length > 0)
        report(`the budget has ${cores} cores, and does not say how many a flavor has: add its flavors`);
      return;
    }
    let taken = 0;
    for (const { name, urn, props } of instances) {
      const flavor = known(() => props["flavorName"] as unknown);
      if (typeof flavor !== "string") continue;
      const size = Object.hasOwn(flavors, flavor) ? flavors[flavor] : undefined;
      if (size === undefined)
        report(
          `the instance ${name} is of the flavor "${flavor}": the budget has ${Object.keys(flavors).join(", ") || "none"}`,
          urn,
        );
      taken += size ?? 0;
    }
    if (cores !== undefined && taken > cores)
      report(`${instances.length} instances have ${taken} cores together: the budget is ${cores}`);
  },
};

/** The budget that a scenario gives itself. */
function budgetOf({ type, props }: PolicyResource): Budget[] {
  if (type !== "buswide:openstack:Infrastructure") return [];
  const budget = known(() => props["budget"] as Budget | undefined);
  return budget ? [budget] : [];
}

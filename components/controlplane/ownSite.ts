import type { ControlPlaneContext } from "./plan";

/**
 * A site that is a part of a control plane for itself, and what its bus and database are planned with: all that such a part has is
 * at its own site.
 * @param part What it is, for the error: the plan has no site of that name.
 */
export function ownSite(
  name: string,
  part: "cell" | "region",
  { sites, distance, metrics }: Pick<ControlPlaneContext, "sites" | "distance" | "metrics">,
) {
  const site = sites.find((one) => one.name === name);
  if (!site) throw new Error(`the plan has no site "${name}" for a ${part}`);
  const within = {
    sites: [site],
    groups: new Map([[name, [name]]]),
    distance,
    local: true,
    ...(metrics === undefined ? {} : { metrics }),
  } as const;
  return { site, within };
}

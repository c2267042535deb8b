import type { BusSites } from "../bus/checks";
import { notOneSite } from "../bus/places";
import type { MetricsDefinition } from "./schema";

/** One thing wrong with what watches a deployment; `path` is relative to it. */
export interface MetricsIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong with what watches a deployment and its sites. */
export function metricsIssues({ site }: MetricsDefinition, sites: BusSites): MetricsIssue[] {
  return notOneSite(["site"], site, sites);
}

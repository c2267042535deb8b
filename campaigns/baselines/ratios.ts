import type { ParameterColumn } from "../columns";
import { unbrokenRows, type Row } from "../table/rows";
import { brokerAgainstRouter, moreInstances, overClients } from "./rpcRatios";
import { databases, operationsOverWan, overWan, tcpOverWan } from "./wanRatios";

/** Ratios of one kind, published and ours. All are dimensionless: absolutes of different machines are never put side by side. */
export interface Ratio {
  readonly what: string;
  /** As many as `columns`; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

export interface BaselineRatios {
  readonly title: string;
  readonly source: string;
  readonly conditions: string;
  /** What the two have in common, and what not. */
  readonly caution: string;
  /** What each value of a ratio is of: published first, then ours. */
  readonly columns: readonly string[];
  readonly ratios: readonly Ratio[];
}

/**
 * The published ratios that measured rows can be held against; a baseline that they say nothing about is absent. A ratio
 * is of rows that are the same in everything but what it is over. What was published was measured while nothing was
 * broken, and no row of what was broken on purpose is held against it.
 * @param parameters What the campaign of the rows varied; none: of rows outside a campaign.
 */
export function baselineRatios(
  all: readonly Row[],
  parameters: readonly ParameterColumn[] = [],
): BaselineRatios[] {
  const rows = unbrokenRows(all);
  const names = parameters.map(({ name }) => name);
  return [
    overWan(rows, names),
    operationsOverWan(rows, names),
    tcpOverWan(rows, names),
    databases(rows, names),
    overClients(rows, names),
    moreInstances(rows, names),
    brokerAgainstRouter(rows, names),
  ].filter((found) => found.ratios.length > 0);
}

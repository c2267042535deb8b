import seedrandom from "seedrandom";
import { permutationsHeap, shuffle } from "simple-statistics";

/** Of more values than this all orders are too many to go through; of 8 they are 40,320. */
const mostInAllOrders = 8;

/** Orders drawn where all are too many: a share of 0.05 is then off by 0.0015 (one standard deviation). */
const drawn = 20_000;

/**
 * How often a rank correlation as far from zero as that of `x` and `y`, on either side of it, comes of chance alone: the
 * share of all orders of `y` that have one, 0 … 1. This is the two-sided p-value of the exact permutation test (E. Pitman,
 * Significance Tests which may be Applied to Samples from any Populations II, 1937); of more than 8 values, that of orders
 * drawn at random. It takes no figure to be of any distribution, and no number of values to be large.
 * @param seed Of the drawing: the same data gives the same share.
 * Errors: `x` and `y` are not as many.
 */
export function shareByChance(x: readonly number[], y: readonly number[], seed = 1): number {
  if (x.length !== y.length) throw new Error(`${x.length} values cannot be in the order of ${y.length}`);
  const [left, right] = [centredRanks(x), centredRanks(y)];
  // Spearman's correlation is this but for a factor that no order changes.
  const agreement = (order: readonly number[]) =>
    Math.abs(left.reduce((sum, rank, at) => sum + rank * (order[at] ?? 0), 0));
  const found = agreement(right);
  if (x.length <= mostInAllOrders) {
    const orders = permutationsHeap([...right]);
    return orders.filter((order) => agreement(order) >= found).length / orders.length;
  }
  const random = seedrandom.alea(String(seed));
  const asFar = Array.from({ length: drawn }, () => agreement(shuffle([...right], random))).filter(
    (value) => value >= found,
  );
  // The order found is one of those there are.
  return (asFar.length + 1) / (drawn + 1);
}

/** Ranks less their mean; values that are the same share theirs. Exact: they are whole multiples of a half. */
function centredRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const above = values.filter((other) => other > value).length;
    return (below - above) / 2;
  });
}

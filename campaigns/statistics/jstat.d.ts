/** The part of jstat that is used; the package has no types of its own. */
declare module "jstat" {
  export const studentt: {
    /** Quantile of Student's distribution at probability `p` with `degrees` of freedom. */
    inv(p: number, degrees: number): number;
  };
  export const normal: {
    /** The share of a normal distribution up to `x`. */
    cdf(x: number, mean: number, standardDeviation: number): number;
  };
}

/**
 * Natural logarithm of n!, by Stirling's series beyond 32 (Abramowitz and Stegun, Handbook of Mathematical
 * Functions, 6.1.41; relative error below 1e-12 there).
 */
export function logFactorial(n: number): number {
  if (n <= 32) {
    let sum = 0;
    for (let k = 2; k <= n; k++) sum += Math.log(k);
    return sum;
  }
  const x = n + 1;
  const x2 = x * x;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * x2)) / x2) / x2) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/** Probability of exactly k successes in n independent trials of probability p. */
export function binomialProbability(k: number, n: number, p: number): number {
  if (p === 0) return k === 0 ? 1 : 0;
  if (p === 1) return k === n ? 1 : 0;
  const ways = logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  return Math.exp(ways + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/**
 * The counts of successes that do not contradict probability p: those from which neither tail of the binomial
 * distribution is less probable than alpha/2. It is the acceptance region of the exact two-sided test that
 * Clopper and Pearson's interval inverts (Biometrika 26, 1934).
 */
export function binomialAcceptance(n: number, p: number, alpha: number): { low: number; high: number } {
  const low = firstBeyond(n, p, alpha / 2);
  return { low, high: n - firstBeyond(n, 1 - p, alpha / 2) };
}

/** The least k with P(X <= k) >= tail. */
function firstBeyond(n: number, p: number, tail: number): number {
  let cumulative = 0;
  for (let k = 0; k < n; k++) {
    cumulative += binomialProbability(k, n, p);
    if (cumulative >= tail) return k;
  }
  return n;
}

import type { Scale } from "./scale";

/** One measurement of a search: at a value, whether all conditions held. */
export interface Trial {
  readonly value: number;
  readonly holds: boolean;
}

/** How often a value held. */
export interface Vote {
  readonly value: number;
  readonly held: number;
  readonly of: number;
}

export type Outcome =
  /** It holds at `holds` and no longer at `fails`, which are near each other. */
  | { readonly kind: "limit"; readonly holds: Vote; readonly fails: Vote }
  /** It holds at both ends: the limit is beyond. */
  | { readonly kind: "beyond"; readonly holds: Vote }
  /** It does not hold where it was expected to. */
  | { readonly kind: "never"; readonly fails: Vote };

export type Step =
  { readonly kind: "measure"; readonly value: number } | { readonly kind: "done"; readonly outcome: Outcome };

/**
 * What to do next in a search for the limit up to which something holds, by bisection; each value is decided by the
 * majority of at most `repetitions` measurements, and not measured further once that is certain (a tie does not
 * hold). A pure function of what was measured, so that a search goes on after a kill where it was.
 *
 * It assumes that what holds at a value holds at all values nearer to `from`. Where that is not so, what it finds is
 * one of the values at which holding turns into not holding.
 */
export function nextStep(scale: Scale, trials: readonly Trial[], repetitions: number): Step {
  const needed = Math.floor(repetitions / 2) + 1;
  const voteAt = (value: number): Vote => {
    const own = trials.filter((trial) => trial.value === value);
    return { value, held: own.filter(({ holds }) => holds).length, of: own.length };
  };
  const decided = ({ held, of }: Vote): boolean | undefined =>
    held >= needed ? true : of - held > repetitions - needed ? false : undefined;
  const measure = (value: number): Step => ({ kind: "measure", value });
  const done = (outcome: Outcome): Step => ({ kind: "done", outcome });

  let holds = voteAt(scale.from);
  if (decided(holds) === undefined) return measure(scale.from);
  if (decided(holds) === false) return done({ kind: "never", fails: holds });
  let fails = voteAt(scale.to);
  if (decided(fails) === undefined) return measure(scale.to);
  if (decided(fails) === true) return done({ kind: "beyond", holds: fails });
  while (!scale.near(holds.value, fails.value)) {
    const middle = scale.between(holds.value, fails.value);
    if (middle === holds.value || middle === fails.value) break;
    const vote = voteAt(middle);
    const verdict = decided(vote);
    if (verdict === undefined) return measure(middle);
    if (verdict) holds = vote;
    else fails = vote;
  }
  return done({ kind: "limit", holds, fails });
}

/** How many measurements a search still needs about, if each value is decided without a dissenting vote. */
export function measurementsLeft(scale: Scale, trials: readonly Trial[], repetitions: number): number {
  const needed = Math.floor(repetitions / 2) + 1;
  let imagined = [...trials];
  for (let count = 0; ; count += 1) {
    const step = nextStep(scale, imagined, repetitions);
    if (step.kind === "done") return count;
    // Whichever way a value goes, what is left is halved; at the ends, it goes as is expected.
    imagined = [...imagined, { value: step.value, holds: step.value === scale.from }];
    if (count > 100 * needed) return count;
  }
}

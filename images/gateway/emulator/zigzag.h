/* Jitter that keeps packets in order, for the distributions of netem's tables.
 *
 * A Zig-Zag process (J. Bierkens, P. Fearnhead, G. Roberts, "The Zig-Zag process and super-efficient sampling
 * for Bayesian analysis of big data", Annals of Statistics 47(3), 2019): a point that moves at a constant
 * speed and turns round at the rate at which the logarithm of the density falls in its direction. Its
 * stationary law has exactly that density, and as the speed is below 1 ns of delay a ns of time, a later packet
 * is never due before an earlier one. The uniform jitter of jitter.h is the same process for a flat density.
 *
 * The distributions are those of iproute2's netem/normal.c and netem/pareto.c, whose tables netem scales by
 * the jitter, without their steps:
 *   normal  standard deviation 1, what lies beyond +-4 put at +-4 (a table's largest value);
 *   pareto  4/3 (y - 3/2) with y Pareto distributed (minimum 1, exponent 3), what lies beyond +4 put at +4.
 * What is put at an end is a share of time the point rests there. */
#ifndef BUSWIDE_ZIGZAG_H
#define BUSWIDE_ZIGZAG_H

#include <stdint.h>

#include "random.h"

enum distribution { DISTRIBUTION_UNIFORM, DISTRIBUTION_NORMAL, DISTRIBUTION_PARETO };

struct zigzag {
	enum distribution distribution;
	double scale;     /* the jitter asked for, ns */
	double from;      /* position at `at`, in units of `scale` */
	double to;        /* position at `until` */
	int direction;    /* +1, -1; 0: resting at an end */
	uint64_t at;      /* ns */
	uint64_t until;   /* ns: the next turn, or the end of the rest */
};

/* The least and the largest value of a distribution, in units of the jitter. */
double distribution_least(enum distribution distribution);
double distribution_most(enum distribution distribution);

/* The value below which lies the share Phi(g) of the distribution, Phi being the standard normal's: with a
 * standard normal g it draws from the distribution. */
double distribution_of_normal(enum distribution distribution, double g);

/* Starts the process at a random point of its stationary law; `scale` is not zero. */
void zigzag_start(struct zigzag *zigzag, enum distribution distribution, uint64_t scale, uint64_t now,
		  struct random_state *random);

/* The jitter at `now` (a time before that of the last call counts as the latter), ns. */
int64_t zigzag_at(struct zigzag *zigzag, uint64_t now, struct random_state *random);

#endif

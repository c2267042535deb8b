/* Uniform random numbers: xoshiro256** 1.0 by D. Blackman and S. Vigna, seeded by splitmix64.
 * Sources: https://prng.di.unimi.it/xoshiro256starstar.c and https://prng.di.unimi.it/splitmix64.c
 * (both public domain); "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021. */
#ifndef BUSWIDE_RANDOM_H
#define BUSWIDE_RANDOM_H

#include <stdint.h>

struct random_state {
	uint64_t s[4];
};

/* Fills the state from one 64-bit seed, as the generator's authors recommend: by splitmix64. */
void random_seed(struct random_state *state, uint64_t seed);

/* The next 64 random bits. */
uint64_t random_next(struct random_state *state);

/* Uniform in [0, 1), with 53 random bits. */
double random_uniform(struct random_state *state);

/* Exponentially distributed with the given mean (same unit as the mean). */
double random_exponential(struct random_state *state, double mean);

/* Standard normal: G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates", 1958.
 * Of the pair it makes, the second one is not kept, so that the sequence depends on the number of draws only. */
double random_normal(struct random_state *state);

#endif

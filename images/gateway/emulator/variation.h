/* The jitter of one direction of a link, whichever way it is made.
 *
 * Without a correlation it is a function of time (jitter.h, zigzag.h): exact at every packet rate, in order by
 * itself. With one it is drawn for each packet, as netem does: g' = c g + sqrt(1 - c^2) e with standard normal
 * e, then mapped to the distribution, so that unlike in netem (which averages uniform numbers) a correlation
 * leaves the distribution what it is. Packets drawn a smaller delay than those before them wait for these. */
#ifndef BUSWIDE_VARIATION_H
#define BUSWIDE_VARIATION_H

#include <stdbool.h>
#include <stdint.h>

#include "jitter.h"
#include "random.h"
#include "zigzag.h"

struct variation_parameters {
	uint64_t jitter; /* ns; 0: none */
	enum distribution distribution;
	bool each_packet;   /* drawn for each packet, with `correlation` */
	double correlation; /* 0..1, 1 excluded */
};

struct variation {
	struct variation_parameters parameters;
	struct jitter uniform;
	struct zigzag zigzag;
	double normal; /* the last packet's */
};

/* Whether the jitter would have packets arrive before they leave. */
bool variation_exceeds(const struct variation_parameters *parameters, uint64_t delay);

void variation_start(struct variation *variation, const struct variation_parameters *parameters, uint64_t now,
		     struct random_state *random);

bool variation_same(const struct variation_parameters *one, const struct variation_parameters *other);

/* The jitter of the packet that enters the link at `now`, ns. */
int64_t variation_at(struct variation *variation, uint64_t now, struct random_state *random);

#endif

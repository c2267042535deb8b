/* Which packets of a link are lost: each by itself, or in bursts. */
#ifndef BUSWIDE_LOSSES_H
#define BUSWIDE_LOSSES_H

#include <stdbool.h>

#include "random.h"

/* Shares of packets, 0..1. The link is in a good or a bad state, and may change it with each packet: the model
 * of E. N. Gilbert ("Capacity of a burst-noise channel", BSTJ 39, 1960) and E. O. Elliott (BSTJ 42, 1963), with
 * the letters of netem's `loss gemodel`. */
struct bursts {
	double begins;  /* good to bad (p); 0: there are no bursts */
	double ends;    /* bad to good (r) */
	double inside;  /* lost in the bad state (1-h) */
	double outside; /* lost in the good state (1-k) */
};

/* Whether a packet is lost; moves the state on. */
bool bursts_lose(const struct bursts *bursts, bool *bad, struct random_state *random);

#endif

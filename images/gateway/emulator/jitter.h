/* Jitter that keeps packets in order and is uniform at every packet rate.
 *
 * Drawing each packet's delay on its own would either reorder packets (as netem does), or, with order
 * enforced, make every packet wait for the slowest before it, so that the mean delay would creep towards
 * delay + jitter as the packet rate rises. Here the jitter is a function of time instead: a point that
 * moves between -half_width and +half_width at a constant speed, is reflected at both ends, and turns
 * round at random (exponentially distributed) times. Unfolded, that is a motion on a circle whose
 * stationary law is uniform, hence so is the jitter's. The speed is below 1 ns of delay a ns of time, so a
 * later packet is never due before an earlier one. */
#ifndef BUSWIDE_JITTER_H
#define BUSWIDE_JITTER_H

#include <stdint.h>

#include "random.h"

struct jitter {
	double half_width;   /* ns */
	double position;     /* on the circle, [0, 4 * half_width) */
	double direction;    /* +1 or -1 */
	uint64_t at;         /* time of `position`, ns */
	uint64_t turns_at;   /* time of the next turn, ns */
};

/* Starts the process at a random point of its stationary law. */
void jitter_start(struct jitter *jitter, uint64_t half_width, uint64_t now, struct random_state *random);

/* The jitter at `now` (a time before that of the last call counts as the latter), in [-half_width, half_width], ns. */
int64_t jitter_at(struct jitter *jitter, uint64_t now, struct random_state *random);

#endif

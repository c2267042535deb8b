/* When to wake for something that is due. A sleeping process is woken late, by what the timer, an idle processor
 * and, in a virtual machine, the host take: some microseconds to some hundreds. So it wakes earlier by as much as it
 * has been late of late, and waits for the rest of the time awake. Pure: it reads no clock. */
#ifndef BUSWIDE_WAKEUP_H
#define BUSWIDE_WAKEUP_H

#include <stdbool.h>
#include <stdint.h>

struct wakeup {
	uint64_t mean;      /* of how late it was woken, ns */
	uint64_t deviation; /* mean absolute deviation of it, ns */
	uint64_t allowance; /* time it may still be awake for waiting, ns */
	uint64_t at;        /* time up to which the allowance has grown */
};

/* How long before something is due to wake, ns; 0 where the allowance is used up. */
uint64_t wakeup_lead(struct wakeup *wakeup, uint64_t now);

/* It was woken by its timer so much after the time it had been set to. */
void wakeup_was_late(struct wakeup *wakeup, uint64_t late);

/* It was awake for so long only to wait. */
void wakeup_waited(struct wakeup *wakeup, uint64_t waited);

#endif

#include "wakeup.h"

/* A process that was not scheduled for longer is none that an earlier timer would have helped. */
static const uint64_t most_lead = 500000;

/* The share of one processor that may go into waiting, and how much of it may be saved up for a burst. */
static const uint64_t allowed_share = 10; /* one in so many */
static const uint64_t most_allowance = 20000000;

static uint64_t smaller(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

uint64_t wakeup_lead(struct wakeup *wakeup, uint64_t now)
{
	const uint64_t lead = smaller(wakeup->mean + 4 * wakeup->deviation, most_lead);

	wakeup->allowance = smaller(wakeup->allowance + (now - wakeup->at) / allowed_share, most_allowance);
	wakeup->at = now;
	return wakeup->allowance < lead ? 0 : lead;
}

/* The estimate of a mean and its deviation that TCP makes of round-trip times (V. Jacobson, "Congestion avoidance
 * and control", SIGCOMM 1988; RFC 6298), with the same gains. */
void wakeup_was_late(struct wakeup *wakeup, uint64_t late)
{
	const uint64_t sample = smaller(late, 2 * most_lead);
	const uint64_t off = sample > wakeup->mean ? sample - wakeup->mean : wakeup->mean - sample;

	wakeup->deviation = (3 * wakeup->deviation + off) / 4;
	wakeup->mean = (7 * wakeup->mean + sample) / 8;
}

void wakeup_waited(struct wakeup *wakeup, uint64_t waited)
{
	wakeup->allowance -= smaller(waited, wakeup->allowance);
}

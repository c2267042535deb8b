/* One direction of one link: when a packet that arrives now is due at the far end, or why it is dropped.
 * Pure: it reads no clock and touches no socket, so it is tested in virtual time.
 *
 * A packet may be doubled, and is first lost at random (it then takes no time on the line), both in netem's
 * order (net/sched/sch_netem.c, netem_enqueue): of a packet that is doubled and lost one is left, and the
 * second of a doubled one has its own loss. It may then have a bit flipped, waits in a bounded queue for the
 * line, is serialised at the rate, and travels for delay + jitter. Packets of one direction never overtake each
 * other, except those that are asked to: they pass at once, past queue, line and delay. */
#ifndef BUSWIDE_LINK_H
#define BUSWIDE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "losses.h"
#include "random.h"
#include "variation.h"

struct link_parameters {
	uint64_t delay; /* ns */
	struct variation_parameters variation;
	double loss;          /* share of packets, 0..1, each by itself */
	struct bursts bursts; /* losses in bursts, instead */
	uint64_t rate;        /* bits a second; 0: unlimited */
	uint32_t queue_limit; /* packets that may wait for the line, beyond it they are dropped */
	uint64_t queue_bytes; /* bytes that may wait, the rest of the one on the line included; 0: any */
	double duplicate;     /* share of packets that come twice */
	double corrupt;       /* share of packets with one bit flipped */
	double reorder;       /* chance that a packet overtakes those before it */
	uint32_t reorder_gap; /* such a chance has each packet from this one on after the last that did; 1: each */
	uint64_t seed;
};

/* Packets are frames on the wire: one for segmentation offload counts as what it is cut into. */
struct link_counters {
	uint64_t packets; /* arrived */
	uint64_t bytes;   /* arrived, with the link-layer header */
	uint64_t lost;    /* dropped by random loss */
	uint64_t overflowed; /* dropped because the queue was full */
	uint64_t delivered;
	uint64_t delivered_bytes; /* with the link-layer header */
	uint64_t duplicated;
	uint64_t corrupted;
	uint64_t overtook;
	uint64_t max_late; /* largest time by which a verdict followed its due time, ns */
};

/* A packet as it arrives, or several for segmentation offload in one. `data` is wanted where packets are doubled or
 * corrupted, else it may be null. */
struct packet {
	uint32_t id;
	uint32_t bytes;  /* link-layer headers included */
	uint32_t frames; /* on the wire, 1 at least */
	const uint8_t *data;
	uint32_t length;
};

/* What replaces a packet's content, or comes after it. */
struct packet_copy {
	bool duplicate; /* a packet of its own, which the kernel does not hold */
	uint32_t id;    /* of the packet it was made of */
	uint32_t length;
	uint8_t data[];
};

struct held_packet {
	uint64_t sent; /* end of serialisation, ns */
	uint64_t due;  /* ns */
	uint32_t id;
	uint32_t bytes;  /* link-layer headers included */
	uint32_t frames; /* on the wire */
	struct packet_copy *copy; /* null: it passes as it came */
};

struct link {
	struct link_parameters parameters;
	struct link_counters counters;
	struct random_state random;
	struct variation variation;
	bool bad; /* the state of the bursts of loss */
	uint32_t since_overtaking; /* packets since one overtook others */
	uint64_t line_free; /* time at which the line is idle, ns */
	uint64_t last_due;
	/* A ring of the packets held, oldest first. Indices count up for ever; the slot is index & (size - 1). */
	struct held_packet *ring;
	size_t ring_size;
	size_t head, tail;
	size_t waiting; /* index of the first packet that may still wait for the line */
	uint64_t waiting_frames; /* of that packet and those behind it */
};

enum link_fate { LINK_HELD, LINK_LOST, LINK_OVERFLOW, LINK_OVERTAKES };

/* Makes an empty link; false: out of memory. */
bool link_open(struct link *link, const struct link_parameters *parameters, uint64_t now);

/* Gives the link new parameters. Packets already held keep their due times, but for those that wait for a line
 * whose rate has changed; later ones are never due before them. The random sequence starts anew only when the seed differs. */
void link_change(struct link *link, const struct link_parameters *parameters, uint64_t now);

void link_close(struct link *link);

/* Decides the fate of a packet; LINK_OVERTAKES: it passes at once. */
enum link_fate link_arrive(struct link *link, uint64_t now, const struct packet *packet);

/* Due time of the oldest packet held, or UINT64_MAX. */
uint64_t link_next_due(const struct link *link);

/* Releases the packets due at `now`, up to the first that has a copy. Returns how many; *last_id is the newest
 * among them. */
size_t link_release(struct link *link, uint64_t now, uint32_t *last_id);

/* Releases the oldest packet if it is due and has a copy, which the caller frees; else null. */
struct packet_copy *link_release_copy(struct link *link, uint64_t now);

size_t link_held(const struct link *link);

#endif

#include "link.h"

#include <stdlib.h>
#include <string.h>

static const size_t first_ring_size = 256;

static struct held_packet *slot(const struct link *link, size_t index)
{
	return &link->ring[index & (link->ring_size - 1)];
}

static void start_random(struct link *link, uint64_t now)
{
	random_seed(&link->random, link->parameters.seed);
	variation_start(&link->variation, &link->parameters.variation, now, &link->random);
	link->bad = false;
}

bool link_open(struct link *link, const struct link_parameters *parameters, uint64_t now)
{
	memset(link, 0, sizeof(*link));
	link->ring = calloc(first_ring_size, sizeof(*link->ring));
	if (!link->ring)
		return false;
	link->ring_size = first_ring_size;
	link->parameters = *parameters;
	start_random(link, now);
	return true;
}

void link_close(struct link *link)
{
	for (size_t i = link->head; i != link->tail; i++)
		free(slot(link, i)->copy);
	free(link->ring);
	memset(link, 0, sizeof(*link));
}

static bool ring_grow(struct link *link)
{
	const size_t size = link->ring_size * 2;
	struct held_packet *ring = calloc(size, sizeof(*ring));

	if (!ring)
		return false;
	for (size_t i = link->head; i != link->tail; i++)
		ring[i & (size - 1)] = *slot(link, i);
	free(link->ring);
	link->ring = ring;
	link->ring_size = size;
	return true;
}

static void end_waiting_of_one(struct link *link)
{
	link->waiting_frames -= slot(link, link->waiting)->frames;
	link->waiting++;
}

/* Frames on the line, and those that wait for it. */
static uint64_t count_waiting(struct link *link, uint64_t now)
{
	while (link->waiting != link->tail && slot(link, link->waiting)->sent <= now)
		end_waiting_of_one(link);
	return link->waiting_frames;
}

/* What waits for the line leaves it at the new rate, as many bits after now as before. */
static void retime(struct link *link, uint64_t now, uint64_t before)
{
	const double factor = link->parameters.rate ? (double)before / (double)link->parameters.rate : 0;

	count_waiting(link, now);
	link->last_due = link->waiting == link->head ? 0 : slot(link, link->waiting - 1)->due;
	for (size_t i = link->waiting; i != link->tail; i++) {
		struct held_packet *packet = slot(link, i);
		const uint64_t sent = now + (uint64_t)((double)(packet->sent - now) * factor);

		packet->due += sent - packet->sent;
		packet->sent = sent;
		if (packet->due < link->last_due)
			packet->due = link->last_due;
		link->last_due = packet->due;
	}
	link->line_free = link->line_free > now ? now + (uint64_t)((double)(link->line_free - now) * factor) : now;
}

void link_change(struct link *link, const struct link_parameters *parameters, uint64_t now)
{
	const struct link_parameters before = link->parameters;

	link->parameters = *parameters;
	if (parameters->seed != before.seed)
		start_random(link, now);
	else if (!variation_same(&parameters->variation, &before.variation))
		variation_start(&link->variation, &parameters->variation, now, &link->random);
	if (parameters->bursts.begins == 0)
		link->bad = false;
	if (parameters->rate != before.rate)
		retime(link, now, before.rate);
}

static bool chance(struct link *link, double share)
{
	return share > 0 && random_uniform(&link->random) < share;
}

static bool is_lost(struct link *link)
{
	const struct link_parameters *p = &link->parameters;

	if (p->bursts.begins > 0)
		return bursts_lose(&p->bursts, &link->bad, &link->random);
	return chance(link, p->loss);
}

/* One packet is on the line, the others wait for it. */
static bool is_full(struct link *link, uint64_t now, const struct packet *packet)
{
	const struct link_parameters *p = &link->parameters;
	uint64_t waiting;

	if (p->rate == 0)
		return false;
	waiting = count_waiting(link, now);
	if (waiting > 0 && waiting + packet->frames - 1 > p->queue_limit)
		return true;
	/* What the line has still to send. An idle line takes a packet of any size. */
	return p->queue_bytes && link->line_free > now &&
	       (double)(link->line_free - now) / 8e9 * (double)p->rate + packet->bytes > (double)p->queue_bytes;
}

static struct packet_copy *copy_of(const struct packet *packet, bool duplicate)
{
	struct packet_copy *copy = packet->data ? malloc(sizeof(*copy) + packet->length) : NULL;

	if (!copy)
		return NULL;
	copy->duplicate = duplicate;
	copy->id = packet->id;
	copy->length = packet->length;
	memcpy(copy->data, packet->data, packet->length);
	return copy;
}

static void flip_a_bit(struct link *link, struct packet_copy *copy)
{
	const uint64_t bit = (uint64_t)(random_uniform(&link->random) * copy->length * 8);

	copy->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	link->counters.corrupted++;
}

/* Whether a packet passes those before it; counts those that do not. */
static bool overtakes(struct link *link)
{
	const struct link_parameters *p = &link->parameters;

	if (p->reorder == 0)
		return false;
	if (++link->since_overtaking < p->reorder_gap || !chance(link, p->reorder))
		return false;
	link->since_overtaking = 0;
	link->counters.overtook++;
	return true;
}

/* Puts a packet, or its duplicate, behind those held. */
static enum link_fate admit(struct link *link, uint64_t now, const struct packet *packet, bool duplicate)
{
	const struct link_parameters *p = &link->parameters;
	struct packet_copy *copy = NULL;
	uint64_t sent = now;
	uint64_t due;

	if (is_full(link, now, packet) || (link->tail - link->head == link->ring_size && !ring_grow(link))) {
		link->counters.overflowed += packet->frames;
		return LINK_OVERFLOW;
	}
	if (duplicate || chance(link, p->corrupt)) {
		copy = copy_of(packet, duplicate);
		/* Without its content a packet can be left as it is, but not be sent twice. */
		if (!copy && (duplicate || packet->data)) {
			link->counters.overflowed += packet->frames;
			return LINK_OVERFLOW;
		}
		if (copy && (!duplicate || chance(link, p->corrupt)))
			flip_a_bit(link, copy);
	}
	if (p->rate) {
		sent = (link->line_free > now ? link->line_free : now) +
		       (uint64_t)packet->bytes * 8 * 1000000000ull / p->rate;
		link->line_free = sent;
	}
	/* A jitter that is a function of the time at which the packet enters the line keeps order by itself. */
	due = sent + p->delay + (uint64_t)variation_at(&link->variation, sent, &link->random);
	/* A change of parameters while packets are held, or a jitter of each packet, may have it overtake. */
	if (due < link->last_due)
		due = link->last_due;
	link->last_due = due;
	*slot(link, link->tail++) = (struct held_packet){
		.sent = sent, .due = due, .id = packet->id, .bytes = packet->bytes, .frames = packet->frames, .copy = copy
	};
	link->waiting_frames += packet->frames;
	return LINK_HELD;
}

enum link_fate link_arrive(struct link *link, uint64_t now, const struct packet *packet)
{
	bool twice;
	bool lost;
	enum link_fate fate;

	link->counters.packets += packet->frames;
	link->counters.bytes += packet->bytes;
	twice = chance(link, link->parameters.duplicate);
	lost = is_lost(link);
	if (lost)
		link->counters.lost += packet->frames;
	if (lost && !twice)
		return LINK_LOST;
	/* It passes as it is: netem corrupts such a packet too, which is rarer than either and left out here. */
	if (overtakes(link)) {
		link->counters.delivered += packet->frames;
		link->counters.delivered_bytes += packet->bytes;
		fate = LINK_OVERTAKES;
	} else {
		fate = admit(link, now, packet, false);
	}
	if (twice && !lost) {
		link->counters.duplicated++;
		if (is_lost(link))
			link->counters.lost++;
		else
			admit(link, now, packet, true);
	}
	return fate;
}

uint64_t link_next_due(const struct link *link)
{
	return link->head == link->tail ? UINT64_MAX : slot(link, link->head)->due;
}

static const struct held_packet *release_one(struct link *link, uint64_t now)
{
	const struct held_packet *packet = slot(link, link->head);

	if (link->waiting == link->head)
		end_waiting_of_one(link);
	link->head++;
	if (now - packet->due > link->counters.max_late)
		link->counters.max_late = now - packet->due;
	link->counters.delivered += packet->frames;
	link->counters.delivered_bytes += packet->bytes;
	return packet;
}

static bool is_due(const struct link *link, uint64_t now)
{
	return link->head != link->tail && slot(link, link->head)->due <= now;
}

size_t link_release(struct link *link, uint64_t now, uint32_t *last_id)
{
	size_t released = 0;

	for (; is_due(link, now) && !slot(link, link->head)->copy; released++)
		*last_id = release_one(link, now)->id;
	return released;
}

struct packet_copy *link_release_copy(struct link *link, uint64_t now)
{
	struct packet_copy *copy;

	if (!is_due(link, now) || !slot(link, link->head)->copy)
		return NULL;
	copy = slot(link, link->head)->copy;
	release_one(link, now);
	return copy;
}

size_t link_held(const struct link *link)
{
	return link->tail - link->head;
}

#include "emulator.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* From this rate on a whole segmentation-offload packet (64 KiB) takes about 1 ms or less on the line, and
 * cutting it up would cost more throughput than it adds truth. */
static const uint64_t large_packet_rate = 500000000;
/* A queue with less room than for some of them, of 45 frames each, would be full or empty and nothing between. */
static const uint32_t large_packet_queue = 450;

uint64_t emulator_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static void on_packet(uint16_t queue, const struct packet *packet, void *context)
{
	struct emulator *emulator = context;
	struct link *link = emulator->links[queue];

	switch (link ? link_arrive(link, emulator_now(), packet) : LINK_LOST) {
	case LINK_HELD:
		break;
	case LINK_OVERTAKES:
		queue_pass(&emulator->queues, queue, packet->id);
		break;
	default:
		queue_drop(&emulator->queues, queue, packet->id);
	}
}

bool emulator_open(struct emulator *emulator)
{
	memset(emulator, 0, sizeof(*emulator));
	return duplicates_open(&emulator->duplicates) &&
	       queue_socket_open(&emulator->queues, on_packet, emulator);
}

/* Whether contents are wanted, for the packets that are doubled or changed. */
static bool takes_contents(const struct link_parameters *p)
{
	return p->duplicate > 0 || p->corrupt > 0;
}

/* What befalls single packets must hit those of wire size, and a slow line must serialise them. */
static bool takes_large(const struct link_parameters *p)
{
	return p->loss == 0 && p->bursts.begins == 0 && p->reorder == 0 && !takes_contents(p) &&
	       !p->variation.each_packet && (p->rate == 0 || (p->rate >= large_packet_rate && p->queue_limit >= large_packet_queue));
}

static struct queue_settings settings_for(const struct link_parameters *p)
{
	return (struct queue_settings){ .large = takes_large(p), .contents = takes_contents(p) };
}

static const char *open_link(struct emulator *emulator, const struct request *request)
{
	struct link *link = malloc(sizeof(*link));

	if (!link)
		return strerror(ENOMEM);
	if (!link_open(link, &request->parameters, emulator_now())) {
		free(link);
		return strerror(ENOMEM);
	}
	emulator->links[request->queue] = link;
	emulator->open[emulator->open_count++] = request->queue;
	if (queue_bind(&emulator->queues, request->queue, settings_for(&request->parameters)))
		return NULL;
	emulator->links[request->queue] = NULL;
	emulator->open_count--;
	link_close(link);
	free(link);
	return strerror(errno);
}

static const char *set_link(struct emulator *emulator, const struct request *request)
{
	struct link *link = emulator->links[request->queue];

	if (!link)
		return open_link(emulator, request);
	if (takes_large(&request->parameters) != takes_large(&link->parameters) ||
	    takes_contents(&request->parameters) != takes_contents(&link->parameters)) {
		if (!queue_configure(&emulator->queues, request->queue, settings_for(&request->parameters)))
			return strerror(errno);
	}
	link_change(link, &request->parameters, emulator_now());
	return NULL;
}

static const char *delete_link(struct emulator *emulator, uint16_t queue)
{
	struct link *link = emulator->links[queue];

	if (!link)
		return NULL;
	queue_flush(&emulator->queues);
	if (!queue_unbind(&emulator->queues, queue))
		return strerror(errno);
	emulator->links[queue] = NULL;
	for (size_t i = 0; i < emulator->open_count; i++)
		if (emulator->open[i] == queue)
			emulator->open[i] = emulator->open[--emulator->open_count];
	link_close(link);
	free(link);
	return NULL;
}

static void write_status(const struct emulator *emulator, FILE *answer)
{
	fprintf(answer, "{\"verdictsRefused\":%" PRIu64 ",\"duplicatesRefused\":%" PRIu64 ",\"classes\":{",
		emulator->queues.refused, emulator->duplicates.refused);
	for (size_t i = 0; i < emulator->open_count; i++) {
		const struct link *link = emulator->links[emulator->open[i]];
		const struct link_counters *c = &link->counters;

		fprintf(answer,
			"%s\"%u\":{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"delivered\":%" PRIu64
			",\"deliveredBytes\":%" PRIu64 ",\"droppedByLoss\":%" PRIu64 ",\"droppedByQueueLimit\":%" PRIu64
			",\"duplicated\":%" PRIu64 ",\"corrupted\":%" PRIu64 ",\"overtook\":%" PRIu64
			",\"held\":%zu,\"maxLatenessMs\":%.6f}",
			i ? "," : "", emulator->open[i], c->packets, c->bytes, c->delivered,
			c->delivered_bytes, c->lost, c->overflowed,
			c->duplicated, c->corrupted, c->overtook, link_held(link), (double)c->max_late / 1e6);
	}
	fprintf(answer, "}}");
}

void emulator_execute(struct emulator *emulator, const struct request *request, FILE *answer)
{
	const char *error = NULL;

	switch (request->kind) {
	case REQUEST_SET:
		error = set_link(emulator, request);
		break;
	case REQUEST_DELETE:
		error = delete_link(emulator, request->queue);
		break;
	case REQUEST_STATUS:
		write_status(emulator, answer);
		return;
	}
	if (error)
		fprintf(answer, "{\"error\":\"%s\"}", error);
	else
		fprintf(answer, "{}");
}

/* Releases what is due of one link. */
static void release(struct emulator *emulator, uint16_t queue, uint64_t now)
{
	struct link *link = emulator->links[queue];
	struct packet_copy *copy;
	uint32_t last_id;

	for (;;) {
		if (link_release(link, now, &last_id))
			queue_pass_through(&emulator->queues, queue, last_id);
		copy = link_release_copy(link, now);
		if (!copy)
			return;
		if (copy->duplicate) {
			/* After those before it, of which the kernel has only been told. */
			queue_flush(&emulator->queues);
			duplicates_send(&emulator->duplicates, copy->data, copy->length);
		} else {
			queue_pass_changed(&emulator->queues, queue, copy->id, copy->data, copy->length);
		}
		free(copy);
	}
}

uint64_t emulator_release(struct emulator *emulator)
{
	const uint64_t now = emulator_now();
	uint64_t next = UINT64_MAX;

	/* A scan over all links: a gateway has tens of them, and a heap would cost as much to keep. */
	for (size_t i = 0; i < emulator->open_count; i++) {
		const struct link *link = emulator->links[emulator->open[i]];

		release(emulator, emulator->open[i], now);
		if (link_next_due(link) < next)
			next = link_next_due(link);
	}
	queue_flush(&emulator->queues);
	return next;
}

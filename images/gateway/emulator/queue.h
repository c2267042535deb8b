/* The kernel's side: NFQUEUE queues, all of them on one netlink socket. See
 * linux/netfilter/nfnetlink_queue.h and net/netfilter/nfnetlink_queue.c of the kernel. */
#ifndef BUSWIDE_QUEUE_H
#define BUSWIDE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"

struct mnl_socket;

typedef void (*queue_packet)(uint16_t queue, const struct packet *packet, void *context);

/* How a queue hands packets over. */
struct queue_settings {
	bool large;    /* segmentation-offload packets whole (cheap), not cut to wire size */
	bool contents; /* all of each packet, not its length only */
};

struct queue_socket {
	struct mnl_socket *netlink;
	int fd;
	uint32_t sequence;
	queue_packet on_packet;
	void *context;
	uint64_t refused; /* verdicts or batches the kernel did not take */
	size_t pending;   /* bytes of verdicts not sent yet */
	/* Above the longest packet, as a verdict may carry one. */
	char verdicts[131072];
};

/* Opens the socket. On failure returns false and sets errno. */
bool queue_socket_open(struct queue_socket *socket, queue_packet on_packet, void *context);

/* Takes over the queue; packets reach `on_packet` from queue_receive on. On failure returns false and sets
 * errno. */
bool queue_bind(struct queue_socket *socket, uint16_t queue, struct queue_settings settings);

/* Changes how a queue hands packets over; the next one is handed over so. On failure returns false and sets
 * errno. */
bool queue_configure(struct queue_socket *socket, uint16_t queue, struct queue_settings settings);

/* Gives the queue up; the kernel drops what it still holds. On failure returns false and sets errno. */
bool queue_unbind(struct queue_socket *socket, uint16_t queue);

/* Hands waiting packets to `on_packet`, a bounded number of them. */
void queue_receive(struct queue_socket *socket);

/* Drops one packet. */
void queue_drop(struct queue_socket *socket, uint16_t queue, uint32_t id);

/* Lets one packet pass; those before it stay. */
void queue_pass(struct queue_socket *socket, uint16_t queue, uint32_t id);

/* Lets one packet pass with another content. */
void queue_pass_changed(struct queue_socket *socket, uint16_t queue, uint32_t id, const uint8_t *data,
			uint32_t length);

/* Lets all packets of the queue up to and including `last_id` pass. */
void queue_pass_through(struct queue_socket *socket, uint16_t queue, uint32_t last_id);

/* Sends the verdicts given since the last flush. */
void queue_flush(struct queue_socket *socket);

#endif

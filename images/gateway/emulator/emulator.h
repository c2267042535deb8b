/* The links of a gateway, joined to their queues. */
#ifndef BUSWIDE_EMULATOR_H
#define BUSWIDE_EMULATOR_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "control.h"
#include "duplicates.h"
#include "link.h"
#include "queue.h"

struct emulator {
	struct queue_socket queues;
	struct duplicates duplicates;
	struct link *links[65536]; /* by queue number */
	uint16_t open[65535];      /* the queue numbers in use */
	size_t open_count;
};

/* Nanoseconds of the monotonic clock. */
uint64_t emulator_now(void);

/* Opens the netlink socket; false and errno on failure. */
bool emulator_open(struct emulator *emulator);

/* Executes a request and writes its JSON answer. */
void emulator_execute(struct emulator *emulator, const struct request *request, FILE *answer);

/* Lets every packet pass whose time has come. Returns the next due time, or UINT64_MAX. */
uint64_t emulator_release(struct emulator *emulator);

#endif

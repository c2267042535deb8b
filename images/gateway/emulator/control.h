/* The requests the control program sends, and what they mean. One text datagram each way:
 *   set <queue> <delay ns> <jitter ns> <loss 0..1> <rate bit/s, 0: none> <queue limit> <seed>
 *     and, each only where it is asked for, shares being 0..1:
 *     distribution=uniform|normal|pareto  correlation=<share>  (see variation.h)
 *     bursts=<begins>,<ends>,<inside>,<outside>  (see losses.h; the loss before is then not looked at)
 *     queue_bytes=<n>  duplicate=<share>  corrupt=<share>  reorder=<share>,<gap>  (see link.h)
 *   delete <queue>
 *   status
 * The answer is JSON: {"error": "…"} or the status of what was asked for. */
#ifndef BUSWIDE_CONTROL_H
#define BUSWIDE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"

enum request_kind { REQUEST_SET, REQUEST_DELETE, REQUEST_STATUS };

struct request {
	enum request_kind kind;
	uint16_t queue;
	struct link_parameters parameters;
};

/* Reads a request; false with a reason in *error when it is malformed or out of range. */
bool request_parse(const char *text, struct request *request, const char **error);

/* Opens the listening socket (SOCK_SEQPACKET) in place of an older one; -1 and errno on failure. */
int control_listen(const char *path);

#endif

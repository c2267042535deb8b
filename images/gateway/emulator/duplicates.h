/* Second copies of packets, which the kernel's queue knows no verdict for: sent by a raw socket, which routes
 * them as it did the first, with a mark by which the packet filter lets them pass by the queue. */
#ifndef BUSWIDE_DUPLICATES_H
#define BUSWIDE_DUPLICATES_H

#include <stdbool.h>
#include <stdint.h>

/* Also in control/gateway/firewall.py. Packets from other containers never have a mark. */
#define DUPLICATE_MARK 0x62775644

struct duplicates {
	int fd;
	uint64_t refused; /* duplicates the kernel did not take */
};

/* Opens the socket; false and errno on failure. */
bool duplicates_open(struct duplicates *duplicates);

/* Sends an IPv4 packet. */
void duplicates_send(struct duplicates *duplicates, const uint8_t *data, uint32_t length);

#endif

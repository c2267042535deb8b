#include "duplicates.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

bool duplicates_open(struct duplicates *duplicates)
{
	const int mark = DUPLICATE_MARK;

	duplicates->refused = 0;
	duplicates->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	return duplicates->fd >= 0 &&
	       setsockopt(duplicates->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == 0;
}

void duplicates_send(struct duplicates *duplicates, const uint8_t *data, uint32_t length)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (length < sizeof(struct iphdr)) {
		duplicates->refused++;
		return;
	}
	memcpy(&to.sin_addr, data + offsetof(struct iphdr, daddr), sizeof(to.sin_addr));
	if (sendto(duplicates->fd, data, length, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		duplicates->refused++;
}

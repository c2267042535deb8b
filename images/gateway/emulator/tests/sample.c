/* Sends packets over a link in virtual time, for tests of what becomes of them.
 * usage: sample <packets> <gap ns> <bytes> <request as in control.h>
 * Writes a 64-bit number a packet: its time on the link in ns, or -1 lost, -2 no room, -3 overtook; and to
 * standard error how many packets were duplicated and corrupted. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control.h"

static int64_t outcome(struct link *link, uint64_t now, const struct packet *packet)
{
	switch (link_arrive(link, now, packet)) {
	case LINK_HELD:
		return (int64_t)(link->last_due - now);
	case LINK_LOST:
		return -1;
	case LINK_OVERFLOW:
		return -2;
	default:
		return -3;
	}
}

int main(int argc, char **argv)
{
	static const uint8_t data[1500];
	struct request request;
	struct link link;
	const char *error = "usage: sample <packets> <gap ns> <bytes> <request>";
	uint64_t now = 1000000000;

	if (argc != 5 || !request_parse(argv[4], &request, &error) || !link_open(&link, &request.parameters, now)) {
		fprintf(stderr, "sample: %s\n", error);
		return EXIT_FAILURE;
	}
	for (uint32_t id = 0; id < (uint32_t)atol(argv[1]); id++) {
		const struct packet packet = { .id = id, .bytes = (uint32_t)atol(argv[3]), .frames = 1, .data = data,
					       .length = sizeof(data) };
		const int64_t result = outcome(&link, now, &packet);
		struct packet_copy *copy;
		uint32_t last;

		if (fwrite(&result, sizeof(result), 1, stdout) != 1)
			return EXIT_FAILURE;
		now += (uint64_t)atoll(argv[2]);
		do {
			link_release(&link, now, &last);
			copy = link_release_copy(&link, now);
			free(copy);
		} while (copy);
	}
	fprintf(stderr, "%" PRIu64 " %" PRIu64 "\n", link.counters.duplicated, link.counters.corrupted);
	link_close(&link);
	return EXIT_SUCCESS;
}

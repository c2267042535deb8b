#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool fail(const char **error, const char *reason)
{
	*error = reason;
	return false;
}

static bool is_share(double value)
{
	return value >= 0 && value <= 1;
}

static bool parse_distribution(const char *text, struct link_parameters *p)
{
	static const struct {
		const char *name;
		enum distribution distribution;
	} known[] = { { "uniform", DISTRIBUTION_UNIFORM },
		      { "normal", DISTRIBUTION_NORMAL },
		      { "pareto", DISTRIBUTION_PARETO } };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(text, known[i].name) == 0) {
			p->variation.distribution = known[i].distribution;
			return true;
		}
	return false;
}

/* Whether `text` is such numbers and nothing more. */
#define READ(text, format, count, ...) \
	(end = 0, sscanf(text, format "%n", __VA_ARGS__, &end) == (count) && (text)[end] == '\0')

/* One word after the numbers: what most links have nothing of. */
static bool parse_option(const char *name, const char *value, struct link_parameters *p)
{
	struct bursts *b = &p->bursts;
	int end;

	if (strcmp(name, "distribution") == 0)
		return parse_distribution(value, p);
	if (strcmp(name, "correlation") == 0) {
		p->variation.each_packet = true;
		return READ(value, "%lf", 1, &p->variation.correlation) && is_share(p->variation.correlation) &&
		       p->variation.correlation < 1;
	}
	if (strcmp(name, "bursts") == 0)
		return READ(value, "%lf,%lf,%lf,%lf", 4, &b->begins, &b->ends, &b->inside, &b->outside) &&
		       is_share(b->begins) && b->begins > 0 && is_share(b->ends) && is_share(b->inside) &&
		       is_share(b->outside);
	if (strcmp(name, "queue_bytes") == 0)
		return READ(value, "%" SCNu64, 1, &p->queue_bytes) && p->queue_bytes > 0;
	if (strcmp(name, "duplicate") == 0)
		return READ(value, "%lf", 1, &p->duplicate) && is_share(p->duplicate);
	if (strcmp(name, "corrupt") == 0)
		return READ(value, "%lf", 1, &p->corrupt) && is_share(p->corrupt);
	if (strcmp(name, "reorder") == 0)
		return READ(value, "%lf,%" SCNu32, 2, &p->reorder, &p->reorder_gap) && is_share(p->reorder) &&
		       p->reorder_gap > 0;
	return false;
}

static bool parse_options(char *text, struct link_parameters *p)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(word, '=');

		if (!value)
			return false;
		*value++ = '\0';
		if (!parse_option(word, value, p))
			return false;
	}
	return true;
}

static bool parse_set(const char *text, struct request *request, const char **error)
{
	struct link_parameters *p = &request->parameters;
	/* All options with the longest decimals that Python writes are about 300 bytes. */
	char options[512];
	int end = 0;
	int fields = sscanf(text,
			    "set %" SCNu16 " %" SCNu64 " %" SCNu64 " %lf %" SCNu64 " %" SCNu32 " %" SCNu64 " %n",
			    &request->queue, &p->delay, &p->variation.jitter, &p->loss, &p->rate, &p->queue_limit,
			    &p->seed, &end);

	if (fields != 7)
		return fail(error, "set takes seven numbers");
	if (strlen(text + end) >= sizeof(options))
		return fail(error, "set takes fewer words after its numbers");
	strcpy(options, text + end);
	if (!parse_options(options, p))
		return fail(error, "a word after the numbers is unknown or out of range");
	if (variation_exceeds(&p->variation, p->delay))
		return fail(error, "the jitter exceeds the delay");
	if (!is_share(p->loss))
		return fail(error, "the loss is not within 0 and 1");
	if (p->queue_limit == 0)
		return fail(error, "the queue limit is zero");
	return true;
}

bool request_parse(const char *text, struct request *request, const char **error)
{
	int end = 0;

	memset(request, 0, sizeof(*request));
	if (strncmp(text, "set ", 4) == 0) {
		request->kind = REQUEST_SET;
		if (!parse_set(text, request, error))
			return false;
	} else if (strcmp(text, "status") == 0) {
		request->kind = REQUEST_STATUS;
		return true;
	} else {
		request->kind = REQUEST_DELETE;
		if (sscanf(text, "delete %" SCNu16 " %n", &request->queue, &end) != 1 || text[end] != '\0')
			return fail(error, "unknown request");
	}
	if (request->queue == 0)
		return fail(error, "queue 0 is no class");
	return true;
}

int control_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0600) < 0 || listen(fd, 16) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

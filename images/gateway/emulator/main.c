/* The WAN emulator of a gateway: holds the kernel's packets of each link until they are due.
 * usage: emulator <control socket> */
#include <errno.h>
#include <linux/sched/types.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "emulator.h"
#include "wakeup.h"

static struct emulator emulator;

static int die(const char *what)
{
	fprintf(stderr, "emulator: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

/* One connection carries one request. The peer is the control program of the same container, which writes
 * at once; it gets a bounded time all the same, as packets wait meanwhile. */
static void serve(int listener)
{
	const struct timeval patience = { .tv_usec = 100000 };
	char text[1024];
	const char *error;
	char *answer = NULL;
	size_t answer_length = 0;
	struct request request;
	FILE *stream;
	ssize_t length;
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	length = recv(fd, text, sizeof(text) - 1, 0);
	stream = length > 0 ? open_memstream(&answer, &answer_length) : NULL;
	if (stream) {
		text[length] = '\0';
		if (request_parse(text, &request, &error))
			emulator_execute(&emulator, &request, stream);
		else
			fprintf(stream, "{\"error\":\"%s\"}", error);
		fclose(stream);
		if (send(fd, answer, answer_length, MSG_NOSIGNAL) < 0)
			fprintf(stderr, "emulator: answer not sent: %s\n", strerror(errno));
		free(answer);
	}
	close(fd);
}

static bool arm(int timer, uint64_t due)
{
	struct itimerspec at = { 0 };

	if (due != UINT64_MAX) {
		at.it_value.tv_sec = (time_t)(due / 1000000000ull);
		at.it_value.tv_nsec = (long)(due % 1000000000ull);
	}
	return timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) == 0;
}

/* On a busy machine a delay is off by the time it takes to be scheduled. From Linux 6.12 on a process may ask,
 * without privilege, for short time slices (sched_setattr(2), sched_runtime of an ordinary process, at least
 * 0.1 ms): it is then chosen sooner when it wakes. Older kernels ignore or refuse it, and nothing is lost. */
static void ask_for_short_slices(void)
{
	struct sched_attr attributes = { .size = sizeof(attributes), .sched_runtime = 100000 };

	if (syscall(SYS_sched_setattr, 0, &attributes, 0) < 0)
		fprintf(stderr, "emulator: ordinary time slices: %s\n", strerror(errno));
}

int main(int argc, char **argv)
{
	struct pollfd polled[3] = { { .events = POLLIN }, { .events = POLLIN }, { .events = POLLIN } };
	struct wakeup wakeup = { .at = emulator_now() };
	uint64_t armed = UINT64_MAX;

	if (argc != 2) {
		fprintf(stderr, "usage: emulator <control socket>\n");
		return 2;
	}
	/* The default slack of 50 us would be added to every delay. */
	prctl(PR_SET_TIMERSLACK, 1);
	ask_for_short_slices();
	if (!emulator_open(&emulator))
		return die("sockets");
	polled[0].fd = emulator.queues.fd;
	polled[1].fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (polled[1].fd < 0)
		return die("timer");
	polled[2].fd = control_listen(argv[1]);
	if (polled[2].fd < 0)
		return die(argv[1]);
	for (;;) {
		const uint64_t next = emulator_release(&emulator);
		const uint64_t now = emulator_now();
		const uint64_t lead = wakeup_lead(&wakeup, now);
		const uint64_t wake = next == UINT64_MAX || next < lead ? next : next - lead;
		const bool sleeps = wake > now;
		uint64_t expirations;

		if (sleeps && wake != armed) {
			if (!arm(polled[1].fd, wake))
				return die("timer");
			armed = wake;
		}
		if (poll(polled, 3, sleeps ? -1 : 0) < 0 && errno != EINTR)
			return die("poll");
		if (!sleeps)
			wakeup_waited(&wakeup, emulator_now() - now);
		if (polled[1].revents) {
			/* What else woke it may have done so before the timer. */
			if (sleeps && !polled[0].revents && !polled[2].revents)
				wakeup_was_late(&wakeup, emulator_now() - armed);
			if (read(polled[1].fd, &expirations, sizeof(expirations)) > 0)
				armed = UINT64_MAX;
		}
		if (polled[0].revents)
			queue_receive(&emulator.queues);
		if (polled[2].revents)
			serve(polled[2].fd);
	}
}

/* Tests of the emulator's pure parts in virtual time. Prints a line a test; exit code 1 if one fails. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "link.h"
#include "random.h"
#include "wakeup.h"

static int failures;

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("  %s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			failures++; \
		} \
	} while (0)

static const uint64_t ms = 1000000;

static struct link_parameters parameters(uint64_t delay_ms, uint64_t jitter_ms, double loss, uint64_t rate)
{
	return (struct link_parameters){ .delay = delay_ms * ms, .variation.jitter = jitter_ms * ms, .loss = loss, .rate = rate,
					 .queue_limit = 10, .seed = 42 };
}

static enum link_fate arrive(struct link *link, uint64_t now, uint32_t id, uint32_t bytes)
{
	const struct packet packet = { .id = id, .bytes = bytes, .frames = 1 };

	return link_arrive(link, now, &packet);
}

static void random_numbers_are_those_of_the_reference(void)
{
	/* First outputs of the reference code from the state {1, 2, 3, 4}; the same vector is used by
	 * the Rust crate rand_xoshiro (src/xoshiro256starstar.rs, test `reference`). */
	const uint64_t expected[] = { 11520, 0, 1509978240, 1215971899390074240, 1216172134540287360,
				      607988272756665600, UINT64_C(16172922978634559625),
				      UINT64_C(8476171486693032832), UINT64_C(10595114339597558777),
				      2904607092377533576 };
	struct random_state state = { { 1, 2, 3, 4 } };
	struct random_state seeded;

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		CHECK(random_next(&state) == expected[i]);
	/* splitmix64 from 0, its first output as published with Java's SplittableRandom. */
	random_seed(&seeded, 0);
	CHECK(seeded.s[0] == UINT64_C(0xe220a8397b1dcdaf));
	CHECK(seeded.s[1] == UINT64_C(0x6e789e6aa1b965f4));
}

static void a_packet_is_due_after_exactly_the_delay(void)
{
	struct link link;
	const struct link_parameters p = parameters(50, 0, 0, 0);
	uint32_t last = 0;

	CHECK(link_open(&link, &p, 0));
	CHECK(link_next_due(&link) == UINT64_MAX);
	CHECK(arrive(&link, 7, 1, 100) == LINK_HELD);
	CHECK(link_next_due(&link) == 50 * ms + 7);
	CHECK(link_release(&link, 50 * ms + 6, &last) == 0);
	CHECK(link_release(&link, 50 * ms + 9, &last) == 1);
	CHECK(last == 1);
	CHECK(link.counters.max_late == 2);
	CHECK(link_held(&link) == 0);
	link_close(&link);
}

static void a_line_serialises_at_its_rate_before_the_delay(void)
{
	struct link link;
	const struct link_parameters p = parameters(10, 0, 0, 8000000); /* 1 byte a microsecond */
	uint32_t last = 0;

	CHECK(link_open(&link, &p, 0));
	for (uint32_t id = 1; id <= 3; id++)
		CHECK(arrive(&link, 0, id, 1000) == LINK_HELD);
	CHECK(link_next_due(&link) == 11 * ms);
	CHECK(link_release(&link, 12 * ms, &last) == 2);
	CHECK(link_next_due(&link) == 13 * ms);
	/* An idle line serves a packet at once. */
	CHECK(link_release(&link, 20 * ms, &last) == 1);
	CHECK(arrive(&link, 20 * ms, 4, 1000) == LINK_HELD);
	CHECK(link_next_due(&link) == 31 * ms);
	link_close(&link);
}

static void a_full_queue_drops_the_newcomer_and_travelling_packets_do_not_count(void)
{
	struct link link;
	const struct link_parameters p = parameters(100, 0, 0, 8000000);
	uint32_t id = 0;

	CHECK(link_open(&link, &p, 0));
	/* One on the line, ten in the queue. */
	for (int i = 0; i < 11; i++)
		CHECK(arrive(&link, 0, ++id, 1000) == LINK_HELD);
	CHECK(arrive(&link, 0, ++id, 1000) == LINK_OVERFLOW);
	CHECK(link.counters.overflowed == 1);
	/* Two packets have left the line (and travel on), so two find room. */
	CHECK(arrive(&link, 2 * ms, ++id, 1000) == LINK_HELD);
	CHECK(arrive(&link, 2 * ms, ++id, 1000) == LINK_HELD);
	CHECK(arrive(&link, 2 * ms, ++id, 1000) == LINK_OVERFLOW);
	CHECK(link_held(&link) == 13);
	CHECK(link.counters.bytes == 15000 && link.counters.delivered_bytes == 0);
	CHECK(link_release(&link, 1000 * ms, &id) == 13 && link.counters.delivered_bytes == 13000);
	link_close(&link);
}

static void a_packet_of_several_frames_counts_and_takes_room_as_all_of_them(void)
{
	struct link link;
	const struct link_parameters p = parameters(100, 0, 0, 8000000);
	const struct packet four = { .id = 1, .bytes = 4000, .frames = 4 };
	uint32_t id;

	CHECK(link_open(&link, &p, 0));
	/* Four on the line, four in the queue of ten: of four more one has no room. */
	CHECK(link_arrive(&link, 0, &four) == LINK_HELD);
	CHECK(link_arrive(&link, 0, &four) == LINK_HELD);
	CHECK(link_arrive(&link, 0, &four) == LINK_OVERFLOW);
	CHECK(link.counters.packets == 12 && link.counters.overflowed == 4);
	/* Where the first has left the line there is room again. */
	CHECK(link_arrive(&link, 4 * ms, &four) == LINK_HELD);
	CHECK(link_release(&link, 1000 * ms, &id) == 3 && link.counters.delivered == 12);
	/* An idle line takes as many as come. */
	for (int i = 0; i < 3; i++) {
		const struct packet twelve = { .id = 1, .bytes = 12000, .frames = 12 };

		CHECK(link_arrive(&link, (1000 + 200 * (uint64_t)i) * ms, &twelve) == LINK_HELD);
		CHECK(link_release(&link, (1200 + 200 * (uint64_t)i) * ms, &id) == 1);
	}
	link_close(&link);
}

static void loss_hits_the_asked_share_of_packets(void)
{
	struct link link;
	const struct link_parameters p = parameters(1, 0, 0.01, 0);
	const int n = 1000000;
	const double sd = sqrt(n * 0.01 * 0.99);
	uint32_t last;
	int runs = 0;
	enum link_fate before = LINK_HELD;

	CHECK(link_open(&link, &p, 0));
	for (int i = 0; i < n; i++) {
		const enum link_fate fate = arrive(&link, (uint64_t)i * 1000, (uint32_t)i, 100);

		runs += fate == LINK_LOST && before == LINK_LOST;
		before = fate;
		link_release(&link, (uint64_t)i * 1000, &last);
	}
	CHECK(fabs((double)link.counters.lost - n * 0.01) < 4 * sd);
	/* Independent losses follow each other with probability 1e-4: about 100 times here. */
	CHECK(runs > 60 && runs < 140);
	link_close(&link);
}

/* Mean, spread and order of the delays of packets that arrive every `gap` ns. */
static void check_jitter(uint64_t gap)
{
	struct link link;
	const struct link_parameters p = parameters(20, 4, 0, 0);
	const int n = 2000000;
	double sum = 0;
	double squares = 0;
	uint64_t previous = 0;
	uint64_t now = 0;
	int out_of_order = 0;
	int out_of_range = 0;
	uint32_t last;

	CHECK(link_open(&link, &p, 0));
	for (int i = 0; i < n; i++, now += gap) {
		double delay;

		arrive(&link, now, (uint32_t)i, 100);
		delay = ((double)link.last_due - (double)now) / (double)ms;
		out_of_order += link.last_due < previous;
		out_of_range += delay < 16 || delay > 24;
		previous = link.last_due;
		sum += delay;
		squares += delay * delay;
		link_release(&link, now, &last);
	}
	CHECK(out_of_order == 0);
	CHECK(out_of_range == 0);
	/* Uniform on 20 +- 4: mean 20, standard deviation 4 / sqrt(3). */
	CHECK(fabs(sum / n - 20) < 0.1);
	CHECK(fabs(sqrt(squares / n - sum / n * (sum / n)) - 4 / sqrt(3)) < 0.05);
	link_close(&link);
}

static void jitter_is_uniform_and_in_order_at_low_and_high_packet_rates(void)
{
	check_jitter(10 * ms);  /* 100 packets a second */
	check_jitter(100000);   /* 10,000 packets a second */
}

static void a_changed_delay_drops_nothing_and_keeps_order(void)
{
	struct link link;
	const struct link_parameters slow = parameters(100, 0, 0, 0);
	const struct link_parameters fast = parameters(10, 0, 0, 0);
	uint32_t last = 0;

	CHECK(link_open(&link, &slow, 0));
	CHECK(arrive(&link, 0, 1, 100) == LINK_HELD);
	link_change(&link, &fast, 1 * ms);
	CHECK(arrive(&link, 1 * ms, 2, 100) == LINK_HELD);
	CHECK(link_release(&link, 99 * ms, &last) == 0);
	CHECK(link_release(&link, 100 * ms, &last) == 2);
	CHECK(last == 2);
	CHECK(arrive(&link, 100 * ms, 3, 100) == LINK_HELD);
	CHECK(link_next_due(&link) == 110 * ms);
	link_close(&link);
}

static void the_same_seed_gives_the_same_losses(void)
{
	struct link one;
	struct link two;
	const struct link_parameters p = parameters(1, 0, 0.3, 0);

	CHECK(link_open(&one, &p, 0));
	CHECK(link_open(&two, &p, 5 * ms));
	for (uint32_t i = 0; i < 1000; i++)
		CHECK(arrive(&one, i, i, 100) == arrive(&two, 7 * ms + i, i, 100));
	CHECK(one.counters.lost > 200 && one.counters.lost < 400);
	link_close(&one);
	link_close(&two);
}

static void more_packets_than_the_first_ring_holds_come_out_in_order(void)
{
	struct link link;
	const struct link_parameters p = parameters(10, 0, 0, 0);
	uint32_t last = 0;
	uint32_t id = 0;

	CHECK(link_open(&link, &p, 0));
	for (int i = 0; i < 200; i++)
		arrive(&link, 0, ++id, 100);
	CHECK(link_release(&link, 10 * ms, &last) == 200);
	for (int i = 0; i < 5000; i++)
		arrive(&link, 10 * ms + (uint64_t)i, ++id, 100);
	CHECK(link_held(&link) == 5000);
	CHECK(link_release(&link, 20 * ms + 2499, &last) == 2500);
	CHECK(last == 2700);
	CHECK(link_release(&link, 30 * ms, &last) == 2500);
	CHECK(last == id);
	link_close(&link);
}

static const uint8_t content[] = { 0x45, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static enum link_fate arrive_with_content(struct link *link, uint64_t now, uint32_t id)
{
	const struct packet packet = { .id = id, .bytes = 100, .frames = 1, .data = content, .length = sizeof(content) };

	return link_arrive(link, now, &packet);
}

static void a_duplicate_follows_its_packet_with_the_same_content(void)
{
	struct link link;
	struct link_parameters p = parameters(10, 0, 0, 0);
	struct packet_copy *copy;
	uint32_t last = 0;

	p.duplicate = 1;
	CHECK(link_open(&link, &p, 0));
	CHECK(arrive_with_content(&link, 0, 7) == LINK_HELD);
	CHECK(arrive_with_content(&link, 0, 8) == LINK_HELD);
	CHECK(link_release_copy(&link, 10 * ms) == NULL);
	CHECK(link_release(&link, 10 * ms, &last) == 1 && last == 7);
	CHECK(link_release(&link, 10 * ms, &last) == 0);
	copy = link_release_copy(&link, 10 * ms);
	CHECK(copy && copy->duplicate && copy->id == 7 && copy->length == sizeof(content));
	CHECK(copy && memcmp(copy->data, content, sizeof(content)) == 0);
	free(copy);
	CHECK(link_release(&link, 10 * ms, &last) == 1 && last == 8);
	CHECK(link.counters.duplicated == 2 && link_held(&link) == 1);
	link_close(&link);
}

static void of_a_packet_that_is_doubled_and_lost_one_is_left(void)
{
	struct link link;
	struct link_parameters p = parameters(10, 0, 1, 0);

	p.duplicate = 1;
	CHECK(link_open(&link, &p, 0));
	CHECK(arrive_with_content(&link, 0, 7) == LINK_HELD);
	CHECK(link_held(&link) == 1 && link.counters.duplicated == 0);
	link_close(&link);
}

static void a_corrupted_packet_keeps_its_place_and_differs_in_one_bit(void)
{
	struct link link;
	struct link_parameters p = parameters(10, 0, 0, 0);
	int places = 0;

	p.corrupt = 1;
	CHECK(link_open(&link, &p, 0));
	for (uint32_t id = 1; id <= 1000; id++)
		CHECK(arrive_with_content(&link, 0, id) == LINK_HELD);
	for (uint32_t id = 1; id <= 1000; id++) {
		struct packet_copy *copy = link_release_copy(&link, 10 * ms);
		int bits = 0;

		CHECK(copy && !copy->duplicate && copy->id == id);
		for (size_t i = 0; copy && i < sizeof(content); i++) {
			bits += __builtin_popcount(copy->data[i] ^ content[i]);
			places |= copy->data[i] != content[i] ? 1 << i : 0;
		}
		CHECK(bits == 1);
		free(copy);
	}
	CHECK(places == (1 << sizeof(content)) - 1);
	link_close(&link);
}

static void a_packet_that_overtakes_passes_a_full_queue_too(void)
{
	struct link link;
	struct link_parameters p = parameters(10, 0, 0, 1000);
	uint32_t last = 0;

	p.reorder = 1;
	p.reorder_gap = 3;
	CHECK(link_open(&link, &p, 0));
	CHECK(arrive(&link, 0, 1, 100) == LINK_HELD);
	CHECK(arrive(&link, 0, 2, 100) == LINK_HELD);
	CHECK(arrive(&link, 0, 3, 100) == LINK_OVERTAKES);
	CHECK(arrive(&link, 0, 4, 100) == LINK_HELD);
	CHECK(link_release(&link, 100000 * ms, &last) == 3 && last == 4);
	CHECK(link.counters.overtook == 1 && link.counters.delivered == 4);
	CHECK(link.counters.delivered_bytes == 400);
	link_close(&link);
}

static void what_waits_leaves_at_the_new_rate_and_what_travels_is_left_alone(void)
{
	struct link link;
	const struct link_parameters slow = parameters(10, 0, 0, 8000000); /* 1 byte a microsecond */
	const struct link_parameters fast = parameters(10, 0, 0, 16000000);
	const struct link_parameters unlimited = parameters(10, 0, 0, 0);
	uint32_t last = 0;

	CHECK(link_open(&link, &slow, 0));
	for (uint32_t id = 1; id <= 5; id++)
		CHECK(arrive(&link, 0, id, 1000) == LINK_HELD);
	/* One has left the line, of the second half is left: 500 + 3000 bytes at twice the rate. */
	link_change(&link, &fast, 1500000);
	CHECK(link_next_due(&link) == 11 * ms);
	CHECK(link_release(&link, 11 * ms, &last) == 1);
	CHECK(link_next_due(&link) == 11750000);
	CHECK(arrive(&link, 1500000, 6, 1000) == LINK_HELD);
	CHECK(link.last_due == 13750000);
	/* Back again, with 4250 bytes left. */
	link_change(&link, &slow, 1625000);
	CHECK(link_next_due(&link) == 11875000);
	CHECK(link.last_due == 1625000 + 4250000 + 10 * ms);
	link_change(&link, &unlimited, 1625000);
	CHECK(link_next_due(&link) == 11625000 && link.last_due == 11625000);
	CHECK(link_release(&link, 11625000, &last) == 5 && last == 6);
	link_close(&link);
}

static void a_burst_of_loss_ends_with_the_parameters_that_asked_for_it(void)
{
	struct link link;
	struct link_parameters bursty = parameters(10, 0, 0, 0);
	const struct link_parameters plain = parameters(10, 0, 0, 0);

	bursty.bursts = (struct bursts){ .begins = 1, .ends = 0, .inside = 1 };
	CHECK(link_open(&link, &bursty, 0));
	CHECK(arrive(&link, 0, 1, 100) == LINK_HELD);
	CHECK(arrive(&link, 0, 2, 100) == LINK_LOST);
	link_change(&link, &plain, 0);
	CHECK(arrive(&link, 0, 3, 100) == LINK_HELD);
	link_change(&link, &bursty, 0);
	CHECK(arrive(&link, 0, 4, 100) == LINK_HELD);
	link_close(&link);
}

static void requests_are_read_or_refused(void)
{
	static const char *const wrong[] = { "distribution=cauchy", "correlation=1", "correlation=nan", "bursts=0,1,1,0",
					     "bursts=0.1,0.2,0.9", "queue_bytes=0", "duplicate=1.1", "corrupt=-1",
					     "reorder=0.1", "reorder=0.1,0", "reorder=0.1,2x", "colour=3", "x" };
	/* Decimals as long as Python writes them. */
	static const char long_options[] = "distribution=pareto correlation=0.33333333333333331 "
					   "bursts=1.2345678901234567e-05,2.3456789012345678e-05,3.4567890123456789e-05,"
					   "4.5678901234567891e-05 queue_bytes=4294967296 duplicate=5.6789012345678912e-05 "
					   "corrupt=6.7890123456789123e-05 reorder=7.8901234567891234e-05,1000000";
	struct request request;
	const char *error = NULL;
	char long_request[1024];

	CHECK(request_parse("set 7 50000000 1000 0.01 100000000 1000 18446744073709551615", &request, &error));
	CHECK(request.kind == REQUEST_SET && request.queue == 7 && request.parameters.delay == 50 * ms);
	CHECK(request.parameters.variation.jitter == 1000 && request.parameters.loss == 0.01);
	CHECK(request.parameters.rate == 100000000 && request.parameters.queue_limit == 1000);
	CHECK(request.parameters.seed == UINT64_MAX);
	CHECK(request_parse("delete 7", &request, &error) && request.kind == REQUEST_DELETE && request.queue == 7);
	CHECK(request_parse("status", &request, &error) && request.kind == REQUEST_STATUS);
	CHECK(!request_parse("set 7 10 20 0 0 1000 1", &request, &error));
	CHECK(strcmp(error, "the jitter exceeds the delay") == 0);
	CHECK(!request_parse("set 7 10 0 1.5 0 1000 1", &request, &error));
	CHECK(!request_parse("set 7 10 0 nan 0 1000 1", &request, &error));
	CHECK(!request_parse("set 7 10 0 0 0 0 1", &request, &error));
	CHECK(!request_parse("set 0 10 0 0 0 10 1", &request, &error));
	CHECK(!request_parse("set 7 10 0 0 0 10 1 x", &request, &error));
	CHECK(!request_parse("set 7 10", &request, &error));
	CHECK(request_parse("set 7 10000000 0 0 0 1000 1 distribution=pareto correlation=0.5 bursts=0.1,0.2,0.9,0 "
			    "queue_bytes=9000 duplicate=0.1 corrupt=0.2 reorder=0.25,5",
			    &request, &error));
	CHECK(request.parameters.variation.distribution == DISTRIBUTION_PARETO);
	CHECK(request.parameters.variation.each_packet && request.parameters.variation.correlation == 0.5);
	CHECK(request.parameters.bursts.ends == 0.2 && request.parameters.bursts.inside == 0.9);
	CHECK(request.parameters.queue_bytes == 9000 && request.parameters.duplicate == 0.1);
	CHECK(request.parameters.corrupt == 0.2 && request.parameters.reorder == 0.25);
	CHECK(request.parameters.reorder_gap == 5);
	CHECK(sizeof(long_options) > 256);
	snprintf(long_request, sizeof(long_request),
		 "set 65534 60000000000 1000000000 1.2345678901234567e-05 100000000000 60000 18446744073709551615 %s",
		 long_options);
	CHECK(request_parse(long_request, &request, &error));
	CHECK(request.parameters.corrupt == 6.7890123456789123e-05 && request.parameters.reorder_gap == 1000000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char text[128];

		snprintf(text, sizeof(text), "set 7 10000000 0 0 0 1000 1 %s", wrong[i]);
		CHECK(!request_parse(text, &request, &error));
	}
	/* A normal jitter reaches four times itself below the delay. */
	CHECK(request_parse("set 7 40 10 0 0 1000 1 distribution=normal", &request, &error));
	CHECK(!request_parse("set 7 39 10 0 0 1000 1 distribution=normal", &request, &error));
	CHECK(!request_parse("delete", &request, &error));
	CHECK(!request_parse("", &request, &error));
}

#define RUN(test) \
	do { \
		const int before = failures; \
		test(); \
		printf("%s %s\n", failures == before ? "ok  " : "FAIL", #test); \
	} while (0)

static void it_wakes_early_by_what_it_has_been_late(void)
{
	struct wakeup wakeup = { 0 };

	CHECK(wakeup_lead(&wakeup, 1000 * ms) == 0);
	for (int i = 0; i < 100; i++)
		wakeup_was_late(&wakeup, i % 2 ? 90000 : 110000);
	/* The mean and four times the mean deviation. */
	CHECK(wakeup_lead(&wakeup, 1000 * ms) > 130000 && wakeup_lead(&wakeup, 1000 * ms) < 150000);
	wakeup_was_late(&wakeup, 100 * ms);
	CHECK(wakeup_lead(&wakeup, 1000 * ms) == 500000);
	for (int i = 0; i < 100; i++)
		wakeup_was_late(&wakeup, 5000);
	CHECK(wakeup_lead(&wakeup, 1000 * ms) < 8000);
}

static void it_waits_awake_for_a_tenth_of_the_time_at_most(void)
{
	struct wakeup wakeup = { .at = 1000 * ms };
	uint64_t now = 1000 * ms;
	uint64_t waited = 0;

	for (int i = 0; i < 100; i++)
		wakeup_was_late(&wakeup, 200000);
	CHECK(wakeup_lead(&wakeup, now) == 0);
	for (int i = 0; i < 4000; i++) {
		uint64_t lead;

		now += ms / 4;
		lead = wakeup_lead(&wakeup, now);
		wakeup_waited(&wakeup, lead);
		waited += lead;
	}
	CHECK(waited > 99 * ms && waited <= 100 * ms);
	/* Saved up for a burst, but no more than 20 ms of it. */
	now += 10000 * ms;
	waited = 0;
	for (uint64_t lead = wakeup_lead(&wakeup, now); lead; lead = wakeup_lead(&wakeup, now)) {
		wakeup_waited(&wakeup, lead);
		waited += lead;
	}
	CHECK(waited > 19 * ms && waited <= 20 * ms);
}

int main(void)
{
	RUN(random_numbers_are_those_of_the_reference);
	RUN(a_packet_is_due_after_exactly_the_delay);
	RUN(a_line_serialises_at_its_rate_before_the_delay);
	RUN(a_full_queue_drops_the_newcomer_and_travelling_packets_do_not_count);
	RUN(a_packet_of_several_frames_counts_and_takes_room_as_all_of_them);
	RUN(loss_hits_the_asked_share_of_packets);
	RUN(jitter_is_uniform_and_in_order_at_low_and_high_packet_rates);
	RUN(a_changed_delay_drops_nothing_and_keeps_order);
	RUN(the_same_seed_gives_the_same_losses);
	RUN(more_packets_than_the_first_ring_holds_come_out_in_order);
	RUN(a_duplicate_follows_its_packet_with_the_same_content);
	RUN(of_a_packet_that_is_doubled_and_lost_one_is_left);
	RUN(a_corrupted_packet_keeps_its_place_and_differs_in_one_bit);
	RUN(a_packet_that_overtakes_passes_a_full_queue_too);
	RUN(what_waits_leaves_at_the_new_rate_and_what_travels_is_left_alone);
	RUN(a_burst_of_loss_ends_with_the_parameters_that_asked_for_it);
	RUN(requests_are_read_or_refused);
	RUN(it_wakes_early_by_what_it_has_been_late);
	RUN(it_waits_awake_for_a_tenth_of_the_time_at_most);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

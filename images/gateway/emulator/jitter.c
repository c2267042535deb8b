#include "jitter.h"

#include <math.h>

/* ns of delay a ns of time. At 1/2 the spacing of packets changes by a factor between 1/2 and 3/2. */
static const double speed = 0.5;

/* After this many mean times between turns the position no longer depends on where it was. */
static const double memory_turns = 64;

/* Mean time between turns: one crossing from end to end. */
static double mean_turn(const struct jitter *jitter)
{
	return 2 * jitter->half_width / speed;
}

static void draw_turn(struct jitter *jitter, uint64_t from, struct random_state *random)
{
	jitter->turns_at = from + 1 + (uint64_t)random_exponential(random, mean_turn(jitter));
}

void jitter_start(struct jitter *jitter, uint64_t half_width, uint64_t now, struct random_state *random)
{
	jitter->half_width = (double)half_width;
	jitter->position = random_uniform(random) * 4 * jitter->half_width;
	jitter->direction = random_uniform(random) < 0.5 ? -1 : 1;
	jitter->at = now;
	if (half_width)
		draw_turn(jitter, now, random);
}

static void move(struct jitter *jitter, uint64_t to)
{
	const double circle = 4 * jitter->half_width;
	double position = jitter->position + jitter->direction * speed * (double)(to - jitter->at);

	position = fmod(position, circle);
	jitter->position = position < 0 ? position + circle : position;
	jitter->at = to;
}

int64_t jitter_at(struct jitter *jitter, uint64_t now, struct random_state *random)
{
	if (jitter->half_width == 0)
		return 0;
	if (now < jitter->at)
		now = jitter->at;
	if ((double)(now - jitter->at) > memory_turns * mean_turn(jitter))
		jitter_start(jitter, (uint64_t)jitter->half_width, now, random);
	while (jitter->turns_at <= now) {
		move(jitter, jitter->turns_at);
		jitter->direction = -jitter->direction;
		draw_turn(jitter, jitter->at, random);
	}
	move(jitter, now);
	return (int64_t)(jitter->position < 2 * jitter->half_width ? jitter->position - jitter->half_width
								  : 3 * jitter->half_width - jitter->position);
}

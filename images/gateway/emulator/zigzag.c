#include "zigzag.h"

#include <math.h>

/* As for the uniform jitter: spacing changes by a factor between 1/2 and 3/2. */
static const double speed = 0.5;

/* After this many jitters' worth of time the position no longer depends on where it was. */
static const double memory = 1024;

static const double pareto_exponent = 3;
static const double pareto_center = 1.5;
static const double pareto_scale = 4.0 / 3.0;
static const double table_most = 4;

double distribution_least(enum distribution distribution)
{
	switch (distribution) {
	case DISTRIBUTION_NORMAL:
		return -table_most;
	case DISTRIBUTION_PARETO:
		return pareto_scale * (1 - pareto_center);
	default:
		return -1;
	}
}

double distribution_most(enum distribution distribution)
{
	return distribution == DISTRIBUTION_UNIFORM ? 1 : table_most;
}

double distribution_of_normal(enum distribution distribution, double g)
{
	const double above = 0.5 * erfc(g / sqrt(2));
	double value = 1 - 2 * above;

	if (distribution == DISTRIBUTION_NORMAL)
		value = g < -table_most ? -table_most : g;
	else if (distribution == DISTRIBUTION_PARETO)
		value = pareto_scale * (pow(above, -1 / pareto_exponent) - pareto_center);
	return value > distribution_most(distribution) ? distribution_most(distribution) : value;
}

/* How far the point gets before it turns, if no end is in its way. With the density exp(-U), the hazard a unit
 * of distance is max(0, direction * U'); where it sums up to an exponential number, the point turns. */
static double distance_to_turn(const struct zigzag *zigzag, double position, struct random_state *random)
{
	const double hazard = random_exponential(random, 1);

	if (zigzag->distribution == DISTRIBUTION_NORMAL) {
		const double outwards = zigzag->direction * position;

		return outwards > 0 ? sqrt(outwards * outwards + 2 * hazard) - outwards : sqrt(2 * hazard) - outwards;
	}
	if (zigzag->direction < 0)
		return INFINITY;
	return (position + pareto_scale * pareto_center) * expm1(hazard / (pareto_exponent + 1));
}

/* Mean rest at an end, as a distance: what lies beyond the end, over half the density at it (half of what is
 * there comes towards it). */
static double mean_rest(const struct zigzag *zigzag, double end)
{
	if (zigzag->distribution == DISTRIBUTION_NORMAL) {
		const double density = exp(-table_most * table_most / 2) / sqrt(2 * M_PI);

		return erfc(table_most / sqrt(2)) / density;
	}
	/* y^-3 over half of 3 y^-4 / (4/3). */
	return end > 0 ? 2 * (end + pareto_scale * pareto_center) / pareto_exponent : 0;
}

static void draw_segment(struct zigzag *zigzag, struct random_state *random)
{
	const double end = zigzag->direction < 0 ? distribution_least(zigzag->distribution)
						 : distribution_most(zigzag->distribution);
	const double room = fabs(end - zigzag->from);
	const double distance = distance_to_turn(zigzag, zigzag->from, random);

	zigzag->to = distance < room ? zigzag->from + zigzag->direction * distance : end;
	zigzag->until = zigzag->at + 1 +
			(uint64_t)((distance < room ? distance : room) * zigzag->scale / speed);
}

static void rest(struct zigzag *zigzag, struct random_state *random)
{
	zigzag->direction = 0;
	zigzag->to = zigzag->from;
	zigzag->until = zigzag->at + 1 +
			(uint64_t)(random_exponential(random, mean_rest(zigzag, zigzag->from)) * zigzag->scale / speed);
}

static void next_segment(struct zigzag *zigzag, struct random_state *random)
{
	const double least = distribution_least(zigzag->distribution);
	const double most = distribution_most(zigzag->distribution);

	zigzag->at = zigzag->until;
	zigzag->from = zigzag->to;
	if (zigzag->direction != 0 && (zigzag->from == least || zigzag->from == most) &&
	    mean_rest(zigzag, zigzag->from) > 0) {
		rest(zigzag, random);
		return;
	}
	if (zigzag->direction == 0 || zigzag->from == least)
		zigzag->direction = zigzag->from > 0 ? -1 : 1;
	else
		zigzag->direction = -zigzag->direction;
	draw_segment(zigzag, random);
}

void zigzag_start(struct zigzag *zigzag, enum distribution distribution, uint64_t scale, uint64_t now,
		  struct random_state *random)
{
	zigzag->distribution = distribution;
	zigzag->scale = (double)scale;
	zigzag->at = now;
	zigzag->from = distribution_of_normal(distribution, random_normal(random));
	zigzag->direction = random_uniform(random) < 0.5 ? -1 : 1;
	if (zigzag->from == distribution_most(distribution) || zigzag->from == distribution_least(distribution))
		rest(zigzag, random);
	else
		draw_segment(zigzag, random);
}

int64_t zigzag_at(struct zigzag *zigzag, uint64_t now, struct random_state *random)
{
	double share;

	if (now < zigzag->at)
		now = zigzag->at;
	if ((double)(now - zigzag->at) > memory * zigzag->scale)
		zigzag_start(zigzag, zigzag->distribution, (uint64_t)zigzag->scale, now, random);
	while (zigzag->until <= now)
		next_segment(zigzag, random);
	/* `at` follows `now` without the segment's own start being lost: a segment is straight. */
	share = (double)(now - zigzag->at) / (double)(zigzag->until - zigzag->at);
	zigzag->from += share * (zigzag->to - zigzag->from);
	zigzag->at = now;
	return (int64_t)(zigzag->from * zigzag->scale);
}

#include "variation.h"

#include <math.h>

bool variation_exceeds(const struct variation_parameters *parameters, uint64_t delay)
{
	return -distribution_least(parameters->distribution) * (double)parameters->jitter > (double)delay;
}

bool variation_same(const struct variation_parameters *one, const struct variation_parameters *other)
{
	return one->jitter == other->jitter && one->distribution == other->distribution &&
	       one->each_packet == other->each_packet && one->correlation == other->correlation;
}

void variation_start(struct variation *variation, const struct variation_parameters *parameters, uint64_t now,
		     struct random_state *random)
{
	variation->parameters = *parameters;
	if (parameters->each_packet)
		variation->normal = random_normal(random);
	else if (parameters->distribution == DISTRIBUTION_UNIFORM)
		jitter_start(&variation->uniform, parameters->jitter, now, random);
	else if (parameters->jitter)
		zigzag_start(&variation->zigzag, parameters->distribution, parameters->jitter, now, random);
}

int64_t variation_at(struct variation *variation, uint64_t now, struct random_state *random)
{
	const struct variation_parameters *p = &variation->parameters;

	if (p->jitter == 0)
		return 0;
	if (p->each_packet) {
		const double c = p->correlation;

		variation->normal = c * variation->normal + sqrt(1 - c * c) * random_normal(random);
		return (int64_t)(distribution_of_normal(p->distribution, variation->normal) * (double)p->jitter);
	}
	return p->distribution == DISTRIBUTION_UNIFORM ? jitter_at(&variation->uniform, now, random)
						       : zigzag_at(&variation->zigzag, now, random);
}

#include "losses.h"

bool bursts_lose(const struct bursts *bursts, bool *bad, struct random_state *random)
{
	const bool lost = random_uniform(random) < (*bad ? bursts->inside : bursts->outside);

	if (random_uniform(random) < (*bad ? bursts->ends : bursts->begins))
		*bad = !*bad;
	return lost;
}

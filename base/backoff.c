/* backoff.c - delay before the next attempt
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/backoff.h"

#include <sys/random.h>

int64_t backoff_ms(unsigned attempt, int64_t first_ms, int64_t most_ms, uint32_t random)
{
	int64_t ceiling = first_ms;

	while (attempt-- > 0 && ceiling < most_ms)
		ceiling *= 2;
	if (ceiling > most_ms)
		ceiling = most_ms;
	return ceiling / 2 + (int64_t)(random % (uint64_t)(ceiling - ceiling / 2 + 1));
}

uint32_t backoff_random(void)
{
	uint32_t random = 0;

	/* Without random bytes the wait has no jitter. */
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return 0;
	return random;
}

/* patience.c - limits the time spent waiting for other servers
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/patience.h"

void patience_init(struct patience *patience, int64_t now, int64_t most)
{
	*patience = (struct patience){ .most = most, .left = most, .counted = now };
}

int64_t patience_until(struct patience *patience, int64_t now)
{
	/* All elapsed time counts, including waits; patience_spend() takes twice the wait,
	 * so half of the time may be spent waiting. */
	patience->left += now - patience->counted;
	if (patience->left > patience->most)
		patience->left = patience->most;
	patience->counted = now;
	return now + (patience->left < PATIENCE_ONCE_MS ? patience->left : PATIENCE_ONCE_MS);
}

void patience_spend(struct patience *patience, int64_t ms)
{
	patience->left -= 2 * ms;
}

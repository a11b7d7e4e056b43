/* patience.h - how long may others keep us waiting?
 *
 * SPDX-License-Identifier: MIT
 *
 * For one thing no longer than PATIENCE_ONCE_MS, and for many of them, after a
 * first PATIENCE_MS, no longer than half of the time: whoever sends a flood of
 * mails that point to silent servers slows a mailbox down by half, no more.
 */
#ifndef BRIDGE_RUN_PATIENCE_H
#define BRIDGE_RUN_PATIENCE_H

#include <stdint.h>

#define PATIENCE_ONCE_MS 5000
#define PATIENCE_MS 10000

struct patience {
	int64_t most;	 /* ms that may be waited at first, PATIENCE_MS or another */
	int64_t left;	 /* of them; below 0: none */
	int64_t counted; /* when it last grew, as clock_ms() */
};

void patience_init(struct patience *patience, int64_t now, int64_t most);

/* Until when to wait for the next thing. */
int64_t patience_until(struct patience *patience, int64_t now);

/* It has been waited for. */
void patience_spend(struct patience *patience, int64_t ms);

#endif

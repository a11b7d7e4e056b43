/* patience.h - limits the time spent waiting for other servers
 *
 * SPDX-License-Identifier: MIT
 *
 * One wait takes PATIENCE_ONCE_MS at most. Many waits take, after a first PATIENCE_MS, half
 * of the time at most: a flood of mails that point to silent servers can slow a mailbox down
 * by half, but no more.
 */
#ifndef BRIDGE_RUN_PATIENCE_H
#define BRIDGE_RUN_PATIENCE_H

#include <stdint.h>

#define PATIENCE_ONCE_MS 5000
#define PATIENCE_MS 10000

struct patience {
	int64_t most;    /* ms that may be waited at first, usually PATIENCE_MS */
	int64_t left;    /* of these; 0 or less: none */
	int64_t counted; /* when it last grew, as clock_ms() */
};

void patience_init(struct patience *patience, int64_t now, int64_t most);

/* Deadline of the next wait, as clock_ms(). */
int64_t patience_until(struct patience *patience, int64_t now);

/* Records how long the wait took. */
void patience_spend(struct patience *patience, int64_t ms);

#endif

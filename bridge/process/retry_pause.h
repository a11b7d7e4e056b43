/* retry_pause.h - pause after a failed visit to a mailbox
 *
 * SPDX-License-Identifier: MIT
 *
 * A server that is away comes back by itself, and its mail should be stored soon afterwards;
 * an error that needs a person can be retried slowly. The two are counted separately: after
 * an hour without a network, the first wrong password must not cause a pause of a quarter of
 * an hour. Randomness is a parameter.
 */
#ifndef BRIDGE_PROCESS_RETRY_PAUSE_H
#define BRIDGE_PROCESS_RETRY_PAUSE_H

#include <stdint.h>

#include "base/error.h"

struct retry_failures {
	unsigned away, fatal; /* since the last good visit */
};

/* Counts a failure and returns how long to wait before the next visit. */
int64_t retry_pause_ms(struct retry_failures *failures, enum error_class class, uint32_t random);

static inline unsigned retry_failures(const struct retry_failures *failures)
{
	return failures->away + failures->fatal;
}

#endif

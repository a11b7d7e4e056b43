/* retry_pause.h - how long a mailbox rests after a visit that failed
 *
 * SPDX-License-Identifier: MIT
 *
 * What is away comes back by itself, and its mail is to be stored soon after;
 * where only a person can help there is no hurry.  The two are counted apart:
 * an hour without a network must not make the first wrong password cost a
 * quarter of an hour.  Chance is a parameter: pure.
 */
#ifndef BRIDGE_PROCESS_RETRY_PAUSE_H
#define BRIDGE_PROCESS_RETRY_PAUSE_H

#include <stdint.h>

#include "base/error.h"

struct retry_failures {
	unsigned away, fatal; /* since the last good visit */
};

/* Counts one more, and says how long to wait before the next visit. */
int64_t retry_pause_ms(struct retry_failures *failures, enum error_class class, uint32_t random);

static inline unsigned retry_failures(const struct retry_failures *failures)
{
	return failures->away + failures->fatal;
}

#endif

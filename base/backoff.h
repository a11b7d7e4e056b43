/* backoff.h - delay before the next attempt
 *
 * SPDX-License-Identifier: MIT
 *
 * Exponential with jitter, so that many bridges that lost the same server do
 * not reconnect in the same second.  Pure: the random number is a parameter.
 */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

/* attempt counts from 0.  Returns between half of and all of min(first_ms *
 * 2^attempt, most_ms).  first_ms and most_ms are at least 2. */
int64_t backoff_ms(unsigned attempt, int64_t first_ms, int64_t most_ms, uint32_t random);

/* Returns a random number for backoff_ms(), from the kernel. */
uint32_t backoff_random(void);

#endif

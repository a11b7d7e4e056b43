/* backoff.h - how long to wait before the next try
 *
 * SPDX-License-Identifier: MIT
 *
 * Exponential with jitter, so that many bridges which lost the same server do
 * not come back in the same second.  Time and chance are parameters: pure.
 */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

/* attempt counts from 0; between half of and the whole of
 * min(first_ms * 2^attempt, most_ms).  first_ms and most_ms are at least 2. */
int64_t backoff_ms(unsigned attempt, int64_t first_ms, int64_t most_ms, uint32_t random);

/* A random number for it, from the kernel. */
uint32_t backoff_random(void);

#endif

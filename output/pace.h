/* pace.h - size and number of concurrent requests
 *
 * SPDX-License-Identifier: MIT
 *
 * Additive increase, multiplicative decrease: a busy server gets half as many
 * concurrent requests; one that is slow or finds them too large gets half the
 * bytes; good answers increase both again slowly.  Pure: times are parameters.
 */
#ifndef OUTPUT_PACE_H
#define OUTPUT_PACE_H

#include <stddef.h>
#include <stdint.h>

struct pace {
	size_t bytes, most_bytes;              /* of one request */
	unsigned requests, most_requests;      /* concurrent */
	unsigned good;                         /* answers since the last change */
	int64_t halved_bytes, halved_requests; /* times of the last halving */
};

void pace_init(struct pace *pace, size_t most_bytes, unsigned most_requests);

/* Record the result of one request that began at `begun`.  A burst of failures
 * halves once: requests begun before the last halving are ignored. */
void pace_good(struct pace *pace);
void pace_busy(struct pace *pace, int64_t begun, int64_t now);
void pace_slow(struct pace *pace, int64_t begun, int64_t now);

/* A request of that many bytes was too large, whenever it began.  The size is tried
 * again now and then, as the limit may have been raised. */
void pace_too_large(struct pace *pace, size_t bytes);

#endif

/* pace.h - how large requests are, and how many at once
 *
 * SPDX-License-Identifier: MIT
 *
 * Additive increase, multiplicative decrease: a busy server gets half as many
 * requests at once, one that finds them too large or is slow with them gets
 * half the bytes; good answers bring both back slowly.  Pure: times are
 * parameters.
 */
#ifndef OUTPUT_PACE_H
#define OUTPUT_PACE_H

#include <stddef.h>
#include <stdint.h>

struct pace {
	size_t bytes, most_bytes;	/* of one request */
	unsigned requests, most_requests; /* at once */
	unsigned good;			/* answers since the last change */
	int64_t halved_bytes, halved_requests; /* when */
};

void pace_init(struct pace *pace, size_t most_bytes, unsigned most_requests);

/* All these get what became of one request that was begun at that time.  One
 * storm halves once: what was begun before the last halving does not count. */
void pace_good(struct pace *pace);
void pace_busy(struct pace *pace, int64_t begun, int64_t now);
void pace_slow(struct pace *pace, int64_t begun, int64_t now);

/* A request of that many bytes was too large, whenever it was begun.  It is
 * met again now and then, as the limit may be gone. */
void pace_too_large(struct pace *pace, size_t bytes);

#endif

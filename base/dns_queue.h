/* dns_queue.h - many DNS queries in flight at once
 *
 * SPDX-License-Identifier: MIT
 *
 * The caller sends any number of queries and reads the replies in order of
 * arrival.  Replies that were not read stay in the queue for the next call.
 * Only one fiber may use a queue at a time.
 */
#ifndef BASE_DNS_QUEUE_H
#define BASE_DNS_QUEUE_H

#include <stdint.h>

#include "base/slice.h"

enum dns_type { DNS_TYPE_A = 1, DNS_TYPE_PTR = 12, DNS_TYPE_AAAA = 28 };

struct dns_queue;

struct dns_reply {
	uint64_t tag; /* of the query */
	/* The whole packet, whatever its response code; valid until the next call.
	 * Absent: no server replied. */
	struct slice packet;
};

/* servers: as for name_lookup(), must outlive the queue; NULL: the system's
 * servers. */
struct dns_queue *dns_queue_open(const char *servers);
void dns_queue_close(struct dns_queue *queue);

void dns_queue_ask(struct dns_queue *queue, const char *name, enum dns_type type, uint64_t tag);

/* Returns the next reply.  false: no reply until deadline (clock_ms), no open query,
 * or the program is stopping. */
bool dns_queue_next(struct dns_queue *queue, int64_t deadline, struct dns_reply *reply);

#endif

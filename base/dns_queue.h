/* dns_queue.h - many questions to name servers in flight at once
 *
 * SPDX-License-Identifier: MIT
 *
 * The caller asks as much as it likes and takes the replies in the order they
 * come.  Replies that nobody waited for stay in the queue for the next call.
 * A queue is used by one fiber at a time.
 */
#ifndef BASE_DNS_QUEUE_H
#define BASE_DNS_QUEUE_H

#include <stdint.h>

#include "base/slice.h"

enum dns_type { DNS_TYPE_A = 1, DNS_TYPE_PTR = 12, DNS_TYPE_AAAA = 28 };

struct dns_queue;

struct dns_reply {
	uint64_t tag; /* of the question */
	/* The whole packet as it came, whatever its response code; valid until
	 * the next call.  Absent: nobody answered. */
	struct slice packet;
};

/* servers as for name_lookup(), NULL: those of the system; must outlive it. */
struct dns_queue *dns_queue_open(const char *servers);
void dns_queue_close(struct dns_queue *queue);

void dns_queue_ask(struct dns_queue *queue, const char *name, enum dns_type type, uint64_t tag);

/* Questions without a reply, replies that have not been taken included. */
size_t dns_queue_open_questions(const struct dns_queue *queue);

/* The next reply; false: none until deadline (clock_ms), no question is open,
 * or the program is told to stop. */
bool dns_queue_next(struct dns_queue *queue, int64_t deadline, struct dns_reply *reply);

#endif

/* desk.h - what it takes to work on mail, lent to those who have some
 *
 * SPDX-License-Identifier: MIT
 *
 * A worker has hundreds of mailboxes and few of them have mail at a time.  So
 * parser, batches and connection to the sink belong to a desk, and a mailbox
 * borrows one for a round.  The number of desks bounds memory and requests
 * under way; those who wait have their turn in the order they came.
 */
#ifndef BRIDGE_DESK_H
#define BRIDGE_DESK_H

#include "base/fiber.h"
#include "bridge/round.h"

struct config;

struct desk {
	struct desk *next; /* of the free ones, or of those in use */
	bool extra;
	const struct round *round; /* what is worked on */
	struct ingest *ingest;
	struct outlet *outlets; /* a list: one per output */
	struct batch batches[2];
};

struct desks {
	struct config *config;
	struct ingest_settings settings;
	struct key_cache *keys; /* NULL: signatures are not verified */
	struct fiber_gate gate;
	struct desk *free, *used;
	size_t extras;
};

void desks_init(struct desks *desks, struct config *config);
void desks_release(struct desks *desks); /* all have been returned */

/* Seats the round at a desk; false: told to stop before there was one. */
bool desks_borrow(struct desks *desks, struct round *round, struct desk **desk);
void desks_return(struct desks *desks, struct desk *desk);

#endif

/* worker_slot.h - what it takes to work on mail, lent to those who have some
 *
 * SPDX-License-Identifier: MIT
 *
 * A worker has hundreds of mailboxes and few of them have mail at a time.  So
 * parser, batches and connection to the sink belong to a slot, and a mailbox
 * borrows one for a round.  The number of slots bounds memory and requests
 * under way; those who wait have their turn in the order they came.
 */
#ifndef BRIDGE_PROCESS_WORKER_SLOT_H
#define BRIDGE_PROCESS_WORKER_SLOT_H

#include "base/fiber.h"
#include "bridge/run/round.h"

struct config;

struct worker_slot {
	struct worker_slot *next; /* of the free ones, or of those in use */
	bool extra;
	const struct round *round; /* what is worked on */
	struct ingest *ingest;
	struct signer_patience patience; /* with name servers */
	struct enrichment *enrichment;
	struct output_queue *queues; /* a list: one per output */
	struct batch batches[2];
};

struct worker_slots {
	struct config *config;
	struct worker_state *state; /* where they are counted */
	struct ingest_settings settings;
	struct enricher *enricher; /* NULL: nothing is looked up */
	struct key_cache *keys; /* NULL: signatures are not verified */
	struct fiber_gate gate;
	struct worker_slot *free, *used;
	size_t extras;
};

void worker_slots_init(struct worker_slots *slots, struct config *config,
		       struct enricher *enricher, struct worker_state *state);
void worker_slots_release(struct worker_slots *slots); /* all have been returned */

/* Seats the round at a slot; false: told to stop before there was one. */
bool worker_slots_borrow(struct worker_slots *slots, struct round *round,
			 struct worker_slot **slot);
void worker_slots_return(struct worker_slots *slots, struct worker_slot *slot);

#endif

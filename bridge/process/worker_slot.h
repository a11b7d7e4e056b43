/* worker_slot.h - worker slots: lend parser, batches and queues to a round
 *
 * SPDX-License-Identifier: MIT
 *
 * A worker has hundreds of mailboxes, of which few have mail at a time. So parser, batches
 * and connections to the sinks belong to a slot, and a mailbox borrows one for a round. The
 * number of slots limits memory and requests in flight; mailboxes wait first come, first
 * served.
 */
#ifndef BRIDGE_PROCESS_WORKER_SLOT_H
#define BRIDGE_PROCESS_WORKER_SLOT_H

#include "base/fiber.h"
#include "bridge/run/round.h"

struct config;

struct worker_slot {
	struct worker_slot *next; /* in the list of free slots, or of those in use */
	bool extra;
	const struct round *round; /* the round that uses it */
	struct ingest *ingest;
	struct signer_patience patience; /* with name servers */
	struct enrichment *enrichment;
	struct output_queue *queues; /* a list: one per output */
	struct batch batches[2];
};

struct worker_slots {
	struct config *config;
	struct worker_state *state; /* of the worker */
	struct ingest_settings settings;
	struct enricher *enricher;      /* NULL: nothing is looked up */
	struct tenant_numbers *tenants; /* NULL: they are not counted */
	struct key_cache *keys;         /* NULL: signatures are not verified */
	struct fiber_gate gate;
	struct worker_slot *free, *used;
	size_t extras;
};

void worker_slots_init(struct worker_slots *slots, struct config *config, struct enricher *enricher,
		       struct worker_state *state);
void worker_slots_release(struct worker_slots *slots); /* after all have been returned */

/* Assigns a slot to the round; false: the program is stopping. */
bool worker_slots_borrow(struct worker_slots *slots, struct round *round,
			 struct worker_slot **slot);
void worker_slots_return(struct worker_slots *slots, struct worker_slot *slot);

#endif

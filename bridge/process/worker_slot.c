/* worker_slot.c - worker slots: lend parser, batches and queues to a round
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/worker_slot.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "bridge/run/key_cache.h"
#include "bridge/run/tenant_numbers.h"
#include "bridge/wiring/wiring.h"

/* Enough to keep a search server busy while other rounds wait for their mailboxes. */
#define WORKER_SLOTS 8
/* A mail server that hangs in the middle of a round occupies a slot until its timeout. A
 * mailbox that waits longer than this for such slots gets an extra one, up to this many. */
#define SLOT_WAIT_MS 1000
#define EXTRA_SLOTS 24

void worker_slots_init(struct worker_slots *slots, struct config *config, struct enricher *enricher,
		       struct worker_state *state)
{
	*slots = (struct worker_slots){ .config = config,
					.enricher = enricher,
					.state = state,
					.gate = { .free = WORKER_SLOTS } };
	wiring_ingest(config, &slots->settings);
	slots->tenants = tenant_numbers_new(config);
	if (!config->bridge.verify_dkim)
		return;
	slots->keys = key_cache_new(config->bridge.dkim_name_servers);
	key_cache_count(slots->keys, &state->counters);
	slots->settings.verify_dkim = true;
}

static struct output_queue *output_queues_new(const struct worker_slots *slots)
{
	struct config *config = slots->config;
	struct output_queue *first = NULL, **at = &first;

	for (const struct output_config *o = &config->output; o; o = o->next) {
		struct output_queue *queue = xcalloc(1, sizeof(*queue));

		output_queue_init(queue, wiring_sink(config, o), &o->naming);
		queue->name = o->name;
		queue->bit = o->bit;
		queue->required = o->required;
		queue->tenants = slots->tenants;
		queue->state = slots->state;
		*at = queue;
		at = &queue->next;
	}
	return first;
}

static void output_queues_free(struct output_queue *queues)
{
	while (queues) {
		struct output_queue *queue = queues;
		struct sink *sink = queue->sink;

		queues = queue->next;
		output_queue_release(queue);
		sink->ops->free(sink);
		free(queue);
	}
}

static struct worker_slot *worker_slot_new(struct worker_slots *slots)
{
	struct worker_slot *slot = xcalloc(1, sizeof(*slot));

	slot->ingest = ingest_new(&slots->settings);
	signer_patience_init(&slot->patience, clock_ms());
	if (slots->enricher)
		slot->enrichment = enrichment_new(slots->enricher, slots->config);
	slot->queues = output_queues_new(slots);
	batch_init(&slot->batches[0], slot->queues);
	batch_init(&slot->batches[1], slot->queues);
	slot->batches[0].tenants = slot->batches[1].tenants = slots->tenants;
	return slot;
}

static void worker_slot_free(struct worker_slot *slot)
{
	batch_release(&slot->batches[0]);
	batch_release(&slot->batches[1]);
	output_queues_free(slot->queues);
	enrichment_free(slot->enrichment);
	ingest_free(slot->ingest);
	free(slot);
}

void worker_slots_release(struct worker_slots *slots)
{
	while (slots->free) {
		struct worker_slot *slot = slots->free;

		slots->free = slot->next;
		worker_slot_free(slot);
	}
	key_cache_free(slots->keys);
	tenant_numbers_free(slots->tenants);
}

static bool some_server_hangs(const struct worker_slots *slots)
{
	for (const struct worker_slot *slot = slots->used; slot; slot = slot->next)
		if (slot->round->at_mailbox)
			return true;
	return false;
}

static void assign(struct worker_slots *slots, struct worker_slot *slot, struct round *round)
{
	slots->settings.now = clock_unix();
	slots->state->counters.slots_used[0][0][0]++;
	slot->round = round;
	slot->next = slots->used;
	slots->used = slot;
	round->ingest = slot->ingest;
	round->keys = slots->keys;
	round->patience = &slot->patience;
	round->enrichment = slot->enrichment;
	round->filling = &slot->batches[0];
	round->posted = &slot->batches[1];
	round->filling->wanted = round->posted->wanted = round->outputs;
	round->filling->leaves_unrelated = round->posted
						   ->leaves_unrelated = round->leaves_unrelated;
}

/* Waits for a free slot or makes an extra one. false: the program is stopping. */
static bool wait_for_slot(struct worker_slots *slots, bool *extra)
{
	while (!fiber_gate_enter(&slots->gate, clock_ms() + SLOT_WAIT_MS)) {
		if (wait_stopping())
			return false;
		if (slots->extras == EXTRA_SLOTS || !some_server_hangs(slots))
			continue;
		*extra = true;
		return true;
	}
	return true;
}

bool worker_slots_borrow(struct worker_slots *slots, struct round *round, struct worker_slot **slot)
{
	_Atomic uint64_t *waiting = &slots->state->counters.slots_waiting[0][0][0];
	bool extra = false, good;

	(*waiting)++;
	good = wait_for_slot(slots, &extra);
	(*waiting)--;
	if (!good)
		return false;
	*slot = extra ? NULL : slots->free;
	if (*slot)
		slots->free = (*slot)->next;
	else
		*slot = worker_slot_new(slots);
	(*slot)->extra = extra;
	slots->extras += extra;
	assign(slots, *slot, round);
	return true;
}

void worker_slots_return(struct worker_slots *slots, struct worker_slot *slot)
{
	struct worker_slot **link = &slots->used;

	slots->state->counters.slots_used[0][0][0]--;
	while (*link != slot)
		link = &(*link)->next;
	*link = slot->next;
	if (slot->extra) {
		slots->extras--;
		worker_slot_free(slot);
		return;
	}
	slot->next = slots->free;
	slots->free = slot;
	fiber_gate_leave(&slots->gate);
}

/* answer_counts.c - counters for the answers to posted documents
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/answer_counts.h"

#include "base/clock.h"

void answer_counts_begin(struct worker_state *state, struct bulk *bulk)
{
	for (size_t i = 0; i < bulk->count; i++)
		bulk->items[i].repeated |= unanswered_add(state->unanswered, bulk->items[i].key,
							  state->number);
}

static enum counter_verdict counted_as(const struct bulk_item *item)
{
	switch (item->verdict) {
	case VERDICT_STORED: return COUNT_STORED;
	case VERDICT_DUPLICATE: return item->repeated ? COUNT_STORED : COUNT_DUPLICATE;
	case VERDICT_REFUSED: return COUNT_REFUSED;
	case VERDICT_HOLD: return COUNT_HELD;
	default: return COUNT_RETRY;
	}
}

void answer_counts_end(struct worker_state *state, uint32_t output, const struct bulk *bulk,
		       int64_t duration_ms, const struct error *trouble)
{
	const size_t number = counter_output(output);
	struct output_state *shown = &state->outputs[number];

	for (size_t i = 0; i < bulk->count; i++) {
		const enum counter_verdict verdict = counted_as(&bulk->items[i]);

		state->counters.documents[bulk->items[i].kind][number][verdict]++;
		if (bulk->items[i].tenant > 0)
			state->counters.tenant_documents[bulk->items[i].tenant][verdict][0]++;
		(verdict == COUNT_RETRY || verdict == COUNT_HELD
			 ? unanswered_lose
			 : unanswered_remove)(state->unanswered, bulk->items[i].key);
	}
	counters_time(&state->counters, batch_seconds, number, duration_ms);
	if (trouble->class == ERROR_NONE) {
		shown->served = clock_unix();
		shown->failing_since = 0;
		return;
	}
	state->counters.output_failures[number][0][0]++;
	if (shown->failing_since == 0)
		shown->failing_since = clock_unix();
	shared_text_set(&shown->error, trouble->text);
}

/* output_queue.c - queues documents for one sink
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/output_queue.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/step.h"
#include "bridge/run/answer_counts.h"
#include "bridge/run/batch.h"
#include "bridge/run/tenant_numbers.h"
#include "bridge/run/unanswered.h"

/* How long an optional output is not used after an error. */
#define AWAY_MS 30000

/* A larger mail is rare, so several small requests for it cost little. */
#define LARGE_MAIL_BYTES (4 * MIB)
#define BESIDE_LARGE_MAIL_BYTES (1 * MIB)

void output_queue_init(struct output_queue *queue, struct sink *sink,
		       const struct index_naming *naming)
{
	*queue = (struct output_queue){
		.name = "", .bit = 1, .required = true, .sink = sink, .naming = naming
	};
	queue->most_bytes = LIMIT_BULK_BYTES;
	strbuf_init(&queue->index, 256);
	bulk_init(&queue->bulks[0], LIMIT_BULK_BYTES);
	bulk_init(&queue->bulks[1], LIMIT_BULK_BYTES);
	queue->filling = &queue->bulks[0];
}

void output_queue_release(struct output_queue *queue)
{
	strbuf_release(&queue->index);
	bulk_release(&queue->bulks[0]);
	bulk_release(&queue->bulks[1]);
	*queue = (struct output_queue){ .sink = NULL };
}

void output_queue_begin_mail(struct output_queue *queue, size_t size)
{
	queue->most_bytes = size > LARGE_MAIL_BYTES ? BESIDE_LARGE_MAIL_BYTES : LIMIT_BULK_BYTES;
}

/* A worker has several queues for an output: its state has the sum. */
static void show(struct output_queue *queue)
{
	const uint64_t queued = queue->filling->count + (queue->posted ? queue->posted->count : 0);
	struct output_state *shown;

	if (!queue->state)
		return;
	shown = &queue->state->outputs[counter_output(queue->bit)];
	shown->queued += queued - queue->queued;
	shown->holding += queue->sink->holds - queue->holding;
	queue->queued = queued;
	queue->holding = queue->sink->holds;
}

static bool add(struct output_queue *queue, uint32_t mail, const struct document *document)
{
	const struct slice index = strbuf_slice(&queue->index), id = slice_of(document->name->id);
	struct bulk *bulk = queue->filling;
	struct bulk_item *item;

	if (bulk->count > 0 && bulk->body.len + document->json.size > queue->most_bytes)
		return false;
	if (!bulk_add(bulk, mail, index, id, document->json))
		return false;
	item = &bulk->items[bulk->count - 1];
	item->kind = (uint8_t)document->name->kind;
	item->tenant = tenant_number(queue->tenants, document->name->tenant);
	item->key = unanswered_key(index, id, queue->bit);
	show(queue);
	return true;
}

bool output_queue_add(struct output_queue *queue, struct batch *batch, uint32_t mail,
		      const struct document *document, struct error *err)
{
	struct strbuf *index = &queue->index;

	output_queue_ready(queue);
	if (clock_ms() < queue->away_until) {
		batch_miss(batch, mail);
		return true;
	}
	strbuf_reset(index);
	index_name_add(index, queue->naming, document->name);
	if (add(queue, mail, document))
		return true;
	if (!output_queue_post(queue, batch, err))
		return false;
	if (add(queue, mail, document))
		return true;
	return error_reject(err, "too-large", "a document does not fit into a bulk request");
}

bool output_queue_post(struct output_queue *queue, struct batch *batch, struct error *err)
{
	if (queue->filling->count == 0)
		return true;
	if (!output_queue_finish(queue, err))
		return false;
	step_reached("posted");
	queue->posted = queue->filling;
	queue->owner = batch;
	if (queue->state)
		answer_counts_begin(queue->state, queue->posted);
	queue->posted_at = clock_ms();
	queue->filling = &queue->bulks[queue->posted == &queue->bulks[0]];
	if (queue->filling->body.alloc > 2 * queue->most_bytes)
		strbuf_release(&queue->filling->body);
	queue->sink->ops->start(queue->sink, queue->posted);
	return true;
}

bool output_queue_ready(struct output_queue *queue)
{
	return !queue->posted || queue->sink->ops->ready(queue->sink);
}

/* Optional output: counts documents it did not accept as missed. */
static bool note_missed(struct output_queue *queue, const struct bulk *bulk,
			const struct error *trouble)
{
	batch_take_verdicts(queue->owner, bulk, false);
	if (trouble->class == ERROR_NONE)
		return true;
	queue->away_until = clock_ms() + AWAY_MS;
	log_event(LOG_LEVEL_WARNING, "output-away", LOG_TEXT("output", queue->name),
		  LOG_TEXT("error", trouble->text), LOG_NUMBER("retry_ms", AWAY_MS));
	return true;
}

static void count_answers(struct output_queue *queue, const struct bulk *bulk,
			  const struct error *trouble)
{
	struct worker_state *state = queue->state;

	if (!state)
		return;
	answer_counts_end(state, queue->bit, bulk, clock_ms() - queue->posted_at, trouble);
	state->counters.output_backoffs[counter_output(queue->bit)][0][0] += queue->sink->backoffs -
									     queue->backoffs;
	queue->backoffs = queue->sink->backoffs;
}

bool output_queue_finish(struct output_queue *queue, struct error *err)
{
	struct bulk *bulk = queue->posted;
	bool good;

	if (!bulk)
		return true;
	good = queue->sink->ops->finish(queue->sink, err);
	queue->posted = NULL;
	show(queue);
	count_answers(queue, bulk, good ? &bulk->trouble : err);
	if (!queue->required) {
		good = note_missed(queue, bulk, good ? &bulk->trouble : err);
	} else if (good) {
		step_reached("answered");
		batch_take_verdicts(queue->owner, bulk, true);
	}
	bulk_reset(bulk);
	return good;
}

void output_queue_abandon(struct output_queue *queue)
{
	struct error ignored;

	(void)output_queue_finish(queue, &ignored);
	bulk_reset(queue->filling);
	show(queue);
}

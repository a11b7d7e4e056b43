/* output_queue.h - queues documents for one sink
 *
 * SPDX-License-Identifier: MIT
 *
 * One bulk is filled while the other is being answered, so parsing and indexing overlap. At
 * most one bulk is in flight; its batch gets the verdicts.
 */
#ifndef BRIDGE_RUN_OUTPUT_QUEUE_H
#define BRIDGE_RUN_OUTPUT_QUEUE_H

#include "bridge/config/index_name.h"
#include "output/sink.h"

struct batch;
struct tenant_numbers;

struct output_queue {
	struct output_queue *next; /* in the list of the batch */
	const char *name;          /* for the log */
	uint32_t bit;              /* of the output, in batch.wanted */
	/* false: after an error of the sink documents are only missing there, and the sink
	 * is not used for a while. */
	bool required;
	int64_t away_until;
	struct sink *sink;
	const struct index_naming *naming;
	const struct tenant_numbers *tenants; /* NULL: they are not counted */
	struct strbuf index;                  /* scratch: the name of a document's index */
	size_t most_bytes;                    /* of a bulk with several documents */
	struct bulk bulks[2];
	struct bulk *filling;
	struct bulk *posted; /* with the sink; NULL: none is */
	struct batch *owner; /* of the posted bulk */
	int64_t posted_at;
	uint64_t backoffs;          /* of the sink, as far as they were counted */
	struct worker_state *state; /* where answers are counted; NULL: nowhere */
	uint64_t queued, holding;   /* as they are shown there */
};

/* Sets required; the members before sink may be changed afterwards. */
void output_queue_init(struct output_queue *queue, struct sink *sink,
		       const struct index_naming *naming);
void output_queue_release(struct output_queue *queue); /* nothing may be posted */

/* The documents that follow belong to a mail of that size.  Beside a large mail bulks are small,
 * so that both fit into the memory of one worker. */
void output_queue_begin_mail(struct output_queue *queue, size_t size);

/* Adds a document of the mail with that number to the bulk being filled; posts a full bulk
 * for the batch first. REJECT: the document is too large for any bulk. */
bool output_queue_add(struct output_queue *queue, struct batch *batch, uint32_t mail,
		      const struct document *document, struct error *err);

/* Waits until the posted bulk is answered, then begins to post the one that has been
 * filled. false: as output_queue_finish(), and nothing has been posted. */
bool output_queue_post(struct output_queue *queue, struct batch *batch, struct error *err);

/* Runs the sink without waiting. true: output_queue_finish() will not wait. */
bool output_queue_ready(struct output_queue *queue);

/* Waits until the posted bulk is answered, and gives the verdicts to its batch. false: no
 * answer, and the batch must not be settled. */
bool output_queue_finish(struct output_queue *queue, struct error *err);

/* After an error: drops the posted bulk and the one being filled. */
void output_queue_abandon(struct output_queue *queue);

#endif

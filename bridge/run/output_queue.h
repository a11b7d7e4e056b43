/* output_queue.h - the way of documents to one sink
 *
 * SPDX-License-Identifier: MIT
 *
 * While one bulk is being answered the next one is filled, so parsing and
 * indexing go on at the same time.  At most one bulk is with the sink; which
 * batch it belongs to is known, and gets its verdicts.
 */
#ifndef BRIDGE_RUN_OUTPUT_QUEUE_H
#define BRIDGE_RUN_OUTPUT_QUEUE_H

#include "bridge/config/index_name.h"
#include "output/sink.h"

struct batch;

struct output_queue {
	struct output_queue *next; /* of the list that feeds several sinks */
	const char *name;	   /* for the log */
	uint32_t bit;		   /* of the output, among those a batch wants */
	/* false: a sink in trouble costs documents their copy there and nothing
	 * else; it is left alone for a while then. */
	bool required;
	int64_t away_until;
	struct sink *sink;
	const struct index_naming *naming;
	struct strbuf index; /* scratch: the name of a document's index */
	struct bulk bulks[2];
	struct bulk *filling;
	struct bulk *posted; /* with the sink; NULL: none is */
	struct batch *owner; /* of what is posted */
	int64_t posted_at;
	uint64_t backoffs;	    /* of the sink, as far as they were counted */
	struct worker_state *state; /* where answers are counted; NULL: nowhere */
};

/* One of its own, required; the members before sink may be changed then. */
void output_queue_init(struct output_queue *queue, struct sink *sink,
		       const struct index_naming *naming);
void output_queue_release(struct output_queue *queue); /* nothing is posted */

/* Adds a document of the mail of that number to the bulk that is being filled;
 * one that is full is posted for the batch first.  REJECT: too large for any. */
bool output_queue_add(struct output_queue *queue, struct batch *batch, uint32_t mail,
		      const struct document *document, struct error *err);

/* Waits for the answers of what is posted, then begins to post what has been
 * filled.  false: as output_queue_finish(), and nothing has been begun. */
bool output_queue_post(struct output_queue *queue, struct batch *batch, struct error *err);

/* Lets the sink go on without waiting.  true: output_queue_finish() will not wait. */
bool output_queue_ready(struct output_queue *queue);

/* Waits for the answers of what is posted, and hands them to its batch.
 * false: there are none, and the batch must not be settled. */
bool output_queue_finish(struct output_queue *queue, struct error *err);

/* After an error: nothing is posted or filled any more. */
void output_queue_abandon(struct output_queue *queue);

#endif

/* search_answer.h - streaming parser for a search answer
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_SEARCH_ANSWER_H
#define OUTPUT_SEARCH_ANSWER_H

#include "base/json_reader.h"
#include "base/strbuf.h"
#include "output/elastic_read.h"

#define SEARCH_PATH 8

struct search_answer {
	/* event receives the events of each document, or take its text; the other is NULL. */
	json_event_fn *event;
	elastic_document_fn *take;
	void *context;
	struct json_reader *reader;
	struct strbuf index, id, document; /* the current one; document is unused with event */
	struct strbuf path[SEARCH_PATH];   /* the key at each depth */
	bool comma, inside;                /* of the document */
	/* Read from the answer: */
	struct strbuf scroll_id; /* position of the next page; kept for it */
	uint64_t documents, total, failed_shards;
	uint64_t most;             /* requested documents */
	bool has_total, odd_total; /* odd: repeated, or not a number of documents */
	bool timed_out;
	char reason[256]; /* text of an error; empty: none */
	bool broken;      /* not a search answer; see err */
	struct error err;
};

/* One of take and event is NULL. */
void search_answer_init(struct search_answer *answer, elastic_document_fn *take,
			json_event_fn *event, void *context);
void search_answer_release(struct search_answer *answer);

/* Prepares for the next page, of at most `most` documents; keeps the scroll id. */
void search_answer_begin(struct search_answer *answer, uint64_t most);
void search_answer_feed(struct search_answer *answer, struct slice part);

#endif

/* search_answer.h - the answer to a search, as it arrives
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
	elastic_document_fn *take;
	void *context;
	struct json_reader *reader;
	struct strbuf index, id, document; /* the one being read */
	struct strbuf path[SEARCH_PATH];   /* the key at each depth */
	bool comma, inside;		   /* of the document */
	/* What the answer says: */
	struct strbuf scroll_id;	   /* where the next page is; stays for the next one */
	uint64_t documents, total, failed_shards;
	uint64_t most;			   /* documents that were asked for */
	bool has_total, odd_total;	   /* odd: twice, or not a number of documents */
	bool timed_out;
	char reason[256];		   /* of an error; empty: none */
	bool broken;			   /* it is no such answer; why is in err */
	struct error err;
};

void search_answer_init(struct search_answer *answer, elastic_document_fn *take, void *context);
void search_answer_release(struct search_answer *answer);

/* For the next page, of at most so many documents; the scroll id stays. */
void search_answer_begin(struct search_answer *answer, uint64_t most);
bool search_answer_feed(void *answer, struct slice part); /* a http_request.take */

#endif

/* verdict.c - what a search server's answer means for a document
 *
 * SPDX-License-Identifier: MIT
 *
 * Every row was seen on Elasticsearch 7.17, 8.19, 9.1 or OpenSearch 2.19, 3.5
 * (tests/unit/bulk-replies/), or is the cautious reading of what was not.
 * Trouble of the server or of its set-up is RETRY: it is never the document's
 * fault, and what is temporary is never a dead letter.
 */
#include "output/verdict.h"

#define ANY NULL

struct rule {
	unsigned least, most; /* status */
	const char *type, *reason; /* contained in them; ANY */
	enum verdict verdict;
};

static const struct rule item_rules[] = {
	{ 200, 201, ANY, ANY, VERDICT_STORED },
	{ 409, 409, "version_conflict_engine_exception", ANY, VERDICT_DUPLICATE },
	/* Disk above the flood-stage mark, queues full, memory short. */
	{ 429, 429, ANY, ANY, VERDICT_RETRY },
	/* Write blocks; missing privileges, which auto_configure looks like too. */
	{ 403, 403, ANY, ANY, VERDICT_RETRY },
	{ 400, 400, "validation_exception", "shards open", VERDICT_RETRY },
	{ 400, 400, "index_closed_exception", ANY, VERDICT_RETRY },
	{ 404, 404, "index_not_found_exception", ANY, VERDICT_RETRY },
	{ 404, 404, "resource_not_found_exception", ANY, VERDICT_RETRY },
	{ 400, 400, "illegal_argument_exception", "no write index is defined", VERDICT_RETRY },
	{ 400, 400, "illegal_argument_exception", "only write ops with an op_type of create",
	  VERDICT_RETRY },
	{ 400, 400, "illegal_argument_exception", "pipeline with id", VERDICT_RETRY },
	{ 400, 400, "routing_missing_exception", ANY, VERDICT_RETRY },
	{ 400, 400, "invalid_index_name_exception", ANY, VERDICT_RETRY },
	/* A source that is no object: 500 on Elasticsearch 8 and 9, for ever. */
	{ 500, 500, "not_x_content_exception", ANY, VERDICT_REFUSED },
	{ 500, 599, ANY, ANY, VERDICT_RETRY },
	/* Mapping errors, immense terms, too many fields, empty ids, and what
	 * nobody has seen yet. */
	{ 400, 499, ANY, ANY, VERDICT_REFUSED },
	/* Not an HTTP status at all: the answer is not to be believed. */
	{ 0, 999, ANY, ANY, VERDICT_RETRY },
};

static const struct rule request_rules[] = {
	{ 400, 400, ANY, "unrecognized parameter", VERDICT_STOP },
	/* Malformed in one place: halving finds the item to blame. */
	{ 400, 400, ANY, ANY, VERDICT_SPLIT },
	{ 401, 401, ANY, ANY, VERDICT_STOP },
	{ 403, 403, "cluster_block_exception", ANY, VERDICT_RETRY },
	{ 403, 403, ANY, ANY, VERDICT_STOP },
	{ 413, 413, ANY, ANY, VERDICT_SPLIT },
	{ 408, 408, ANY, ANY, VERDICT_RETRY },
	{ 429, 429, ANY, ANY, VERDICT_RETRY },
	{ 500, 599, ANY, ANY, VERDICT_RETRY },
	/* Redirects, wrong paths, other products. */
	{ 0, 999, ANY, ANY, VERDICT_STOP },
};

static bool contains(struct slice text, const char *word)
{
	return word == ANY || slice_find_text(text, word) < text.size;
}

static enum verdict first_match(const struct rule *rule, unsigned status, struct slice type,
				struct slice reason)
{
	while (status < rule->least || status > rule->most || !contains(type, rule->type) ||
	       !contains(reason, rule->reason))
		rule++;
	return rule->verdict;
}

enum verdict verdict_of_item(unsigned status, struct slice type, struct slice reason)
{
	return first_match(item_rules, status > 999 ? 999 : status, type, reason);
}

enum verdict verdict_of_request(unsigned status, struct slice type, struct slice reason)
{
	return first_match(request_rules, status > 999 ? 999 : status, type, reason);
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_PENDING] = "pending", [VERDICT_STORED] = "stored",
		[VERDICT_DUPLICATE] = "duplicate", [VERDICT_RETRY] = "retry",
		[VERDICT_SPLIT] = "split", [VERDICT_REFUSED] = "refused",
		[VERDICT_STOP] = "stop",
	};

	return names[verdict];
}

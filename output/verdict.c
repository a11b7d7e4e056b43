/* verdict.c - what a search server's answer means for a document
 *
 * SPDX-License-Identifier: MIT
 *
 * Every row was seen on Elasticsearch 7.17, 8.19, 9.1 or OpenSearch 2.19, 3.5
 * (tests/unit/bulk-replies/), or is the cautious reading of what was not.
 * Trouble of the server is RETRY, trouble with an index HOLD: neither is ever
 * the document's fault, and what is temporary is never a dead letter.
 */
#include "output/verdict.h"

#define ANY NULL

struct rule {
	unsigned least, most;	   /* status */
	const char *type, *reason; /* contained in them; ANY */
	enum verdict verdict;
	const char *cause; /* in our own words: a server's reasons quote documents */
};

static const struct rule item_rules[] = {
	{ 200, 201, "failure_store", ANY, VERDICT_REFUSED, NULL },
	{ 201, 201, ANY, ANY, VERDICT_STORED, NULL },
	/* A create that is not answered 201 created nothing: "result":"noop". */
	{ 200, 200, ANY, ANY, VERDICT_HOLD,
	  "an ingest pipeline of an index drops documents; remove it or its drop processor" },
	{ 409, 409, "version_conflict_engine_exception", ANY, VERDICT_DUPLICATE, NULL },
	/* Two requests that make the same index. */
	{ 409, 409, ANY, ANY, VERDICT_RETRY, "another request was faster" },
	{ 429, 429, "cluster_block_exception", ANY, VERDICT_HOLD,
	  "the disk of the search server is above its flood-stage mark" },
	{ 429, 429, ANY, ANY, VERDICT_RETRY, "the search server is too busy" },
	{ 403, 403, "cluster_block_exception", ANY, VERDICT_HOLD,
	  "an index is blocked for writing" },
	{ 401, 401, ANY, ANY, VERDICT_HOLD, "the credentials were refused" },
	{ 408, 408, ANY, ANY, VERDICT_RETRY, "a document took too long" },
	/* Looks the same when only auto_configure is missing. */
	{ 403, 403, ANY, ANY, VERDICT_HOLD, "the credentials may not write to an index" },
	{ 400, 400, "validation_exception", "shards open", VERDICT_HOLD,
	  "the cluster has as many shards as it may have" },
	{ 400, 400, "index_closed_exception", ANY, VERDICT_HOLD, "an index is closed" },
	{ 404, 404, "index_not_found_exception", ANY, VERDICT_HOLD,
	  "an index is missing and may not be created" },
	{ 404, 404, "resource_not_found_exception", ANY, VERDICT_HOLD,
	  "an index is missing and may not be created" },
	{ 400, 400, "illegal_argument_exception", "no write index is defined", VERDICT_HOLD,
	  "an alias of that name has no index to write to" },
	{ 400, 400, "illegal_argument_exception", "only write ops with an op_type of create",
	  VERDICT_HOLD, "a data stream has the name of an index" },
	{ 400, 400, "illegal_argument_exception", "pipeline with id", VERDICT_HOLD,
	  "an ingest pipeline is missing" },
	{ 400, 400, "routing_missing_exception", ANY, VERDICT_HOLD,
	  "an index asks for routing, which documents do not have" },
	{ 400, 400, "invalid_index_name_exception", ANY, VERDICT_HOLD,
	  "index_prefix makes no valid index name" },
	/* A source that is no object: 500 on Elasticsearch 8 and 9, for ever. */
	{ 500, 500, "not_x_content_exception", ANY, VERDICT_REFUSED, NULL },
	{ 503, 503, "unavailable_shards_exception", ANY, VERDICT_RETRY,
	  "a shard is not available" },
	{ 500, 599, ANY, ANY, VERDICT_RETRY, "the search server is in trouble" },
	/* Mapping errors, immense terms, too many fields, empty ids, and what
	 * nobody has seen yet. */
	{ 400, 499, ANY, ANY, VERDICT_REFUSED, NULL },
	/* Not an HTTP status at all: the answer is not to be believed. */
	{ 0, 999, ANY, ANY, VERDICT_RETRY, "the answer makes no sense" },
};

static const struct rule request_rules[] = {
	{ 400, 400, ANY, "unrecognized parameter", VERDICT_STOP, NULL },
	/* A search server calls the body malformed: halving finds the item. */
	{ 400, 400, "parse_exception", ANY, VERDICT_SPLIT, NULL },
	{ 400, 400, "e_o_f_exception", ANY, VERDICT_SPLIT, NULL },
	{ 400, 400, "action_request_validation_exception", ANY, VERDICT_SPLIT, NULL },
	{ 400, 400, "illegal_argument_exception", "ction/metadata line", VERDICT_SPLIT, NULL },
	{ 400, 400, "illegal_argument_exception", "terminated by a newline", VERDICT_SPLIT, NULL },
	/* Any other 400 is about the request: a wrong path, plain HTTP to a TLS
	 * port, a proxy. */
	{ 400, 400, ANY, ANY, VERDICT_STOP, NULL },
	{ 401, 401, ANY, ANY, VERDICT_STOP, NULL },
	{ 403, 403, "cluster_block_exception", ANY, VERDICT_RETRY, "the cluster is read-only" },
	{ 403, 403, ANY, ANY, VERDICT_STOP, NULL },
	{ 413, 413, ANY, ANY, VERDICT_SPLIT, NULL },
	{ 408, 408, ANY, ANY, VERDICT_RETRY, "the request took too long" },
	{ 429, 429, ANY, ANY, VERDICT_RETRY, "the search server is too busy" },
	{ 500, 500, "illegal_state_exception", "no ingest nodes", VERDICT_RETRY,
	  "an ingest pipeline is set and no node runs it" },
	{ 503, 503, "cluster_block_exception", ANY, VERDICT_RETRY, "the cluster has no master" },
	{ 500, 599, ANY, ANY, VERDICT_RETRY, "the search server is in trouble" },
	/* Redirects, wrong paths, other products. */
	{ 0, 999, ANY, ANY, VERDICT_STOP, NULL },
};

static bool contains(struct slice text, const char *word)
{
	return word == ANY || slice_find_text(text, word) < text.size;
}

static enum verdict first_match(const struct rule *rule, unsigned status, struct slice type,
				struct slice reason, const char **cause)
{
	if (status > 999)
		status = 999;
	while (status < rule->least || status > rule->most || !contains(type, rule->type) ||
	       !contains(reason, rule->reason))
		rule++;
	*cause = rule->cause;
	return rule->verdict;
}

enum verdict verdict_of_item(unsigned status, struct slice type, struct slice reason,
			     const char **cause)
{
	return first_match(item_rules, status, type, reason, cause);
}

enum verdict verdict_of_request(unsigned status, struct slice type, struct slice reason,
				const char **cause)
{
	return first_match(request_rules, status, type, reason, cause);
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_PENDING] = "pending",	   [VERDICT_STORED] = "stored",
		[VERDICT_DUPLICATE] = "duplicate", [VERDICT_RETRY] = "retry",
		[VERDICT_HOLD] = "hold",	   [VERDICT_SPLIT] = "split",
		[VERDICT_REFUSED] = "refused",	   [VERDICT_STOP] = "stop",
	};

	return names[verdict];
}

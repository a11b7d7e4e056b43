/* verdict.c - verdict on a document from a search server's answer
 *
 * SPDX-License-Identifier: MIT
 *
 * Every row was observed on Elasticsearch 7.17, 8.19, 9.1 or OpenSearch 2.19,
 * 3.5 (tests/unit/bulk-replies/), or is a cautious default.  A server failure
 * is RETRY, an index failure HOLD: neither is the document's fault, and a
 * temporary failure never makes a dead letter.
 */
#include "output/verdict.h"

#define ANY NULL

struct rule {
	unsigned least, most;      /* status */
	const char *type, *reason; /* substrings; ANY */
	enum verdict verdict;
	/* Our own text, because a server's reasons quote documents: of an item, a
	 * predicate about its index; of a request, a sentence. */
	const char *cause;
};

static const struct rule item_rules[] = {
	{ 200, 201, "failure_store", ANY, VERDICT_REFUSED, NULL },
	{ 201, 201, ANY, ANY, VERDICT_STORED, NULL },
	/* A create with another status than 201 created nothing:
	 * "result":"noop". */
	{ 200, 200, ANY, ANY, VERDICT_HOLD,
	  "has an ingest pipeline that drops documents: remove it or its drop processor" },
	{ 409, 409, "version_conflict_engine_exception", ANY, VERDICT_DUPLICATE, NULL },
	/* Two requests create the same index. */
	{ 409, 409, ANY, ANY, VERDICT_RETRY, "is being created by another request" },
	{ 429, 429, "cluster_block_exception", ANY, VERDICT_HOLD,
	  "is blocked, since a disk of the search server is above its flood-stage mark: free "
	  "space, or delete old indices" },
	{ 429, 429, ANY, ANY, VERDICT_RETRY, "has to wait: the search server is too busy" },
	{ 403, 403, "cluster_block_exception", ANY, VERDICT_HOLD,
	  "is blocked for writing: remove its index.blocks settings, or see why they are set" },
	{ 401, 401, ANY, ANY, VERDICT_HOLD,
	  "is refused to the login: check user and password, or the key" },
	{ 408, 408, ANY, ANY, VERDICT_RETRY, "took too long over a document" },
	/* The answer is the same if only auto_configure is missing. */
	{ 403, 403, ANY, ANY, VERDICT_HOLD,
	  "may not be written by the login: grant create_doc and auto_configure (Elasticsearch) or "
	  "indices:data/write/bulk* and indices:admin/create (OpenSearch), as the role of setup "
	  "has them" },
	{ 400, 400, "validation_exception", "shards open", VERDICT_HOLD,
	  "cannot be created, since the cluster has as many shards as it may have: delete indices, "
	  "or raise cluster.max_shards_per_node" },
	{ 400, 400, "index_closed_exception", ANY, VERDICT_HOLD, "is closed: open it" },
	{ 404, 404, "index_not_found_exception", ANY, VERDICT_HOLD,
	  "is missing and may not be created: create it, or allow it by action.auto_create_index" },
	{ 404, 404, "resource_not_found_exception", ANY, VERDICT_HOLD,
	  "is missing and may not be created: create it, or allow it by action.auto_create_index" },
	{ 400, 400, "illegal_argument_exception", "no write index is defined", VERDICT_HOLD,
	  "is an alias without an index to write to: set is_write_index for one of its indices" },
	{ 400, 400, "illegal_argument_exception", "only write ops with an op_type of create",
	  VERDICT_HOLD, "is a data stream: give index_prefix another value" },
	{ 400, 400, "illegal_argument_exception", "pipeline with id", VERDICT_HOLD,
	  "names an ingest pipeline that is missing: create it, or remove the setting" },
	{ 400, 400, "routing_missing_exception", ANY, VERDICT_HOLD,
	  "asks for routing, which documents do not have: remove the setting" },
	{ 400, 400, "invalid_index_name_exception", ANY, VERDICT_HOLD,
	  "is not a valid index name: check index_prefix" },
	/* A source that is not an object: always 500 on Elasticsearch 8 and 9. */
	{ 500, 500, "not_x_content_exception", ANY, VERDICT_REFUSED, NULL },
	{ 503, 503, "unavailable_shards_exception", ANY, VERDICT_RETRY,
	  "has a shard that is not available: check the health of the cluster" },
	{ 500, 599, ANY, ANY, VERDICT_RETRY,
	  "cannot be written: the search server reports a server error, see its log" },
	/* Mapping errors, immense terms, too many fields, empty ids, and errors not
	 * seen yet. */
	{ 400, 499, ANY, ANY, VERDICT_REFUSED, NULL },
	/* Not an HTTP status: the answer is invalid. */
	{ 0, 999, ANY, ANY, VERDICT_RETRY, "got an invalid answer" },
};

static const struct rule request_rules[] = {
	{ 400, 400, ANY, "unrecognized parameter", VERDICT_STOP, NULL },
	/* The server calls the body malformed: halving finds the item. */
	{ 400, 400, "parse_exception", ANY, VERDICT_SPLIT, NULL },
	{ 400, 400, "e_o_f_exception", ANY, VERDICT_SPLIT, NULL },
	{ 400, 400, "action_request_validation_exception", ANY, VERDICT_SPLIT, NULL },
	{ 400, 400, "illegal_argument_exception", "ction/metadata line", VERDICT_SPLIT, NULL },
	{ 400, 400, "illegal_argument_exception", "terminated by a newline", VERDICT_SPLIT, NULL },
	/* Any other 400 concerns the request: a wrong path, plain HTTP to a TLS
	 * port, a proxy. */
	{ 400, 400, ANY, ANY, VERDICT_STOP, NULL },
	{ 401, 401, ANY, ANY, VERDICT_STOP, NULL },
	{ 403, 403, "cluster_block_exception", ANY, VERDICT_RETRY,
	  "the cluster is read-only: remove cluster.blocks.read_only" },
	{ 403, 403, ANY, ANY, VERDICT_STOP, NULL },
	{ 413, 413, ANY, ANY, VERDICT_SPLIT, NULL },
	{ 408, 408, ANY, ANY, VERDICT_RETRY, "the request took too long" },
	{ 429, 429, ANY, ANY, VERDICT_RETRY, "the search server is too busy" },
	{ 500, 500, "illegal_state_exception", "no ingest nodes", VERDICT_RETRY,
	  "an ingest pipeline is set and no node runs it" },
	{ 503, 503, "cluster_block_exception", ANY, VERDICT_RETRY, "the cluster has no master" },
	{ 500, 599, ANY, ANY, VERDICT_RETRY, "the search server reports a server error" },
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
		[VERDICT_PENDING] = "pending",     [VERDICT_STORED] = "stored",
		[VERDICT_DUPLICATE] = "duplicate", [VERDICT_RETRY] = "retry",
		[VERDICT_HOLD] = "hold",           [VERDICT_SPLIT] = "split",
		[VERDICT_REFUSED] = "refused",     [VERDICT_STOP] = "stop",
	};

	return names[verdict];
}

/* index_rebuild.c - rebuilds an index whose mappings are dynamic
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/index_rebuild.h"

#include <inttypes.h>

#include "base/limits.h"
#include "output/document_copy.h"
#include "output/elastic_answer.h"
#include "output/elastic_read.h"

#define PATH_LIMIT 1024
#define EVERYTHING "{\"query\":{\"match_all\":{}}"

struct rebuild {
	struct elastic_setup *setup;
	const struct elastic_settings *settings;
	struct strbuf path;
};

/* Sends a request for /index and rest; a 404 counts as an answer. */
static bool ask(struct rebuild *r, const char *method, const char *index, const char *rest,
		struct slice body, struct http_answer *answer, struct error *err)
{
	strbuf_reset(&r->path);
	strbuf_add_format(&r->path, "/%s%s", index, rest);
	if (!elastic_setup_send(r->setup, method, r->path.buf, body, answer, err))
		return false;
	return answer->status == 200 || answer->status == 404 ||
	       elastic_setup_unexpected(r->setup, elastic_setup_url(r->setup), method, r->path.buf,
					answer, "read, create_doc and manage on the index", err);
}

static bool count(struct rebuild *r, const char *index, uint64_t *documents, struct error *err)
{
	const struct slice none = { NULL, 0 };
	struct http_answer answer;

	if (!ask(r, "POST", index, "/_refresh", (struct slice){ "", 0 }, &answer, err) ||
	    !ask(r, "GET", index, "/_count", none, &answer, err))
		return false;
	if (answer.status == 200 && elastic_answer_count(answer.body, documents))
		return true;
	return error_set(err, ERROR_RETRY, "%s: the documents of index %s cannot be counted",
			 elastic_setup_url(r->setup), index);
}

/* --- copying -------------------------------------------------------------------- */

struct copy {
	struct document_copy to;
	const char *index; /* target index */
	bool failed;
	struct error err;
};

static void post(struct copy *c)
{
	if (!c->failed)
		c->failed = !document_copy_post(&c->to, &c->err);
	bulk_reset(&c->to.bulk);
}

static void take(void *context, struct slice id, struct slice json)
{
	struct copy *c = context;

	if (c->failed || bulk_add(&c->to.bulk, 0, slice_of(c->index), id, json))
		return;
	post(c);
	if (!c->failed && !bulk_add(&c->to.bulk, 0, slice_of(c->index), id, json)) {
		c->failed = true;
		error_set(&c->err, ERROR_FATAL, "a document does not fit into a bulk request");
	}
}

static bool copy(struct rebuild *r, const char *from, const char *to, struct error *err)
{
	struct elastic_reader *reader = elastic_reader_new(r->settings);
	struct copy c = { .index = to };
	bool good;

	document_copy_init(&c.to, r->settings, false); /* setup has just written the templates */
	good = elastic_read(reader, from, slice_of(EVERYTHING), take, &c, err);
	if (good)
		post(&c);
	if (good && c.failed) {
		*err = c.err;
		good = false;
	}
	document_copy_release(&c.to);
	elastic_reader_free(reader);
	return good;
}

/* Copies the documents, counts both indices and deletes the source. */
static bool move(struct rebuild *r, const char *from, const char *to, uint64_t *documents,
		 struct error *err)
{
	const struct slice none = { NULL, 0 };
	struct http_answer answer;
	uint64_t before, after;

	if (!count(r, from, &before, err) || !copy(r, from, to, err))
		return false;
	after = 0;
	if (before > 0 && !count(r, to, &after, err))
		return false;
	if (after < before)
		return error_set(err, ERROR_RETRY,
				 "index %s has %" PRIu64 " documents and its copy %s %" PRIu64
				 "; both were kept",
				 from, before, to, after);
	*documents = before;
	return ask(r, "DELETE", from, "", none, &answer, err);
}

/* --- steps ---------------------------------------------------------------------- */

static bool exists(struct rebuild *r, const char *index, bool *there, struct error *err)
{
	struct http_answer answer;

	if (!ask(r, "GET", index, "/_settings?filter_path=%2A.settings.index.uuid",
		 (struct slice){ NULL, 0 }, &answer, err))
		return false;
	*there = answer.status == 200;
	return true;
}

static bool is_dynamic(struct rebuild *r, const char *index, bool *dynamic, struct error *err)
{
	struct http_answer answer;

	if (!ask(r, "GET", index, "/_mapping?filter_path=%2A.mappings.dynamic",
		 (struct slice){ NULL, 0 }, &answer, err))
		return false;
	*dynamic = answer.status == 200 && !elastic_answer_is_fixed(answer.body);
	return true;
}

/* Documents that run posts meanwhile wait with their mails. */
static bool block(struct rebuild *r, const char *index, struct error *err)
{
	struct http_answer answer;

	return ask(r, "PUT", index, "/_settings", slice_of("{\"index.blocks.write\":true}"),
		   &answer, err);
}

static bool make_between(struct rebuild *r, const char *between, struct error *err)
{
	struct http_answer answer;
	bool there;

	return exists(r, between, &there, err) &&
	       (there || ask(r, "PUT", between, "", slice_of("{\"mappings\":{\"dynamic\":false}}"),
			     &answer, err));
}

static bool rebuild(struct rebuild *r, const char *index, const char *between, uint64_t *documents,
		    struct error *err)
{
	bool dynamic;

	if (!is_dynamic(r, index, &dynamic, err))
		return false;
	if (dynamic && (!block(r, index, err) || !make_between(r, between, err) ||
			!move(r, index, between, documents, err)))
		return false;
	return move(r, between, index, documents, err);
}

static void rebuild_init(struct rebuild *r, struct elastic_setup *setup,
			 const struct elastic_settings *settings)
{
	*r = (struct rebuild){ .setup = setup, .settings = settings };
	strbuf_init(&r->path, PATH_LIMIT);
}

bool index_is_dynamic(struct elastic_setup *setup, const char *index, bool *dynamic,
		      struct error *err)
{
	struct rebuild r;
	bool good;

	rebuild_init(&r, setup, NULL);
	good = is_dynamic(&r, index, dynamic, err);
	strbuf_release(&r.path);
	return good;
}

bool index_rebuild(struct elastic_setup *setup, const struct elastic_settings *settings,
		   const char *index, const char *between, uint64_t *documents, struct error *err)
{
	struct rebuild r;
	bool good;

	rebuild_init(&r, setup, settings);
	good = rebuild(&r, index, between, documents, err);
	strbuf_release(&r.path);
	return good;
}

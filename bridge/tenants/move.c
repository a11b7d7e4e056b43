/* move.c - moves stored documents from one tenant to another
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tenants/move.h"

#include <stdlib.h>

#include "base/datetime.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "bridge/tenants/stored.h"
#include "bridge/wiring/wiring.h"
#include "output/document_copy.h"
#include "output/elastic_answer.h"
#include "output/elastic_read.h"
#include "output/elastic_setup.h"

#define BATCH 500
#define SEARCH_LIMIT (64 * KIB)
#define NAME_LIMIT 512
#define DELETE_PATH "/_bulk?filter_path=errors"

/* Location of a document that was copied; the bulk item with the same position is the
 * copy. */
struct origin {
	char *index, *id;
	bool is_there; /* the copy was read back and is the same document */
};

struct mover {
	struct move *move;
	const struct output_config *output;
	enum document_kind kind;
	struct elastic_setup *server;
	struct elastic_reader *from, *copies;
	struct document_copy copy;
	struct document_view view, other;
	struct strbuf json, pattern, search, body;
	struct origin origins[BATCH];
	size_t *by_id; /* positions of bulk items, sorted by id */
	bool failed;
	struct error err;
};

/* --- reading the copies back ---------------------------------------------------------- */

static struct mover *sorted; /* for compare(): qsort() passes no context */

static int by_id(const void *a, const void *b)
{
	return slice_compare(bulk_item_id(&sorted->copy.bulk, *(const size_t *)a),
			     bulk_item_id(&sorted->copy.bulk, *(const size_t *)b));
}

static bool find_item(struct mover *m, struct slice id, size_t *item)
{
	size_t low = 0, high = m->copy.bulk.count;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const int order = slice_compare(id, bulk_item_id(&m->copy.bulk, m->by_id[middle]));

		if (order == 0) {
			*item = m->by_id[middle];
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* If the report arrived again meanwhile, its id proves that it is the same, whatever
 * enrichment found since. If the new tenant already has a part of the mail, and thus a
 * feed document, this one is about another part. */
static bool is_the_same(struct mover *m, size_t item, struct slice json)
{
	const struct slice sent = bulk_item_source(&m->copy.bulk, item);
	const struct document_value *a, *b;

	if (slice_equal(sent, json))
		return true;
	if (m->copy.bulk.items[item].verdict == VERDICT_STORED)
		return false;
	if (m->kind != DOCUMENT_FEED)
		return true;
	document_view_read(&m->view, sent);
	document_view_read(&m->other, json);
	if (document_view_number(&m->view, FIELD_ID_FEED_DOCUMENTS) !=
	    document_view_number(&m->other, FIELD_ID_FEED_DOCUMENTS))
		return false;
	a = m->view.lists[FIELD_ID_FEED_DOMAINS];
	b = m->other.lists[FIELD_ID_FEED_DOMAINS];
	for (; a && b && slice_equal(a->text, b->text); a = a->next)
		b = b->next;
	return !a && !b;
}

static void take_copy(void *context, struct slice id, struct slice json)
{
	struct mover *m = context;
	size_t item;

	if (find_item(m, id, &item) &&
	    slice_equal(elastic_read_index(m->copies), bulk_item_index(&m->copy.bulk, item)))
		m->origins[item].is_there |= is_the_same(m, item, json);
}

static bool read_back(struct mover *m)
{
	const struct bulk *bulk = &m->copy.bulk;
	struct json_writer jw;

	for (size_t i = 0; i < bulk->count; i++)
		m->by_id[i] = i;
	sorted = m;
	qsort(m->by_id, bulk->count, sizeof(*m->by_id), by_id);
	strbuf_reset(&m->pattern);
	index_pattern_add(&m->pattern, &m->output->naming, m->kind, m->move->rule.to);
	strbuf_reset(&m->search);
	jw_init(&jw, &m->search);
	jw_object(&jw, NULL);
	jw_object(&jw, "query");
	jw_object(&jw, "ids");
	jw_array(&jw, "values");
	for (size_t i = 0; i < bulk->count; i++)
		jw_string(&jw, NULL, bulk_item_id(bulk, i));
	for (unsigned i = 0; i < 4; i++)
		jw_end(&jw);
	/* elastic_read() appends to it and closes it. */
	return elastic_read(m->copies, m->pattern.buf,
			    (struct slice){ m->search.buf, m->search.len - 1 }, take_copy, m,
			    &m->err);
}

/* --- deleting the originals -------------------------------------------------------------- */

static bool delete_originals(struct mover *m, size_t *deleted)
{
	struct http_answer answer;
	struct json_writer jw;

	*deleted = 0;
	strbuf_reset(&m->body);
	for (size_t i = 0; i < m->copy.bulk.count; i++) {
		if (!m->origins[i].is_there)
			continue;
		jw_init(&jw, &m->body);
		jw_object(&jw, NULL);
		jw_object(&jw, "delete");
		jw_text(&jw, "_index", m->origins[i].index);
		jw_text(&jw, "_id", m->origins[i].id);
		jw_end(&jw);
		jw_end(&jw);
		strbuf_add_byte(&m->body, '\n');
		++*deleted;
	}
	if (*deleted == 0)
		return true;
	if (!elastic_setup_ask(m->server, "POST", DELETE_PATH, strbuf_slice(&m->body), &answer,
			       &m->err))
		return false;
	return slice_is(answer.body, "{\"errors\":false}") ||
	       error_set(&m->err, ERROR_RETRY,
			 "%s: documents that were copied cannot be deleted where they were; they "
			 "are there twice until the command is repeated",
			 elastic_setup_url(m->server));
}

static void forget_batch(struct mover *m)
{
	for (size_t i = 0; i < m->copy.bulk.count; i++) {
		free(m->origins[i].index);
		free(m->origins[i].id);
	}
	bulk_reset(&m->copy.bulk);
}

/* Always in the order copy, verify, delete. */
static void move_batch(struct mover *m)
{
	struct move *move = m->move;
	size_t deleted = 0;

	if (!m->failed && m->copy.bulk.count > 0) {
		step_reached("batch");
		m->failed = !document_copy_post(&m->copy, &m->err);
		step_reached("copied");
		m->failed = m->failed || !read_back(m);
		step_reached("compared");
		m->failed = m->failed || !delete_originals(m, &deleted);
		step_reached("deleted");
		if (!m->failed) {
			move->fates[MOVED] += deleted;
			move->kinds[m->kind] += deleted;
			move->taken += m->copy.bulk.count - deleted;
		}
	}
	forget_batch(m);
}

/* --- selecting documents
 * ---------------------------------------------------------------------- */

static bool add_to_batch(struct mover *m, struct slice id, struct slice index,
			 struct slice from_index)
{
	struct document_copy *copy = &m->copy;
	const size_t item = copy->bulk.count;
	struct slice new_id = id;

	if (item == BATCH || !bulk_add(&copy->bulk, 0, index, new_id, strbuf_slice(&m->json)))
		return false;
	m->origins[item] = (struct origin){ .index = xmemdup(from_index.data, from_index.size) };
	return true;
}

static void take(void *context, struct slice id, struct slice document)
{
	struct mover *m = context;
	struct document_name name;
	struct strbuf index;
	enum moved_fate fate;
	bool added;

	if (m->failed)
		return;
	document_view_read(&m->view, document);
	fate = moved_make(&m->move->rule, m->kind, id, document, &m->view, &name, &m->json);
	if (fate != MOVED || m->move->only_count) {
		m->move->fates[fate]++;
		m->move->kinds[m->kind] += fate == MOVED;
		return;
	}
	strbuf_init(&index, NAME_LIMIT);
	index_name_add(&index, &m->output->naming, &name);
	added = add_to_batch(m, slice_of(name.id), strbuf_slice(&index),
			     elastic_read_index(m->from));
	if (!added) {
		move_batch(m);
		added = add_to_batch(m, slice_of(name.id), strbuf_slice(&index),
				     elastic_read_index(m->from));
	}
	if (added)
		m->origins[m->copy.bulk.count - 1].id = xmemdup(id.data, id.size);
	else if (!m->failed)
		m->failed = !error_set(&m->err, ERROR_FATAL,
				       "a document does not fit into a bulk request");
	strbuf_release(&index);
}

static void add_bound(struct json_writer *jw, const char *key, bool has, int64_t time)
{
	if (has)
		jw_time(jw, key, time);
}

static void add_domain(const struct mover *m, struct json_writer *jw)
{
	const char *field = field_info(moved_domain_field(m->kind))->name;
	const struct slice domain = m->move->rule.domain;
	struct strbuf below;

	if (!domain.data)
		return;
	strbuf_init(&below, NAME_LIMIT);
	strbuf_add_text(&below, "*.");
	strbuf_add_slice(&below, domain);
	jw_object(jw, NULL);
	jw_object(jw, "bool");
	jw_array(jw, "should");
	jw_object(jw, NULL);
	jw_object(jw, "term");
	jw_string(jw, field, domain);
	jw_end(jw);
	jw_end(jw);
	jw_object(jw, NULL);
	jw_object(jw, "wildcard");
	jw_string(jw, field, strbuf_slice(&below));
	for (unsigned i = 0; i < 5; i++)
		jw_end(jw);
	strbuf_release(&below);
}

static void write_search(struct mover *m, struct strbuf *search)
{
	const struct move *move = m->move;
	struct json_writer jw;

	jw_init(&jw, search);
	jw_object(&jw, NULL);
	jw_object(&jw, "query");
	jw_object(&jw, "bool");
	jw_array(&jw, "filter");
	jw_object(&jw, NULL);
	jw_object(&jw, "term");
	jw_text(&jw, field_info(FIELD_ID_TENANT)->name, move->rule.from);
	jw_end(&jw);
	jw_end(&jw);
	add_domain(m, &jw);
	if (move->has_since || move->has_until) {
		jw_object(&jw, NULL);
		jw_object(&jw, "range");
		jw_object(&jw, "@timestamp");
		add_bound(&jw, "gte", move->has_since, move->since);
		add_bound(&jw, "lt", move->has_until, move->until);
		for (unsigned i = 0; i < 3; i++)
			jw_end(&jw);
	}
	for (unsigned i = 0; i < 4; i++)
		jw_end(&jw);
}

static bool move_kind(struct mover *m, struct error *err)
{
	struct strbuf pattern, search;
	bool good;

	strbuf_init(&pattern, NAME_LIMIT);
	strbuf_init(&search, SEARCH_LIMIT);
	index_pattern_add(&pattern, &m->output->naming, m->kind, m->move->rule.from);
	write_search(m, &search);
	good = elastic_read(m->from, pattern.buf, (struct slice){ search.buf, search.len - 1 },
			    take, m, err);
	if (good) {
		move_batch(m);
	} else {
		forget_batch(m);
	}
	if (m->failed) {
		*err = m->err;
		good = false;
	}
	strbuf_release(&pattern);
	strbuf_release(&search);
	return good;
}

bool move_documents(struct move *move, struct config *config, const struct output_config *output,
		    struct error *err)
{
	struct elastic_settings *settings = wiring_elastic_setup(config, output);
	struct mover *m = xcalloc(1, sizeof(*m));
	bool good = true;
	size_t count;
	const enum document_kind *kinds = index_kinds(&output->naming, &count);

	if (!stored_is_open(config, output, move->rule.from, err)) {
		free(m);
		return false;
	}
	m->move = move;
	m->output = output;
	m->server = elastic_setup_new(settings);
	m->from = elastic_reader_new(settings);
	m->copies = elastic_reader_new(settings);
	m->by_id = xcalloc(BATCH, sizeof(*m->by_id));
	document_copy_init(&m->copy, settings, true);
	document_view_init(&m->view);
	document_view_init(&m->other);
	strbuf_init(&m->json, LIMIT_DOCUMENT_BYTES);
	strbuf_init(&m->pattern, NAME_LIMIT);
	strbuf_init(&m->search, SEARCH_LIMIT);
	strbuf_init(&m->body, MIB);
	for (size_t i = 0; i < count && good; i++) {
		m->kind = kinds[i];
		good = move_kind(m, err);
	}
	strbuf_release(&m->json);
	strbuf_release(&m->pattern);
	strbuf_release(&m->search);
	strbuf_release(&m->body);
	document_view_release(&m->view);
	document_view_release(&m->other);
	document_copy_release(&m->copy);
	free(m->by_id);
	elastic_reader_free(m->from);
	elastic_reader_free(m->copies);
	elastic_setup_free(m->server);
	free(m);
	return good;
}

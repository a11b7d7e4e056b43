/* enrich_stored.c - adds missing reverse DNS names to stored documents
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/enrich_stored.h"

#include <stdlib.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/xalloc.h"
#include "bridge/report/document_view.h"
#include "bridge/report/sender.h"
#include "ingest/document/source_writer.h"
#include "output/elastic_answer.h"

#define BULK "/_bulk?filter_path=errors%2Citems.%2A.status%2Citems.%2A.error.reason"
/* Limit for the texts of a group; documents with long lists make the group smaller. */
#define TEXT_BYTES (8 * MIB)

const enum field stored_fields[] = {
	FIELD_ID_SOURCE_IP,
	FIELD_ID_DMARC_HEADER_FROM,
	FIELD_ID_DMARC_ALIGNED_DKIM,
	FIELD_ID_DMARC_ALIGNED_SPF,
	FIELD_ID_DMARC_DKIM_COMBINED,
	FIELD_ID_DMARC_SPF_COMBINED,
	FIELD_ID_DMARC_OVERRIDE_TYPE,
	FIELD_ID_SOURCE_ENRICHMENT,
	FIELD_ID_SOURCE_DOMAIN,
	FIELD_ID_SOURCE_DOMAIN_RAW,
	FIELD_ID_SOURCE_REGISTERED_DOMAIN,
	FIELD_ID_SOURCE_SENDER_NAME,
	FIELD_ID_SOURCE_SENDER_TYPE,
	FIELD_ID_SOURCE_SENDER_RULE,
	FIELD_ID_SOURCE_SENDER_STATUS,
	FIELD_ID_SOURCE_SENDER_HELP,
	FIELD_ID_SOURCE_RELAY_NAME,
	FIELD_ID_SOURCE_RELAY_TYPE,
	FIELD_ID_SOURCE_RELAY_RULE,
	FIELD_ID_SOURCE_FORWARDED,
	FIELD_COUNT,
};

/* Fields that depend on names. Networks and places stay as stored if nothing is known
 * about them now. */
static bool is_of_names(enum field field)
{
	return field == FIELD_ID_SOURCE_ENRICHMENT ||
	       (field >= FIELD_ID_SOURCE_DOMAIN && field <= FIELD_ID_SOURCE_REGISTERED_DOMAIN);
}

static bool is_of_parties(enum field field)
{
	return field >= FIELD_ID_SOURCE_SENDER_NAME && field <= FIELD_ID_SOURCE_FORWARDED;
}

struct stored {
	enum document_kind kind;
	struct slice index, id;
	bool had[FIELD_COUNT];
	struct stored_source source;
};

struct stored_group {
	struct enrichment *enrichment;
	struct elastic_setup *server;
	struct document_view view;
	struct document_writer writer;
	struct arena arena;
	struct stored list[STORED_GROUP];
	size_t count;
	struct strbuf facts, body;
	struct stored_counts counts;
};

struct stored_group *stored_group_new(struct enrichment *enrichment, struct elastic_setup *server)
{
	struct stored_group *g = xcalloc(1, sizeof(*g));

	g->enrichment = enrichment;
	g->server = server;
	document_view_init(&g->view);
	document_writer_init(&g->writer);
	arena_init(&g->arena, TEXT_BYTES + 4 * LIMIT_DOCUMENT_BYTES);
	strbuf_init(&g->facts, LIMIT_DOCUMENT_BYTES);
	strbuf_init(&g->body, LIMIT_BULK_BYTES);
	return g;
}

void stored_group_free(struct stored_group *g)
{
	if (!g)
		return;
	strbuf_release(&g->body);
	strbuf_release(&g->facts);
	arena_release(&g->arena);
	document_writer_release(&g->writer);
	document_view_release(&g->view);
	free(g);
}

struct stored_counts stored_group_counts(const struct stored_group *g)
{
	return g->counts;
}

/* --- reading a document --------------------------------------------------------- */

/* Reads "selector/domain/result" of signatures, "scope/domain/result" of SPF. */
static size_t read_checks(struct arena *arena, const struct document_value *v,
			  struct source_check *checks)
{
	size_t count = 0;

	for (; v && count < LIMIT_LIST_VALUES; v = v->next) {
		struct slice domain, result;

		sender_split_proof(v->text, &domain, &result);
		checks[count++] = (struct source_check){
			.domain = arena_slice(arena, domain),
			.passes = slice_is(result, "pass"),
			.helo = slice_starts_with(v->text, "helo/"),
		};
	}
	return count;
}

static bool passes(const struct document_view *view, enum field field)
{
	return slice_is(view->texts[field], "pass");
}

static void read_evidence(struct stored_group *g, struct source_evidence *said)
{
	const struct document_view *view = &g->view;

	said->header_from = arena_slice(&g->arena, view->texts[FIELD_ID_DMARC_HEADER_FROM]);
	said->dkim_aligned = passes(view, FIELD_ID_DMARC_ALIGNED_DKIM);
	said->spf_aligned = passes(view, FIELD_ID_DMARC_ALIGNED_SPF);
	said->forwarded = sender_is_forwarded(view);
	said->signature_count = read_checks(&g->arena, view->lists[FIELD_ID_DMARC_DKIM_COMBINED],
					    said->signatures);
	said->path_count = read_checks(&g->arena, view->lists[FIELD_ID_DMARC_SPF_COMBINED],
				       said->paths);
}

/* The evidence of failure reports is not stored in full, so a sender that it identified
 * keeps its name. */
static bool has_evidence(const struct document_view *view, enum document_kind kind)
{
	const struct slice rule = view->texts[FIELD_ID_SOURCE_SENDER_RULE];

	return kind == DOCUMENT_DMARC_AGGREGATE ||
	       (kind == DOCUMENT_DMARC_FAILURE && !slice_is(rule, "dkim") &&
		!slice_is(rule, "spf"));
}

static void read_document(struct stored_group *g, struct stored *stored, struct slice json)
{
	const struct document_view *view = &g->view;
	struct slice ip;

	document_view_read(&g->view, json);
	ip = view->texts[FIELD_ID_SOURCE_IP];
	stored->source = (struct stored_source){
		.tenant = arena_text(&g->arena, view->texts[FIELD_ID_TENANT]),
		.has_evidence = has_evidence(view, stored->kind),
	};
	if (ip.size > 0 && ip.size < sizeof(stored->source.address.ip))
		memcpy(stored->source.address.ip, ip.data, ip.size);
	if (stored->source.has_evidence)
		read_evidence(g, &stored->source.said);
	for (const enum field *f = stored_fields; *f != FIELD_COUNT; f++)
		stored->had[*f] = view->texts[*f].size > 0 &&
				  (is_of_names(*f) ||
				   (is_of_parties(*f) && stored->source.has_evidence));
}

/* --- writing updates ------------------------------------------------------------- */

static void add_key(struct strbuf *out, const char *key)
{
	if (out->len > 0 && out->buf[out->len - 1] != '{')
		strbuf_add_byte(out, ',');
	json_quote(out, slice_of(key));
	strbuf_add_byte(out, ':');
}

/* Writes the new facts as an object; members that no longer apply become null. */
static void write_facts(struct stored_group *g, const struct stored *stored)
{
	struct strbuf *facts = &g->facts;

	document_begin(&g->writer, stored->kind);
	document_source(&g->writer, &stored->source.address);
	strbuf_reset(facts);
	strbuf_add_byte(facts, '{');
	strbuf_add_slice(facts, document_members(&g->writer));
	strbuf_add_byte(facts, '}');
	document_view_read(&g->view, strbuf_slice(facts));
	strbuf_cut(facts, facts->len - 1);
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		if (!stored->had[f] || g->view.texts[f].size > 0)
			continue;
		add_key(facts, field_info(f)->name);
		strbuf_add_text(facts, "null");
	}
	strbuf_add_byte(facts, '}');
}

static void add_update(struct stored_group *g, const struct stored *stored)
{
	write_facts(g, stored);
	strbuf_add_text(&g->body, "{\"update\":{\"_index\":");
	json_quote(&g->body, stored->index);
	strbuf_add_text(&g->body, ",\"_id\":");
	json_quote(&g->body, stored->id);
	strbuf_add_text(&g->body, "}}\n{\"doc\":");
	strbuf_add_slice(&g->body, strbuf_slice(&g->facts));
	strbuf_add_text(&g->body, "}\n");
}

static bool post(struct stored_group *g, struct error *err)
{
	struct elastic_updates updates;
	struct http_answer answer;

	if (g->body.len == 0)
		return true;
	if (!elastic_setup_send(g->server, "POST", BULK, strbuf_slice(&g->body), &answer, err))
		return false;
	if (answer.status != 200)
		return elastic_setup_unexpected(g->server, elastic_setup_url(g->server), "POST",
						"/_bulk", &answer, "read and write on the indices",
						err);
	strbuf_reset(&g->body);
	if (!elastic_answer_updates(answer.body, &updates))
		return error_set(err, ERROR_FATAL, "%s: an update was refused: %s",
				 elastic_setup_url(g->server), updates.reason);
	g->counts.completed += updates.done;
	g->counts.changed += updates.changed;
	return true;
}

bool stored_group_complete(struct stored_group *g, struct error *err)
{
	struct stored_source *sources[STORED_GROUP];
	bool good = true;

	for (size_t i = 0; i < g->count; i++)
		sources[i] = &g->list[i].source;
	enrichment_begin_batch(g->enrichment);
	enrichment_add_stored(g->enrichment, sources, g->count);
	for (size_t i = 0; i < g->count && good; i++) {
		if (sources[i]->address.facts->partial) {
			g->counts.partial++;
			continue;
		}
		add_update(g, &g->list[i]);
		if (g->body.len > LIMIT_BULK_BYTES / 2)
			good = post(g, err);
	}
	good = good && post(g, err);
	g->count = 0;
	arena_reset(&g->arena);
	return good;
}

bool stored_group_add(struct stored_group *g, enum document_kind kind, struct slice index,
		      struct slice id, struct slice json, struct error *err)
{
	struct stored *stored;

	if ((g->count == STORED_GROUP || g->arena.used > TEXT_BYTES) &&
	    !stored_group_complete(g, err))
		return false;
	stored = &g->list[g->count++];
	*stored = (struct stored){ .kind = kind,
				   .index = arena_slice(&g->arena, index),
				   .id = arena_slice(&g->arena, id) };
	read_document(g, stored, json);
	return true;
}

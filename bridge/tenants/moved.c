/* moved.c - converts a stored document into one of another tenant
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tenants/moved.h"

#include "base/ascii.h"
#include "base/datetime.h"
#include "bridge/report/domain_document.h"
#include "ingest/document/document_writer.h"

enum field moved_domain_field(enum document_kind kind)
{
	switch (kind) {
	case DOCUMENT_TLSRPT_POLICY:
	case DOCUMENT_TLSRPT_FAILURE: return FIELD_ID_TLSRPT_POLICY_DOMAIN;
	case DOCUMENT_FEED: return FIELD_ID_FEED_DOMAINS;
	case DOCUMENT_DOMAIN_CHECK: return FIELD_ID_DOMAIN_NAME;
	default: return FIELD_ID_DMARC_DOMAIN;
	}
}

/* --- which domains ------------------------------------------------------------------- */

static bool is_at_or_below(struct slice name, struct slice domain)
{
	return slice_equal(name, domain) ||
	       (name.size > domain.size && name.data[name.size - domain.size - 1] == '.' &&
		slice_equal(slice_skip(name, name.size - domain.size), domain));
}

static bool is_theirs(const struct moved_rule *rule, struct slice name)
{
	return is_at_or_below(name, rule->domain) &&
	       strcmp(tenant_of(rule->table, name), rule->to) == 0;
}

static enum moved_fate fate_of(const struct moved_rule *rule, enum document_kind kind,
			       const struct document_view *view)
{
	const enum field field = moved_domain_field(kind);
	bool any = false;

	if (!rule->domain.data)
		return MOVED;
	if (kind != DOCUMENT_FEED)
		return is_theirs(rule, document_view_text(view, field)) ? MOVED : MOVED_OF_OTHERS;
	for (const struct document_value *d = view->lists[field]; d; d = d->next) {
		if (!is_theirs(rule, d->text))
			return MOVED_MIXED;
		any = true;
	}
	return any ? MOVED : MOVED_MIXED;
}

/* --- ids ------------------------------------------------------------------------------- */

static bool read_digest(struct slice hex, uint8_t digest[static HASH_SIZE])
{
	if (hex.size != 2 * HASH_SIZE)
		return false;
	for (size_t i = 0; i < hex.size; i++) {
		const char c = hex.data[i];
		const unsigned four = ascii_is_digit(c) ? (unsigned)(c - '0')
							: (unsigned)(c - 'a') + 10;

		if (four > 15)
			return false;
		digest[i / 2] = (uint8_t)(i % 2 ? digest[i / 2] | four : four << 4);
	}
	return true;
}

static bool read_time(const struct document_view *view, enum field field, int64_t *time)
{
	bool no_zone;

	return datetime_parse(document_view_text(view, field), time, &no_zone);
}

/* The parts of an id that the document stores. */
struct identity {
	enum document_kind kind;
	struct report_summary summary;
	struct slice domain;
	uint64_t ordinal, sub_ordinal;
};

static bool read_identity(const struct document_view *view, enum document_kind kind,
			  struct identity *identity)
{
	struct report_summary *summary = &identity->summary;
	const bool is_check = kind == DOCUMENT_DOMAIN_CHECK;

	*identity = (struct identity){ .kind = kind };
	summary->report_id = document_view_text(view, FIELD_ID_REPORT_ID);
	if (kind != DOCUMENT_FEED)
		identity->domain = document_view_text(view, moved_domain_field(kind));
	if (kind == DOCUMENT_DMARC_AGGREGATE)
		identity->ordinal = document_view_number(view, FIELD_ID_DMARC_ORDINAL);
	if (kind == DOCUMENT_TLSRPT_POLICY || kind == DOCUMENT_TLSRPT_FAILURE)
		identity->ordinal = document_view_number(view, FIELD_ID_TLSRPT_POLICY_INDEX);
	if (kind == DOCUMENT_TLSRPT_FAILURE)
		identity->sub_ordinal = document_view_number(view, FIELD_ID_TLSRPT_FAILURE_INDEX);
	return read_digest(document_view_text(view, is_check ? FIELD_ID_DOMAIN_DIGEST
							     : FIELD_ID_REPORT_DIGEST),
			   summary->digest) &&
	       read_time(view, is_check ? FIELD_ID_TIMESTAMP : FIELD_ID_EVENT_START,
			 &summary->begin) &&
	       (is_check || read_time(view, FIELD_ID_EVENT_END, &summary->end));
}

static void name_of(const struct identity *identity, const char *tenant, struct document_name *name)
{
	if (identity->kind == DOCUMENT_DOMAIN_CHECK)
		domain_check_name(name, tenant, identity->domain, identity->summary.begin,
				  identity->summary.digest);
	else
		document_name_of(name, identity->kind, tenant, &identity->summary, identity->domain,
				 identity->ordinal, identity->sub_ordinal);
}

/* Absent and empty values give different ids, but a document stores neither. */
static bool find_identity(struct identity *identity, const char *tenant, struct slice id)
{
	struct slice *const values[] = { &identity->summary.report_id, &identity->domain };
	const bool open[] = { values[0]->size == 0, values[1]->size == 0 };
	struct document_name name;

	for (unsigned variant = 0; variant < 4; variant++) {
		bool is_new = true;

		for (unsigned i = 0; i < 2; i++) {
			const bool empty = variant & 1u << i;

			is_new &= open[i] || !empty;
			if (open[i])
				*values[i] = slice_of(empty ? "" : NULL);
		}
		name_of(identity, tenant, &name);
		if (is_new && slice_is(id, name.id))
			return true;
	}
	return false;
}

/* --- the document ------------------------------------------------------------------------ */

/* Quotation marks inside texts are escaped, so this can only match the member. */
static bool put_tenant(const struct moved_rule *rule, struct slice document, struct strbuf *json)
{
	struct strbuf before, after;
	size_t at;
	bool found;

	strbuf_init(&before, 256);
	strbuf_init(&after, 256);
	strbuf_add_format(&before, ",\"%s\":\"%s\"", field_info(FIELD_ID_TENANT)->name, rule->from);
	strbuf_add_format(&after, ",\"%s\":\"%s\"", field_info(FIELD_ID_TENANT)->name, rule->to);
	at = slice_find_text(document, before.buf);
	found = at < document.size;
	strbuf_reset(json);
	if (found) {
		strbuf_add(json, document.data, at);
		strbuf_add_slice(json, strbuf_slice(&after));
		strbuf_add_slice(json, slice_skip(document, at + before.len));
	}
	strbuf_release(&before);
	strbuf_release(&after);
	return found && !json->overflowed;
}

enum moved_fate moved_make(const struct moved_rule *rule, enum document_kind kind, struct slice id,
			   struct slice document, const struct document_view *view,
			   struct document_name *name, struct strbuf *json)
{
	const enum moved_fate fate = fate_of(rule, kind, view);
	struct identity identity;

	if (fate != MOVED)
		return fate;
	if (!read_identity(view, kind, &identity) || !find_identity(&identity, rule->from, id) ||
	    !put_tenant(rule, document, json))
		return MOVED_UNKNOWN;
	name_of(&identity, rule->to, name);
	return MOVED;
}

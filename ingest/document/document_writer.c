/* SPDX-License-Identifier: MIT */
#include "ingest/document/document_writer.h"

#include <assert.h>
#include <stdio.h>

#include "ingest/report/period.h"

const char *document_kind_name(enum document_kind kind)
{
	static const char *const names[] = {
		[DOCUMENT_DMARC_AGGREGATE] = "dmarc_aggregate",
		[DOCUMENT_DMARC_FAILURE] = "dmarc_failure",
		[DOCUMENT_TLSRPT_POLICY] = "tlsrpt_policy",
		[DOCUMENT_TLSRPT_FAILURE] = "tlsrpt_failure",
		[DOCUMENT_FEED] = "feed",
		[DOCUMENT_DOMAIN_CHECK] = "domain_check",
		[DOCUMENT_SMTP_TLS] = "smtp_tls",
	};

	return names[kind];
}

/* Domains after the first; nearly every report has only one. */
static void add_domain(struct report_share *share, struct arena *arena, struct slice domain)
{
	struct report_domain **at = &share->domains;

	if (domain.size == 0 || slice_equal(share->domain, domain) ||
	    share->domain_count == LIMIT_LIST_VALUES)
		return;
	for (; *at; at = &(*at)->next)
		if (slice_equal((*at)->name, domain))
			return;
	*at = arena_alloc(arena, sizeof(**at));
	if (!*at)
		return;
	(*at)->name = arena_slice(arena, domain);
	share->domain_count++;
}

struct report_share *report_share_of(struct report_summary *summary, struct arena *arena,
				     const char *tenant, struct slice domain)
{
	struct report_share **at = &summary->shares;

	while (*at && strcmp((*at)->tenant, tenant) != 0)
		at = &(*at)->next;
	if (!*at) {
		*at = arena_alloc(arena, sizeof(**at));
		if (!*at)
			return NULL;
		(*at)->tenant = tenant;
		(*at)->domain = arena_slice(arena, domain);
	}
	add_domain(*at, arena, domain);
	return *at;
}

void document_writer_init(struct document_writer *w)
{
	strbuf_init(&w->json, LIMIT_DOCUMENT_BYTES);
}

void document_writer_release(struct document_writer *w)
{
	strbuf_release(&w->json);
}

void document_begin(struct document_writer *w, enum document_kind kind)
{
	w->kind = kind;
	strbuf_reset(&w->json);
	jw_init(&w->jw, &w->json);
	jw_object(&w->jw, NULL);
}

struct document_mark document_mark(const struct document_writer *w)
{
	return (struct document_mark){ w->json.len, w->jw };
}

void document_cut(struct document_writer *w, const struct document_mark *mark)
{
	strbuf_cut(&w->json, mark->len);
	w->jw = mark->jw;
}

static const struct field_info *info_of(const struct document_writer *w, enum field field,
					bool type_fits)
{
	const struct field_info *info = field_info(field);

	assert(info->kinds & 1u << w->kind);
	assert(type_fits);
	(void)type_fits;
	(void)w;
	return info;
}

static const char *name_of(const struct document_writer *w, enum field field, bool type_fits)
{
	return info_of(w, field, type_fits)->name;
}

static bool has_type(enum field field, enum field_type type)
{
	return field_info(field)->type == type;
}

void document_string(struct document_writer *w, enum field field, struct slice value)
{
	const bool type_fits = has_type(field, FIELD_KEYWORD) || has_type(field, FIELD_IP);
	const struct field_info *info = info_of(w, field, type_fits);

	jw_string_at(&w->jw, (struct slice){ info->quoted, info->name_size + 3 }, value);
}

void document_text(struct document_writer *w, enum field field, const char *value)
{
	document_string(w, field, slice_of(value));
}

void document_uint(struct document_writer *w, enum field field, uint64_t value)
{
	jw_uint(&w->jw, name_of(w, field, has_type(field, FIELD_LONG)), value);
}

void document_bool(struct document_writer *w, enum field field, bool value)
{
	jw_bool(&w->jw, name_of(w, field, has_type(field, FIELD_BOOLEAN)), value);
}

void document_place(struct document_writer *w, enum field field, double latitude, double longitude)
{
	char text[64];

	snprintf(text, sizeof(text), "%.4f,%.4f", latitude, longitude);
	jw_text(&w->jw, name_of(w, field, has_type(field, FIELD_GEO_POINT)), text);
}

void document_time(struct document_writer *w, enum field field, int64_t unix_seconds)
{
	jw_time(&w->jw, name_of(w, field, has_type(field, FIELD_DATE)), unix_seconds);
}

void document_strings(struct document_writer *w, enum field field, const struct slice *values,
		      size_t count)
{
	if (count == 0)
		return;
	jw_array(&w->jw, name_of(w, field, has_type(field, FIELD_KEYWORD)));
	for (size_t i = 0; i < count; i++) {
		if (values[i].size > 0)
			jw_string(&w->jw, NULL, values[i]);
		else
			jw_raw(&w->jw, NULL, slice_of("\"\""));
	}
	jw_end(&w->jw);
}

void document_quirks(struct document_writer *w, const struct quirk_set *quirks)
{
	if (!quirks->bits[0] && !quirks->bits[1])
		return;
	jw_array(&w->jw, name_of(w, FIELD_ID_REPORT_QUIRKS, true));
	for (unsigned i = 0; i < QUIRK_COUNT; i++)
		if (quirk_has(quirks, i))
			jw_text(&w->jw, NULL, quirk_code(i));
	jw_end(&w->jw);
}

void document_common(struct document_writer *w, const struct ingest_settings *settings,
		     const struct report_source *source, const struct report_summary *summary,
		     const char *tenant)
{
	char digest[2 * HASH_SIZE + 1];

	document_time(w, FIELD_ID_TIMESTAMP, summary->begin);
	document_time(w, FIELD_ID_EVENT_START, summary->begin);
	document_time(w, FIELD_ID_EVENT_END, summary->end);
	document_time(w, FIELD_ID_EVENT_INGESTED, settings->now);
	document_text(w, FIELD_ID_EVENT_DATASET, document_kind_name(w->kind));
	document_text(w, FIELD_ID_TENANT, tenant);
	document_string(w, FIELD_ID_REPORT_ORGANIZATION, summary->organization);
	document_string(w, FIELD_ID_REPORT_ID, summary->report_id);
	hash_hex(summary->digest, digest);
	document_text(w, FIELD_ID_REPORT_DIGEST, digest);
	document_quirks(w, &summary->quirks);
	document_text(w, FIELD_ID_REPORT_DKIM, source->headers->dkim_verdict);
	document_string(w, FIELD_ID_REPORT_SENDER, source->headers->from_domain);
}

struct slice document_members(const struct document_writer *w)
{
	const struct slice json = strbuf_slice(&w->json);

	return (struct slice){ json.data + 1, json.size - 1 }; /* without the brace */
}

void document_copy_members(struct document_writer *w, struct slice members)
{
	if (members.size == 0)
		return;
	if (!w->jw.first)
		strbuf_add_byte(&w->json, ',');
	strbuf_add_slice(&w->json, members);
	w->jw.first = false;
}

bool document_end(struct document_writer *w, const struct document_name *name,
		  struct document *document, struct error *err)
{
	jw_end(&w->jw);
	if (w->json.overflowed)
		return error_reject(err, "too-large", "a document of more than %zu bytes",
				    w->json.limit);
	*document = (struct document){ name, strbuf_slice(&w->json) };
	return true;
}

void document_series_begin(struct document_series *series, enum document_kind kind,
			   const char *tenant, const struct report_summary *summary,
			   struct slice domain)
{
	struct hash *hash = &series->hash;

	hash_init(hash);
	hash_field(hash, slice_of(document_kind_name(kind)));
	hash_field(hash, slice_of(tenant));
	hash_field(hash, summary->report_id);
	hash_uint(hash, (uint64_t)summary->begin);
	hash_uint(hash, (uint64_t)summary->end);
	hash_field(hash, domain);
	hash_bytes(hash, summary->digest, HASH_SIZE);
	series->name.schema = SCHEMA_ECS;
	series->name.kind = kind;
	series->name.tenant = tenant;
	period_month(summary->begin, series->name.month);
	period_day(summary->begin, series->name.day);
}

const struct document_name *document_series_next(struct document_series *series, uint64_t ordinal,
						 uint64_t sub_ordinal)
{
	struct hash hash = series->hash;
	uint8_t digest[HASH_SIZE];

	hash_uint(&hash, ordinal);
	hash_uint(&hash, sub_ordinal);
	hash_end(&hash, digest);
	hash_id(digest, series->name.id);
	return &series->name;
}

void document_name_of(struct document_name *name, enum document_kind kind, const char *tenant,
		      const struct report_summary *summary, struct slice domain, uint64_t ordinal,
		      uint64_t sub_ordinal)
{
	struct document_series series;

	document_series_begin(&series, kind, tenant, summary, domain);
	*name = *document_series_next(&series, ordinal, sub_ordinal);
}

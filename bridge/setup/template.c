/* template.c - generates index templates from the field table
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/setup/template.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "ingest/document/field.h"

/* Above the 200 of the built-in logs-*-* and metrics-*-*. */
#define TEMPLATE_PRIORITY 300
/* Higher, and different for each retention: two templates of the same priority must not
 * match the same name, not even while a tenant moves. */
#define TENANTS_PRIORITY 301

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct field_info *const *)a)->name,
		      (*(const struct field_info *const *)b)->name);
}

static size_t fields_of(enum document_kind kind, const struct field_info *fields[FIELD_COUNT])
{
	size_t count = 0;

	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if (field_info(i)->kinds & 1u << kind)
			fields[count++] = field_info(i);
	return count;
}

/* Fields that are aggregated or displayed but hardly ever searched are searched by doc
 * values, which is slower and saves a fifth of the index.  No filter of a dashboard or an
 * alert rule may use any of them. */
static const enum field unsearched[] = {
	FIELD_ID_EVENT_START,
	FIELD_ID_EVENT_END,
	FIELD_ID_REPORT_ID,
	FIELD_ID_REPORT_DIGEST,
	FIELD_ID_REPORT_CONTACT,
	FIELD_ID_REPORT_EXTRA_CONTACT,
	FIELD_ID_REPORT_DURATION,
	FIELD_ID_DMARC_MESSAGE_COUNT,
	FIELD_ID_DMARC_ORDINAL,
	FIELD_ID_DMARC_OVERRIDE_COMMENT,
	FIELD_ID_DMARC_ENVELOPE_FROM,
	FIELD_ID_DMARC_ENVELOPE_TO,
	FIELD_ID_DMARC_DKIM_SELECTOR,
	FIELD_ID_DMARC_DKIM_HUMAN_RESULT,
	FIELD_ID_DMARC_DKIM_COMBINED,
	FIELD_ID_DMARC_SPF_DOMAIN,
	FIELD_ID_DMARC_SPF_HUMAN_RESULT,
	FIELD_ID_DMARC_SPF_COMBINED,
	FIELD_ID_TLSRPT_SUCCESSFUL_SESSIONS,
	FIELD_ID_TLSRPT_POLICY_INDEX,
	FIELD_ID_TLSRPT_POLICY_STRINGS,
	FIELD_ID_TLSRPT_POLICY_TLSA,
	FIELD_ID_SOURCE_GEO_LOCATION,
	FIELD_ID_SOURCE_SENDER_HELP,
};

static bool is_searched(const struct field_info *field, enum mapping_form form)
{
	if (form == MAPPING_FULL)
		return true;
	if (form == MAPPING_LEAN_7 && field == field_info(FIELD_ID_EVENT_INGESTED))
		return false;
	for (size_t i = 0; i < sizeof(unsearched) / sizeof(unsearched[0]); i++)
		if (field == field_info(unsearched[i]))
			return false;
	return true;
}

static void write_type(struct json_writer *jw, enum field_type type)
{
	switch (type) {
	case FIELD_KEYWORD:
		jw_text(jw, "type", "keyword");
		jw_uint(jw, "ignore_above", LIMIT_KEYWORD_CHARS);
		break;
	case FIELD_TEXT: /* the dynamic mapping of a text */
		jw_text(jw, "type", "text");
		jw_object(jw, "fields");
		jw_object(jw, "keyword");
		jw_text(jw, "type", "keyword");
		jw_uint(jw, "ignore_above", 256);
		jw_end(jw);
		jw_end(jw);
		break;
	case FIELD_LONG: jw_text(jw, "type", "long"); break;
	case FIELD_DATE:
		jw_text(jw, "type", "date");
		jw_text(jw, "format", "strict_date_optional_time||epoch_second");
		break;
	case FIELD_IP:
		jw_text(jw, "type", "ip");
		jw_bool(jw, "ignore_malformed", true);
		break;
	case FIELD_BOOLEAN: jw_text(jw, "type", "boolean"); break;
	case FIELD_GEO_POINT: jw_text(jw, "type", "geo_point"); break;
	}
}

void template_properties(struct json_writer *jw, const struct field_info **fields, size_t count,
			 enum mapping_form form)
{
	qsort(fields, count, sizeof(fields[0]), by_name);
	jw_object(jw, "properties");
	for (size_t i = 0; i < count; i++) {
		jw_object(jw, fields[i]->name);
		write_type(jw, fields[i]->type);
		if (!is_searched(fields[i], form))
			jw_bool(jw, "index", false);
		jw_end(jw);
	}
	jw_end(jw);
}

void template_name(const struct template *template, struct strbuf *name)
{
	strbuf_add_format(name, "%s-%s", template->naming->prefix,
			  document_kind_name(template->kind));
	if (template->tenants)
		strbuf_add_format(name, "-%ud", template->days);
}

static void write_patterns(struct json_writer *jw, const struct template *template)
{
	struct strbuf pattern;

	strbuf_init(&pattern, 256);
	jw_array(jw, "index_patterns");
	for (size_t i = 0; i == 0 || (template->tenants && template->tenants[i]); i++) {
		strbuf_reset(&pattern);
		index_pattern_add(&pattern, template->naming, template->kind,
				  template->tenants ? template->tenants[i] : NULL);
		jw_string(jw, NULL, strbuf_slice(&pattern));
	}
	jw_end(jw);
	strbuf_release(&pattern);
}

static void write_settings(struct json_writer *jw, const struct template *template)
{
	jw_object(jw, "settings");
	jw_object(jw, "index");
	/* Serverless does not accept these settings. */
	if (template->flavour != FLAVOUR_SERVERLESS) {
		jw_uint(jw, "number_of_shards", 1);
		/* No replica on a single node, one replica on two. */
		jw_text(jw, "auto_expand_replicas", "0-1");
		/* Not sorted by report: records come in that order, and sorting them once
		 * more costs a third of the server's CPU for 3 % of the bytes. */
		jw_text(jw, "codec", "best_compression");
	}
	if (template->policy) {
		jw_object(jw, "lifecycle");
		jw_text(jw, "name", template->policy);
		jw_end(jw);
	}
	jw_end(jw);
	jw_end(jw);
}

bool template_is_current(const char *version)
{
	uint64_t number;

	return version && slice_to_uint(slice_of(version), UINT32_MAX, &number) &&
	       number >= TEMPLATE_VERSION;
}

/* The text of TEMPLATE_FORM_PATH. */
static const char *const form_texts[MAPPING_FORMS] = {
	[MAPPING_LEAN] = "lean",
	[MAPPING_FLAT] = "flat",
	[MAPPING_LEAN_7] = "true",
};

enum mapping_form template_form_of(const char *text)
{
	for (unsigned form = 0; form < MAPPING_FORMS && text; form++)
		if (form_texts[form] && strcmp(form_texts[form], text) == 0)
			return form;
	return MAPPING_FULL;
}

static void write_mapping(struct json_writer *jw, enum document_kind kind, enum mapping_form form)
{
	const struct field_info *fields[FIELD_COUNT];
	char version[16];

	snprintf(version, sizeof(version), "%d", TEMPLATE_VERSION);
	/* Unknown members stay in _source and are not indexed. */
	jw_bool(jw, "dynamic", false);
	/* Otherwise the server makes an object of each dot in a name, in each document: a
	 * quarter of its CPU. */
	if (form == MAPPING_FLAT)
		jw_bool(jw, "subobjects", false);
	jw_object(jw, "_meta");
	jw_text(jw, "template", version);
	if (form_texts[form])
		jw_text(jw, "lean", form_texts[form]);
	jw_end(jw);
	template_properties(jw, fields, fields_of(kind, fields), form);
}

void template_mapping_json(enum document_kind kind, enum mapping_form form, struct strbuf *json)
{
	struct json_writer jw;

	jw_init(&jw, json);
	jw_object(&jw, NULL);
	write_mapping(&jw, kind, form);
	jw_end(&jw);
}

void template_json(const struct template *template, struct strbuf *json)
{
	struct json_writer jw;

	jw_init(&jw, json);
	jw_object(&jw, NULL);
	write_patterns(&jw, template);
	jw_uint(&jw, "priority",
		template->tenants ? TENANTS_PRIORITY + template->days : TEMPLATE_PRIORITY);
	jw_uint(&jw, "version", TEMPLATE_VERSION);
	jw_object(&jw, "template");
	write_settings(&jw, template);
	jw_object(&jw, "mappings");
	write_mapping(&jw, template->kind, template->form);
	jw_end(&jw);
	jw_end(&jw);
	jw_end(&jw);
}

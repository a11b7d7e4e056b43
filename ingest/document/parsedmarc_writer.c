/* SPDX-License-Identifier: MIT */
#include "ingest/document/parsedmarc_writer.h"

#include <assert.h>

#include "base/ascii.h"
#include "ingest/document/document_writer.h"

const char *parsedmarc_key(enum parsedmarc_field field)
{
	const char *name = parsedmarc_field_info(field)->name, *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static const char *key_of(enum parsedmarc_field field, enum field_type type)
{
	assert(parsedmarc_field_info(field)->type == type);
	(void)type;
	return parsedmarc_key(field);
}

void parsedmarc_text(struct json_writer *jw, enum parsedmarc_field field, struct slice value)
{
	jw_string(jw, key_of(field, FIELD_TEXT), value);
}

void parsedmarc_add_lower(struct strbuf *text, struct slice value)
{
	for (size_t i = 0; i < value.size; i++)
		strbuf_add_byte(text, ascii_lower(value.data[i]));
}

void parsedmarc_lower(struct json_writer *jw, enum parsedmarc_field field, struct slice value,
		      struct strbuf *scratch)
{
	strbuf_reset(scratch);
	parsedmarc_add_lower(scratch, value);
	parsedmarc_text(jw, field, strbuf_slice(scratch));
}

void parsedmarc_uint(struct json_writer *jw, enum parsedmarc_field field, uint64_t value)
{
	jw_uint(jw, key_of(field, FIELD_LONG), value);
}

void parsedmarc_bool(struct json_writer *jw, enum parsedmarc_field field, bool value)
{
	jw_bool(jw, key_of(field, FIELD_BOOLEAN), value);
}

void parsedmarc_time(struct json_writer *jw, enum parsedmarc_field field, int64_t unix_seconds)
{
	jw_time(jw, key_of(field, FIELD_DATE), unix_seconds);
}

void parsedmarc_list(struct json_writer *jw, enum parsedmarc_field field,
		     const struct slice *values, size_t count)
{
	if (count == 0)
		return;
	jw_array(jw, key_of(field, FIELD_TEXT));
	for (size_t i = 0; i < count; i++)
		jw_string(jw, NULL, values[i]);
	jw_end(jw);
}

void parsedmarc_source(struct json_writer *jw, const struct source_address *source, bool with_name)
{
	const struct source_facts *facts = source->facts;

	if (!facts)
		return;
	parsedmarc_text(jw, PARSEDMARC_SOURCE_COUNTRY, slice_of(facts->country));
	parsedmarc_text(jw, PARSEDMARC_SOURCE_REVERSE_DNS, facts->peer_reverse_dns);
	parsedmarc_text(jw, PARSEDMARC_SOURCE_BASE_DOMAIN, facts->peer_base_domain);
	if (with_name) {
		parsedmarc_text(jw, PARSEDMARC_SOURCE_NAME, facts->peer_name);
		parsedmarc_text(jw, PARSEDMARC_SOURCE_TYPE, slice_of(facts->peer_type));
	}
	if (facts->as_number > 0)
		parsedmarc_uint(jw, PARSEDMARC_SOURCE_ASN, facts->as_number);
	parsedmarc_text(jw, PARSEDMARC_SOURCE_AS_NAME, facts->as_name);
	parsedmarc_text(jw, PARSEDMARC_SOURCE_AS_DOMAIN, facts->as_domain);
}

void parsedmarc_period(struct json_writer *jw, const struct report_summary *summary)
{
	jw_array(jw, key_of(PARSEDMARC_DATE_RANGE, FIELD_DATE));
	jw_time(jw, NULL, summary->begin);
	jw_time(jw, NULL, summary->end);
	jw_end(jw);
	parsedmarc_time(jw, PARSEDMARC_DATE_BEGIN, summary->begin);
	parsedmarc_time(jw, PARSEDMARC_DATE_END, summary->end);
}

bool parsedmarc_end(const struct strbuf *json, struct document_name *name,
		    struct document *document, struct error *err)
{
	if (json->overflowed)
		return error_reject(err, "too-large", "a document of more than %zu bytes",
				    json->limit);
	name->schema = SCHEMA_PARSEDMARC;
	*document = (struct document){ name, strbuf_slice(json) };
	return true;
}

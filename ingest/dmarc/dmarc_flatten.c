/* SPDX-License-Identifier: MIT
 *
 * Results of several signatures become parallel lists, for filters on one property,
 * and one list that combines the properties of each signature: a table made only
 * from parallel lists would show combinations that do not exist.
 */
#include "ingest/dmarc/dmarc_flatten.h"

#include "base/ascii.h"
#include "ingest/document/source_writer.h"

#define PCT_MAX 100

/* Writes " NONE " as "none"; omits words that reporters use for a missing value. */
static void write_lower(struct document_writer *w, enum field field, struct slice text)
{
	char lower[64];

	if (text.size > sizeof(lower)) {
		document_string(w, field, text);
		return;
	}
	for (size_t i = 0; i < text.size; i++)
		lower[i] = ascii_lower(text.data[i]);
	text.data = lower;
	if (!slice_is(text, "nil"))
		document_string(w, field, text);
}

static void write_report(struct document_writer *w, const struct dmarc_flattener *f)
{
	const struct dmarc_report *report = f->report;

	document_common(w, f->settings, f->source, f->summary, f->tenant);
	document_uint(w, FIELD_ID_REPORT_DURATION, (uint64_t)(f->summary->end - f->summary->begin));
	document_string(w, FIELD_ID_REPORT_CONTACT, report->email);
	document_string(w, FIELD_ID_REPORT_EXTRA_CONTACT, report->extra_contact);
	document_string(w, FIELD_ID_REPORT_GENERATOR, report->generator);
	document_string(w, FIELD_ID_REPORT_VERSION, report->version);
	document_string(w, FIELD_ID_REPORT_NAMESPACE, report->namespace);
	document_strings(w, FIELD_ID_REPORT_ERROR, report->errors, report->error_count);
	if (report->extensions > 0)
		document_uint(w, FIELD_ID_REPORT_EXTENSIONS, report->extensions);
	if (report->unknown_elements > 0)
		document_uint(w, FIELD_ID_REPORT_UNKNOWN_ELEMENTS, report->unknown_elements);
}

static void write_published(struct document_writer *w, const struct dmarc_flattener *f)
{
	const struct dmarc_report *report = f->report;
	uint64_t pct;

	document_string(w, FIELD_ID_DMARC_DOMAIN, f->policy_domain);
	write_lower(w, FIELD_ID_DMARC_POLICY_P, report->p);
	write_lower(w, FIELD_ID_DMARC_POLICY_SP, report->sp);
	write_lower(w, FIELD_ID_DMARC_POLICY_NP, report->np);
	if (slice_to_uint(report->pct, PCT_MAX, &pct))
		document_uint(w, FIELD_ID_DMARC_POLICY_PCT, pct);
	else
		document_string(w, FIELD_ID_DMARC_POLICY_PCT_RAW, report->pct);
	write_lower(w, FIELD_ID_DMARC_POLICY_ADKIM, report->adkim);
	write_lower(w, FIELD_ID_DMARC_POLICY_ASPF, report->aspf);
	document_string(w, FIELD_ID_DMARC_POLICY_FO, report->fo);
	write_lower(w, FIELD_ID_DMARC_POLICY_TESTING, report->testing);
	write_lower(w, FIELD_ID_DMARC_POLICY_DISCOVERY, report->discovery_method);
}

/* Writes the original text if it differs from our word. */
static void write_raw(struct document_writer *w, enum field field, struct slice text,
		      const char *word)
{
	if (word && !slice_is_nocase(text, word))
		document_string(w, field, text);
}

static void write_evaluated(struct document_writer *w, const struct dmarc_record *record)
{
	document_text(w, FIELD_ID_EVENT_OUTCOME, record->passed ? "success" : "failure");
	document_text(w, FIELD_ID_DMARC_RESULT, record->passed ? "pass" : "fail");
	document_text(w, FIELD_ID_DMARC_DISPOSITION, record->disposition_word);
	write_raw(w, FIELD_ID_DMARC_DISPOSITION_RAW, record->disposition, record->disposition_word);
	document_text(w, FIELD_ID_DMARC_ALIGNED_DKIM, record->dkim_word);
	write_raw(w, FIELD_ID_DMARC_ALIGNED_DKIM_RAW, record->aligned_dkim, record->dkim_word);
	document_text(w, FIELD_ID_DMARC_ALIGNED_SPF, record->spf_word);
	write_raw(w, FIELD_ID_DMARC_ALIGNED_SPF_RAW, record->aligned_spf, record->spf_word);
}

static void write_overrides(struct document_writer *w, const struct dmarc_record *record)
{
	struct slice types[LIMIT_LIST_VALUES], comments[LIMIT_LIST_VALUES];
	struct slice raw[LIMIT_LIST_VALUES];
	size_t raw_count = 0;
	bool any_comment = false;

	if (record->reason_count == 0)
		return;
	for (size_t i = 0; i < record->reason_count; i++) {
		types[i] = slice_of(record->reasons[i].type_word);
		comments[i] = record->reasons[i].remark;
		any_comment |= comments[i].size > 0;
		if (record->reasons[i].raw.size > 0)
			raw[raw_count++] = record->reasons[i].raw;
	}
	document_strings(w, FIELD_ID_DMARC_OVERRIDE_TYPE, types, record->reason_count);
	document_strings(w, FIELD_ID_DMARC_OVERRIDE_TYPE_RAW, raw, raw_count);
	if (any_comment)
		document_strings(w, FIELD_ID_DMARC_OVERRIDE_COMMENT, comments,
				 record->reason_count);
}

static void write_identifiers(struct document_writer *w, const struct dmarc_record *record)
{
	if (record->source.ip[0])
		document_text(w, FIELD_ID_SOURCE_IP, record->source.ip);
	else
		document_string(w, FIELD_ID_SOURCE_IP_RAW, record->source_ip);
	document_source(w, &record->source);
	document_string(w, FIELD_ID_DMARC_HEADER_FROM, record->header_domain);
	if (record->envelope_from.data)
		document_bool(w, FIELD_ID_DMARC_NULL_SENDER, record->null_sender);
	if (!record->null_sender)
		document_string(w, FIELD_ID_DMARC_ENVELOPE_FROM, record->envelope_domain);
	document_string(w, FIELD_ID_DMARC_ENVELOPE_TO, record->recipient_domain);
}

/* Fields of dkim or spf, which have the same structure. */
struct auth_fields {
	enum field domain, qualifier, result, result_raw, human_result, combined;
	size_t qualifier_offset; /* offset of selector or scope in struct dmarc_auth */
};

/* clang-format off */
static const struct auth_fields dkim_fields = {
	FIELD_ID_DMARC_DKIM_DOMAIN,	  FIELD_ID_DMARC_DKIM_SELECTOR,
	FIELD_ID_DMARC_DKIM_RESULT,	  FIELD_ID_DMARC_DKIM_RESULT_RAW,
	FIELD_ID_DMARC_DKIM_HUMAN_RESULT, FIELD_ID_DMARC_DKIM_COMBINED,
	offsetof(struct dmarc_auth, selector),
};
/* clang-format on */

static const struct auth_fields spf_fields = {
	FIELD_ID_DMARC_SPF_DOMAIN,          FIELD_ID_DMARC_SPF_SCOPE,
	FIELD_ID_DMARC_SPF_RESULT,          FIELD_ID_DMARC_SPF_RESULT_RAW,
	FIELD_ID_DMARC_SPF_HUMAN_RESULT,    FIELD_ID_DMARC_SPF_COMBINED,
	offsetof(struct dmarc_auth, scope),
};

static struct slice member_of(const struct dmarc_auth *auth, size_t offset)
{
	return *(const struct slice *)(const void *)((const char *)auth + offset);
}

/* Writes the list of one property; omits it if no element has the property. */
static void write_members(struct document_writer *w, enum field field,
			  const struct dmarc_auth *list, size_t count, size_t offset)
{
	struct slice values[LIMIT_LIST_VALUES];
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		values[i] = member_of(&list[i], offset);
		any |= values[i].size > 0;
	}
	if (any)
		document_strings(w, field, values, count);
}

static void write_results(struct document_writer *w, const struct auth_fields *fields,
			  const struct dmarc_auth *list, size_t count)
{
	struct slice words[LIMIT_LIST_VALUES], raw[LIMIT_LIST_VALUES];
	size_t raw_count = 0;

	for (size_t i = 0; i < count; i++) {
		words[i] = slice_of(list[i].result_word);
		if (list[i].result_differs)
			raw[raw_count++] = list[i].result;
	}
	document_strings(w, fields->result, words, count);
	document_strings(w, fields->result_raw, raw, raw_count);
}

static void write_combined(struct dmarc_flattener *f, const struct auth_fields *fields,
			   const struct dmarc_auth *list, size_t count)
{
	struct slice values[LIMIT_LIST_VALUES];
	size_t ends[LIMIT_LIST_VALUES], start = 0;

	strbuf_reset(&f->combined);
	for (size_t i = 0; i < count; i++) {
		strbuf_add_slice(&f->combined, member_of(&list[i], fields->qualifier_offset));
		strbuf_add_byte(&f->combined, '/');
		strbuf_add_slice(&f->combined, list[i].domain_name);
		strbuf_add_byte(&f->combined, '/');
		strbuf_add_text(&f->combined, list[i].result_word);
		ends[i] = f->combined.len;
	}
	for (size_t i = 0; i < count; i++) {
		values[i] = slice_between(f->combined.buf + start, f->combined.buf + ends[i]);
		start = ends[i];
	}
	document_strings(&f->writer, fields->combined, values, count);
}

static void write_auth(struct dmarc_flattener *f, const struct auth_fields *fields,
		       const struct dmarc_auth *list, size_t count)
{
	struct document_writer *w = &f->writer;

	write_members(w, fields->domain, list, count, offsetof(struct dmarc_auth, domain_name));
	write_members(w, fields->qualifier, list, count, fields->qualifier_offset);
	write_results(w, fields, list, count);
	write_members(w, fields->human_result, list, count,
		      offsetof(struct dmarc_auth, human_result));
	write_combined(f, fields, list, count);
}

void dmarc_flattener_init(struct dmarc_flattener *f)
{
	f->begun = false;
	document_writer_init(&f->writer);
	strbuf_init(&f->combined, LIMIT_DOCUMENT_BYTES);
}

void dmarc_flattener_release(struct dmarc_flattener *f)
{
	document_writer_release(&f->writer);
	strbuf_release(&f->combined);
}

/* Writes the members shared by all documents. */
static void begin(struct dmarc_flattener *f)
{
	document_series_begin(&f->names, DOCUMENT_DMARC_AGGREGATE, f->tenant, f->summary,
			      f->policy_domain);
	document_begin(&f->writer, DOCUMENT_DMARC_AGGREGATE);
	write_report(&f->writer, f);
	write_published(&f->writer, f);
	f->shared = document_mark(&f->writer);
	f->begun = true;
}

bool dmarc_flatten(struct dmarc_flattener *f, const struct dmarc_record *record, uint64_t ordinal,
		   struct document *document, struct error *err)
{
	struct document_writer *w = &f->writer;

	if (f->begun)
		document_cut(w, &f->shared);
	else
		begin(f);
	document_uint(w, FIELD_ID_DMARC_ORDINAL, ordinal);
	document_uint(w, FIELD_ID_DMARC_MESSAGE_COUNT, record->messages);
	if (record->count_differs)
		document_string(w, FIELD_ID_DMARC_MESSAGE_COUNT_RAW, record->count);
	write_evaluated(w, record);
	write_overrides(w, record);
	write_identifiers(w, record);
	write_auth(f, &dkim_fields, record->dkim, record->dkim_count);
	write_auth(f, &spf_fields, record->spf, record->spf_count);
	return document_end(w, document_series_next(&f->names, ordinal, 0), document, err);
}

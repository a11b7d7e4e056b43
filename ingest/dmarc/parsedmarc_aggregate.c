/* parsedmarc_aggregate.c - writes a record of an aggregate report as parsedmarc does
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/dmarc/parsedmarc_aggregate.h"
#include "ingest/document/document_writer.h"
#include "base/organizational_domain.h"

#define PCT_MAX 100

/* Shortens "mail.google.com" to "google.com"; keeps "Yahoo Inc.". */
static void write_organization(struct parsedmarc_aggregate *a, struct json_writer *jw)
{
	const struct slice name = a->report->org_name;
	struct slice registered = { NULL, 0 };

	if (slice_find(name, ' ') == name.size)
		registered = organizational_domain(name);
	if (registered.size > 0)
		parsedmarc_lower(jw, PARSEDMARC_ORG_NAME, registered, &a->scratch);
	else
		parsedmarc_text(jw, PARSEDMARC_ORG_NAME,
				name.size > 0 ? name : a->summary->organization);
}

static void write_report_id(struct parsedmarc_aggregate *a, struct json_writer *jw)
{
	const struct slice id = a->report->report_id;

	strbuf_reset(&a->scratch);
	for (size_t i = 0; i < slice_find(id, '@'); i++)
		if (id.data[i] != '<' && id.data[i] != '>')
			strbuf_add_byte(&a->scratch, id.data[i]);
	parsedmarc_text(jw, PARSEDMARC_REPORT_ID, strbuf_slice(&a->scratch));
}

static void write_report(struct parsedmarc_aggregate *a, struct json_writer *jw)
{
	const struct dmarc_report *report = a->report;

	parsedmarc_text(jw, PARSEDMARC_XML_SCHEMA, slice_or(report->version, "draft"));
	parsedmarc_text(jw, PARSEDMARC_XML_NAMESPACE, report->namespace);
	write_organization(a, jw);
	parsedmarc_text(jw, PARSEDMARC_ORG_EMAIL, report->email);
	parsedmarc_text(jw, PARSEDMARC_ORG_EXTRA_CONTACT_INFO, report->extra_contact);
	write_report_id(a, jw);
	parsedmarc_period(jw, a->summary);
	parsedmarc_bool(jw, PARSEDMARC_NORMALIZED_TIMESPAN, false);
	parsedmarc_list(jw, PARSEDMARC_ERRORS, report->errors, report->error_count);
	parsedmarc_text(jw, PARSEDMARC_GENERATOR, report->generator);
}

static void write_published(struct parsedmarc_aggregate *a, struct json_writer *jw)
{
	const struct dmarc_report *report = a->report;
	uint64_t pct;

	jw_object(jw, "published_policy");
	parsedmarc_text(jw, PARSEDMARC_POLICY_DOMAIN,
			report->domain.size > 0 ? report->domain : a->policy_domain);
	parsedmarc_text(jw, PARSEDMARC_POLICY_ADKIM, slice_or(report->adkim, "r"));
	parsedmarc_text(jw, PARSEDMARC_POLICY_ASPF, slice_or(report->aspf, "r"));
	parsedmarc_text(jw, PARSEDMARC_POLICY_P, report->p);
	parsedmarc_text(jw, PARSEDMARC_POLICY_SP, report->sp.size > 0 ? report->sp : report->p);
	if (slice_to_uint(report->pct, PCT_MAX, &pct))
		parsedmarc_uint(jw, PARSEDMARC_POLICY_PCT, pct);
	parsedmarc_text(jw, PARSEDMARC_POLICY_FO, report->fo);
	parsedmarc_text(jw, PARSEDMARC_POLICY_NP, report->np);
	parsedmarc_text(jw, PARSEDMARC_POLICY_TESTING, report->testing);
	parsedmarc_text(jw, PARSEDMARC_POLICY_DISCOVERY_METHOD, report->discovery_method);
	jw_end(jw);
	parsedmarc_text(jw, PARSEDMARC_NP, report->np);
	parsedmarc_text(jw, PARSEDMARC_TESTING, report->testing);
	parsedmarc_text(jw, PARSEDMARC_DISCOVERY_METHOD, report->discovery_method);
}

static void write_evaluated(struct parsedmarc_aggregate *a, struct json_writer *jw,
			    const struct dmarc_record *record)
{
	const bool dkim = slice_is_nocase(record->aligned_dkim, "pass");
	const bool spf = slice_is_nocase(record->aligned_spf, "pass");

	parsedmarc_uint(jw, PARSEDMARC_MESSAGE_COUNT, record->messages);
	parsedmarc_lower(jw, PARSEDMARC_DISPOSITION, slice_or(record->disposition, "none"),
			 &a->scratch);
	parsedmarc_bool(jw, PARSEDMARC_DKIM_ALIGNED, dkim);
	parsedmarc_bool(jw, PARSEDMARC_SPF_ALIGNED, spf);
	parsedmarc_bool(jw, PARSEDMARC_PASSED_DMARC, dkim || spf);
	if (record->reason_count == 0)
		return;
	jw_array(jw, "policy_overrides");
	for (size_t i = 0; i < record->reason_count; i++) {
		const struct dmarc_reason *reason = &record->reasons[i];

		jw_object(jw, NULL);
		parsedmarc_text(jw, PARSEDMARC_OVERRIDE_TYPE,
				slice_or(reason->type, reason->type_word));
		parsedmarc_text(jw, PARSEDMARC_OVERRIDE_COMMENT, reason->remark);
		jw_end(jw);
	}
	jw_end(jw);
}

static void write_identifiers(struct parsedmarc_aggregate *a, struct json_writer *jw,
			      const struct dmarc_record *record)
{
	parsedmarc_text(jw, PARSEDMARC_SOURCE_IP_ADDRESS,
			record->source.ip[0] ? slice_of(record->source.ip) : record->source_ip);
	parsedmarc_source(jw, &record->source, true);
	parsedmarc_lower(jw, PARSEDMARC_HEADER_FROM, record->header_from, &a->scratch);
	if (record->envelope_from.size > 0)
		parsedmarc_text(jw, PARSEDMARC_ENVELOPE_FROM, record->envelope_from);
	else if (record->spf_count > 0)
		parsedmarc_lower(jw, PARSEDMARC_ENVELOPE_FROM,
				 record->spf[record->spf_count - 1].domain, &a->scratch);
	parsedmarc_text(jw, PARSEDMARC_ENVELOPE_TO, record->envelope_to);
}

/* Fields of dkim or spf, which have the same structure. */
struct auth_fields {
	const char *list;
	enum parsedmarc_field domain, qualifier, result, human_result, combined;
	const char *usual;       /* default for a missing qualifier */
	size_t qualifier_offset; /* offset of selector or scope in struct dmarc_auth */
};

static const struct auth_fields dkim_fields = {
	"dkim_results",
	PARSEDMARC_DKIM_DOMAIN,
	PARSEDMARC_DKIM_SELECTOR,
	PARSEDMARC_DKIM_RESULT,
	PARSEDMARC_DKIM_HUMAN_RESULT,
	PARSEDMARC_DKIM_COMBINED,
	"none",
	offsetof(struct dmarc_auth, selector),
};

static const struct auth_fields spf_fields = {
	"spf_results",
	PARSEDMARC_SPF_DOMAIN,
	PARSEDMARC_SPF_SCOPE,
	PARSEDMARC_SPF_RESULT,
	PARSEDMARC_SPF_HUMAN_RESULT,
	PARSEDMARC_SPF_COMBINED,
	"mfrom",
	offsetof(struct dmarc_auth, scope),
};

static struct slice qualifier_of(const struct auth_fields *fields, const struct dmarc_auth *auth)
{
	return slice_or(*(const struct slice *)(const void *)((const char *)auth +
							      fields->qualifier_offset),
			fields->usual);
}

/* Like parsedmarc, omits a result without a domain. */
static void write_results(struct parsedmarc_aggregate *a, struct json_writer *jw,
			  const struct auth_fields *fields, const struct dmarc_auth *list,
			  size_t count)
{
	jw_array(jw, fields->list);
	for (size_t i = 0; i < count; i++) {
		if (list[i].domain.size == 0)
			continue;
		jw_object(jw, NULL);
		parsedmarc_text(jw, fields->domain, list[i].domain);
		parsedmarc_text(jw, fields->qualifier, qualifier_of(fields, &list[i]));
		parsedmarc_lower(jw, fields->result, slice_or(list[i].result, "none"), &a->scratch);
		parsedmarc_text(jw, fields->human_result, list[i].human_result);
		jw_end(jw);
	}
	jw_end(jw);
}

static void write_combined(struct parsedmarc_aggregate *a, struct json_writer *jw,
			   const struct auth_fields *fields, const struct dmarc_auth *list,
			   size_t count)
{
	jw_array(jw, parsedmarc_key(fields->combined));
	for (size_t i = 0; i < count; i++) {
		if (list[i].domain.size == 0)
			continue;
		strbuf_reset(&a->scratch);
		strbuf_add_slice(&a->scratch, qualifier_of(fields, &list[i]));
		strbuf_add_text(&a->scratch, " / ");
		strbuf_add_slice(&a->scratch, list[i].domain);
		strbuf_add_text(&a->scratch, " / ");
		parsedmarc_add_lower(&a->scratch, slice_or(list[i].result, "none"));
		jw_string(jw, NULL, strbuf_slice(&a->scratch));
	}
	jw_end(jw);
}

static void write_auth(struct parsedmarc_aggregate *a, struct json_writer *jw,
		       const struct auth_fields *fields, const struct dmarc_auth *list,
		       size_t count)
{
	if (count == 0)
		return;
	write_results(a, jw, fields, list, count);
	write_combined(a, jw, fields, list, count);
}

void parsedmarc_aggregate_init(struct parsedmarc_aggregate *a)
{
	strbuf_init(&a->json, PARSEDMARC_DOCUMENT_BYTES);
	strbuf_init(&a->scratch, PARSEDMARC_DOCUMENT_BYTES);
}

void parsedmarc_aggregate_release(struct parsedmarc_aggregate *a)
{
	strbuf_release(&a->json);
	strbuf_release(&a->scratch);
}

bool parsedmarc_aggregate_write(struct parsedmarc_aggregate *a, const struct dmarc_record *record,
				uint64_t ordinal, struct document *document, struct error *err)
{
	struct json_writer jw;

	strbuf_reset(&a->json);
	jw_init(&jw, &a->json);
	jw_object(&jw, NULL);
	write_report(a, &jw);
	write_published(a, &jw);
	write_evaluated(a, &jw, record);
	write_identifiers(a, &jw, record);
	write_auth(a, &jw, &dkim_fields, record->dkim, record->dkim_count);
	write_auth(a, &jw, &spf_fields, record->spf, record->spf_count);
	jw_end(&jw);
	document_name_of(&a->name, DOCUMENT_DMARC_AGGREGATE, a->tenant, a->summary,
			 a->policy_domain, ordinal, 0);
	return parsedmarc_end(&a->json, &a->name, document, err);
}

/* failure_write.c - writes the document of a failure report
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/ascii.h"
#include "ingest/document/document_writer.h"
#include "ingest/document/source_writer.h"
#include "ingest/failure/failure_report.h"
#include "ingest/report/address.h"

/* The data for one document. */
struct failure_output {
	const struct ingest_settings *settings;
	const struct failure *failure;
	const char *tenant;
};

/* Collects all values of a field, unmodified. */
static void list_values(const struct failure *failure, enum failure_field field,
			struct text_list *list)
{
	const struct failure_value *value = failure->fields[field];

	list->count = 0;
	for (; value && list->count < LIMIT_LIST_VALUES; value = value->next)
		if (value->text.size > 0)
			list->texts[list->count++] = value->text;
}

static void write_list(struct document_writer *w, enum field field, const struct text_list *list)
{
	document_strings(w, field, list->texts, list->count);
}

static void write_value(struct document_writer *w, enum field field, const struct failure *failure,
			enum failure_field which)
{
	document_string(w, field, failure_text(failure, which));
}

/* Redacts a text that may contain addresses, as failure_personal specifies. */
static struct slice personal(const struct failure_output *out, struct slice text)
{
	const struct ingest_settings *settings = out->settings;

	switch (settings->failure_personal) {
	case PERSONAL_FULL: return text;
	case PERSONAL_HASHED:
		return address_pseudonyms(out->failure->arena, text, settings->personal_key,
					  out->tenant);
	default: return address_redact(out->failure->arena, text);
	}
}

static void write_personal(struct document_writer *w, enum field field,
			   const struct failure_output *out, enum failure_field which)
{
	struct text_list list;

	list_values(out->failure, which, &list);
	for (size_t i = 0; i < list.count; i++)
		list.texts[i] = personal(out, list.texts[i]);
	write_list(w, field, &list);
}

/* Writes whole addresses if the configuration allows more than domains. */
static void write_addresses(struct document_writer *w, const struct failure_output *out)
{
	const struct failure_sample *sample = &out->failure->sample;

	if (out->settings->failure_personal == PERSONAL_MINIMAL)
		return;
	write_personal(w, FIELD_ID_DMARC_FAILURE_MAIL_FROM, out, FAILURE_MAIL_FROM);
	write_personal(w, FIELD_ID_DMARC_FAILURE_RCPT_TO, out, FAILURE_RCPT_TO);
	document_string(w, FIELD_ID_EMAIL_FROM, personal(out, sample->from));
	document_string(w, FIELD_ID_EMAIL_TO, personal(out, sample->to));
	document_string(w, FIELD_ID_EMAIL_CC, personal(out, sample->cc));
	document_string(w, FIELD_ID_EMAIL_REPLY_TO, personal(out, sample->reply_to));
}

/* Splits "dkim , spf (comment)" into words, without comments and blanks. */
static void write_words(struct document_writer *w, enum field field, const struct failure *failure,
			enum failure_field which)
{
	struct slice rest = failure_text(failure, which);
	struct text_list list = { .count = 0 };

	while (rest.data && list.count < LIMIT_LIST_VALUES) {
		struct slice comment;
		struct slice word = slice_trim(
			slice_split(slice_split(rest, ',', &rest), '(', &comment));
		char *lower = word.size > 0 ? arena_text(failure->arena, word) : NULL;

		if (!lower)
			continue;
		for (size_t i = 0; i < word.size; i++)
			lower[i] = ascii_lower(lower[i]);
		list.texts[list.count++] = (struct slice){ lower, word.size };
	}
	write_list(w, field, &list);
}

static void write_source(struct document_writer *w, const struct failure *failure,
			 const struct source_address *source)
{
	uint64_t port;

	if (source->ip[0])
		document_text(w, FIELD_ID_SOURCE_IP, source->ip);
	else
		document_string(w, FIELD_ID_SOURCE_IP_RAW,
				failure_text(failure, FAILURE_SOURCE_IP));
	document_source(w, source);
	if (slice_to_uint(failure_text(failure, FAILURE_SOURCE_PORT), UINT16_MAX, &port))
		document_uint(w, FIELD_ID_SOURCE_PORT, port);
}

/* Writes "hxxp://", so that nobody follows a link by accident. */
static void write_uris(struct document_writer *w, const struct failure_output *out)
{
	const struct failure *failure = out->failure;
	struct text_list list;

	list_values(failure, FAILURE_REPORTED_URI, &list);
	for (size_t i = 0; i < list.count; i++) {
		const struct slice text = personal(out, list.texts[i]);
		char *copy = arena_text(failure->arena, text);

		if (copy && text.size > 4 && slice_is_nocase((struct slice){ copy, 4 }, "http"))
			copy[1] = copy[2] = 'x';
		list.texts[i] = (struct slice){ copy, copy ? text.size : 0 };
	}
	write_list(w, FIELD_ID_DMARC_FAILURE_REPORTED_URI, &list);
}

static void write_recipients(struct document_writer *w, const struct failure *failure)
{
	struct text_list list = { .count = 0 };
	const struct failure_value *value = failure->fields[FAILURE_RCPT_TO];

	for (; value && list.count < LIMIT_LIST_VALUES; value = value->next) {
		const struct slice domain = address_domain(failure->arena, value->text);

		if (domain.data)
			list.texts[list.count++] = domain;
	}
	write_list(w, FIELD_ID_DMARC_ENVELOPE_TO,
		   list.count > 0 ? &list : &failure->sample.recipient_domains);
}

static void write_sample(struct document_writer *w, const struct failure_output *out)
{
	const struct failure_sample *sample = &out->failure->sample;

	if (!sample->present)
		return;
	document_bool(w, FIELD_ID_DMARC_FAILURE_HEADER_ONLY, sample->header_only);
	document_string(w, FIELD_ID_EMAIL_SUBJECT, personal(out, sample->subject_text));
	document_string(w, FIELD_ID_EMAIL_MESSAGE_ID, sample->message_id);
	if (sample->date)
		document_time(w, FIELD_ID_EMAIL_DATE, sample->date);
	document_string(w, FIELD_ID_DMARC_FAILURE_LIST_ID, sample->list_id);
	write_list(w, FIELD_ID_DMARC_DKIM_DOMAIN, &sample->dkim_domains);
	write_list(w, FIELD_ID_DMARC_DKIM_SELECTOR, &sample->dkim_selectors);
	if (!sample->header_only)
		document_uint(w, FIELD_ID_DMARC_FAILURE_ATTACHMENTS, sample->attachments);
	write_list(w, FIELD_ID_DMARC_FAILURE_ATTACHMENT_TYPE, &sample->attachment_types);
	write_list(w, FIELD_ID_DMARC_FAILURE_ATTACHMENT_SHA256, &sample->attachment_hashes);
}

static void write_feedback(struct document_writer *w, const struct failure_output *out)
{
	const struct failure *failure = out->failure;

	write_value(w, FIELD_ID_REPORT_GENERATOR, failure, FAILURE_USER_AGENT);
	write_value(w, FIELD_ID_REPORT_VERSION, failure, FAILURE_VERSION);
	write_words(w, FIELD_ID_DMARC_FAILURE_AUTH_FAILURE, failure, FAILURE_AUTH_FAILURE);
	write_words(w, FIELD_ID_DMARC_FAILURE_ALIGNMENT, failure, FAILURE_ALIGNMENT);
	write_personal(w, FIELD_ID_DMARC_FAILURE_AUTH_RESULTS, out, FAILURE_AUTH_RESULTS);
	write_personal(w, FIELD_ID_DMARC_FAILURE_REPORTING_MTA, out, FAILURE_REPORTING_MTA);
	write_personal(w, FIELD_ID_DMARC_FAILURE_ENVELOPE_ID, out, FAILURE_ENVELOPE_ID);
	write_uris(w, out);
	write_value(w, FIELD_ID_DMARC_FAILURE_DKIM_DOMAIN, failure, FAILURE_DKIM_DOMAIN);
	write_value(w, FIELD_ID_DMARC_FAILURE_DKIM_SELECTOR, failure, FAILURE_DKIM_SELECTOR);
	write_personal(w, FIELD_ID_DMARC_FAILURE_DKIM_IDENTITY, out, FAILURE_DKIM_IDENTITY);
	write_value(w, FIELD_ID_DMARC_FAILURE_DKIM_DNS, failure, FAILURE_DKIM_SELECTOR_DNS);
	write_value(w, FIELD_ID_DMARC_FAILURE_SPF_DNS, failure, FAILURE_SPF_DNS);
}

static void write_facts(struct document_writer *w, const struct failure_output *out,
			const struct failure_facts *facts)
{
	const struct failure *failure = out->failure;
	const struct slice arrival = failure_text(failure, FAILURE_ARRIVAL_DATE);
	int64_t date;
	bool no_zone;

	document_text(w, FIELD_ID_EVENT_OUTCOME, "failure");
	document_uint(w, FIELD_ID_DMARC_INCIDENTS, facts->incidents);
	document_string(w, FIELD_ID_DMARC_DOMAIN, facts->domain);
	document_string(w, FIELD_ID_DMARC_HEADER_FROM, facts->header_from);
	document_string(w, FIELD_ID_DMARC_ENVELOPE_FROM, facts->envelope_from);
	document_text(w, FIELD_ID_DMARC_RESULT, facts->dmarc_result);
	document_text(w, FIELD_ID_DMARC_FAILURE_DELIVERY, facts->delivery_result);
	if (facts->delivery_result && strcmp(facts->delivery_result, "other") == 0)
		write_personal(w, FIELD_ID_DMARC_FAILURE_DELIVERY_RAW, out,
			       FAILURE_DELIVERY_RESULT);
	if (!failure_arrival(failure, out->settings->now, &date, &no_zone) || no_zone)
		document_string(w, FIELD_ID_DMARC_FAILURE_ARRIVAL_RAW, arrival);
}

bool failure_write(struct failure_reading *r, struct document *document, struct error *err)
{
	const struct failure_output out = { r->settings, r->failure, r->tenant };
	struct document_writer *w = &r->writer;

	document_begin(w, DOCUMENT_DMARC_FAILURE);
	document_common(w, r->settings, r->source, r->summary, r->tenant);
	write_facts(w, &out, &r->facts);
	write_source(w, r->failure, &r->facts.source);
	write_recipients(w, r->failure);
	write_feedback(w, &out);
	write_addresses(w, &out);
	write_sample(w, &out);
	document_name_of(&r->name, DOCUMENT_DMARC_FAILURE, r->tenant, r->summary, r->facts.domain,
			 0, 0);
	return document_end(w, &r->name, document, err);
}

/* parsedmarc_failure.c - writes a failure report as parsedmarc does
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/failure/parsedmarc_failure.h"
#include "ingest/report/ip.h"
#include "ingest/report/mailbox_list.h"

/* parsedmarc's limit for a file name. */
#define SAFE_SUBJECT_BYTES 100

struct writing {
	const struct failure *failure;
	struct json_writer jw;
	struct strbuf *scratch;
};

static void write_field(struct writing *w, enum parsedmarc_field field, enum failure_field which)
{
	parsedmarc_text(&w->jw, field, failure_text(w->failure, which));
}

/* Writes one value as a text, several as a list. */
static void write_values(struct writing *w, enum parsedmarc_field field, enum failure_field which)
{
	const struct failure_value *value = w->failure->fields[which];
	struct slice texts[LIMIT_LIST_VALUES];
	size_t count = 0;

	if (value && !value->next) {
		write_field(w, field, which);
		return;
	}
	for (; value && count < LIMIT_LIST_VALUES; value = value->next)
		if (value->text.size > 0)
			texts[count++] = value->text;
	parsedmarc_list(&w->jw, field, texts, count);
}

/* Writes "dkim, spf" as two texts; omits the word none. */
static void write_words(struct writing *w, enum parsedmarc_field field, struct slice text)
{
	struct slice words[LIMIT_LIST_VALUES];
	size_t count = 0;

	while (text.data && count < LIMIT_LIST_VALUES) {
		const struct slice word = slice_trim(slice_split(text, ',', &text));

		if (word.size > 0 && !slice_is_nocase(word, "none"))
			words[count++] = word;
	}
	parsedmarc_list(&w->jw, field, words, count);
}

static void write_source(struct writing *w)
{
	const struct slice text = slice_trim(failure_text(w->failure, FAILURE_SOURCE_IP));
	char normalised[INET6_ADDRSTRLEN];

	parsedmarc_text(&w->jw, PARSEDMARC_SOURCE_IP_ADDRESS,
			ip_normalise(text, normalised) ? slice_of(normalised) : text);
}

static void write_feedback(struct writing *w, const struct failure_facts *facts,
			   const struct report_summary *summary)
{
	const struct slice reported = failure_text(w->failure, FAILURE_REPORTED_DOMAIN);

	parsedmarc_text(&w->jw, PARSEDMARC_FEEDBACK_TYPE,
			slice_or(failure_text(w->failure, FAILURE_FEEDBACK_TYPE), "auth-failure"));
	write_field(w, PARSEDMARC_USER_AGENT, FAILURE_USER_AGENT);
	write_field(w, PARSEDMARC_VERSION, FAILURE_VERSION);
	write_field(w, PARSEDMARC_ORIGINAL_MAIL_FROM, FAILURE_MAIL_FROM);
	parsedmarc_time(&w->jw, PARSEDMARC_ARRIVAL_DATE, summary->begin);
	parsedmarc_text(&w->jw, PARSEDMARC_DOMAIN, reported.size > 0 ? reported : facts->domain);
	write_field(w, PARSEDMARC_ORIGINAL_ENVELOPE_ID, FAILURE_ENVELOPE_ID);
	write_values(w, PARSEDMARC_AUTHENTICATION_RESULTS, FAILURE_AUTH_RESULTS);
	parsedmarc_text(&w->jw, PARSEDMARC_DELIVERY_RESULTS,
			slice_of(facts->delivery_result ? facts->delivery_result : "other"));
	write_source(w);
	parsedmarc_source(&w->jw, &facts->source, false);
	write_words(w, PARSEDMARC_AUTHENTICATION_MECHANISMS,
		    failure_text(w->failure, FAILURE_ALIGNMENT));
	write_words(w, PARSEDMARC_AUTH_FAILURE,
		    slice_or(failure_text(w->failure, FAILURE_AUTH_FAILURE), "dmarc"));
	write_field(w, PARSEDMARC_FAILURE_DKIM_DOMAIN, FAILURE_DKIM_DOMAIN);
	write_values(w, PARSEDMARC_ORIGINAL_RCPT_TO, FAILURE_RCPT_TO);
}

/* Writes "Name <address>" of the first mailbox. */
static void write_first(struct writing *w, enum parsedmarc_field field, struct slice list)
{
	struct mailbox_name mailbox;

	if (!mailbox_list_next(&list, &mailbox))
		return;
	strbuf_reset(w->scratch);
	strbuf_add_slice(w->scratch, mailbox.display_name);
	strbuf_add_text(w->scratch, mailbox.display_name.size > 0 ? " <" : "");
	strbuf_add_slice(w->scratch, mailbox.address);
	strbuf_add_text(w->scratch, mailbox.display_name.size > 0 ? ">" : "");
	parsedmarc_text(&w->jw, field, strbuf_slice(w->scratch));
}

static void write_headers(struct writing *w, const struct failure_sample *sample)
{
	jw_object(&w->jw, "headers");
	write_first(w, PARSEDMARC_SAMPLE_HEADER_FROM, sample->from);
	write_first(w, PARSEDMARC_SAMPLE_HEADER_TO, sample->to);
	write_first(w, PARSEDMARC_SAMPLE_HEADER_REPLY_TO, sample->reply_to);
	parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_HEADER_SUBJECT, sample->subject_text);
	parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_HEADER_DATE, sample->date_text);
	parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_HEADER_MESSAGE_ID, sample->message_id);
	parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_HEADER_RETURN_PATH, sample->return_path);
	jw_end(&w->jw);
}

static void write_mailboxes(struct writing *w, const char *key, enum parsedmarc_field name,
			    enum parsedmarc_field address, struct slice list)
{
	struct mailbox_name mailbox;

	if (list.size == 0)
		return;
	jw_array(&w->jw, key);
	for (unsigned i = 0; i < LIMIT_LIST_VALUES && mailbox_list_next(&list, &mailbox); i++) {
		jw_object(&w->jw, NULL);
		parsedmarc_text(&w->jw, name, mailbox.display_name);
		parsedmarc_text(&w->jw, address, mailbox.address);
		jw_end(&w->jw);
	}
	jw_end(&w->jw);
}

/* Removes characters that are invalid in file names. */
static void write_safe_subject(struct writing *w, struct slice subject)
{
	struct slice safe;

	if (!subject.data)
		subject = slice_of("None");
	strbuf_reset(w->scratch);
	for (size_t i = 0; i < subject.size; i++)
		if (subject.data[i] != '\0' && !strchr("\\/:\"*?|\n\r", subject.data[i]))
			strbuf_add_byte(w->scratch, subject.data[i]);
	safe = strbuf_slice(w->scratch);
	if (safe.size > SAFE_SUBJECT_BYTES)
		safe.size = SAFE_SUBJECT_BYTES;
	/* do not split a character */
	while (safe.size > 0 && safe.size == SAFE_SUBJECT_BYTES &&
	       (safe.data[safe.size] & 0xc0) == 0x80)
		safe.size--;
	while (safe.size > 0 && strchr(". ", safe.data[safe.size - 1]))
		safe.size--;
	parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_SAFE_SUBJECT, safe);
}

static void write_attachments(struct writing *w, const struct failure_sample *sample)
{
	if (sample->attachment_types.count == 0)
		return;
	jw_array(&w->jw, "attachments");
	for (size_t i = 0; i < sample->attachment_types.count; i++) {
		jw_object(&w->jw, NULL);
		parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_ATTACHMENT_NAME,
				sample->attachment_names.texts[i]);
		parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_ATTACHMENT_TYPE,
				sample->attachment_types.texts[i]);
		parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_ATTACHMENT_SHA256,
				sample->attachment_hashes.texts[i]);
		jw_end(&w->jw);
	}
	jw_end(&w->jw);
}

static void write_sample(struct writing *w, const struct failure_sample *sample)
{
	if (!sample->present)
		return;
	jw_object(&w->jw, "sample");
	write_headers(w, sample);
	parsedmarc_bool(&w->jw, PARSEDMARC_SAMPLE_HEADERS_ONLY, sample->header_only);
	if (sample->date)
		parsedmarc_time(&w->jw, PARSEDMARC_SAMPLE_DATE, sample->date);
	parsedmarc_text(&w->jw, PARSEDMARC_SAMPLE_SUBJECT, sample->subject_text);
	write_safe_subject(w, sample->subject_text);
	write_mailboxes(w, "to", PARSEDMARC_SAMPLE_TO_NAME, PARSEDMARC_SAMPLE_TO_ADDRESS,
			sample->to);
	write_mailboxes(w, "reply_to", PARSEDMARC_SAMPLE_REPLY_TO_NAME,
			PARSEDMARC_SAMPLE_REPLY_TO_ADDRESS, sample->reply_to);
	write_mailboxes(w, "cc", PARSEDMARC_SAMPLE_CC_NAME, PARSEDMARC_SAMPLE_CC_ADDRESS,
			sample->cc);
	write_attachments(w, sample);
	jw_end(&w->jw);
}

bool parsedmarc_failure_write(struct failure_reading *r, struct document *document,
			      struct error *err)
{
	struct writing w = { .failure = r->failure, .scratch = &r->scratch };

	strbuf_reset(&r->json);
	jw_init(&w.jw, &r->json);
	jw_object(&w.jw, NULL);
	write_feedback(&w, &r->facts, r->summary);
	write_sample(&w, &r->failure->sample);
	jw_end(&w.jw);
	document_name_of(&r->name, DOCUMENT_DMARC_FAILURE, r->tenant, r->summary, r->facts.domain,
			 0, 0);
	return parsedmarc_end(&r->json, &r->name, document, err);
}

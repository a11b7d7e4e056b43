/* failure.c - collects and reads a DMARC failure report
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/failure/failure.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/datetime.h"
#include "base/xalloc.h"
#include "ingest/failure/failure_report.h"
#include "ingest/failure/parsedmarc_failure.h"
#include "ingest/report/address.h"
#include "ingest/report/domain_form.h"
#include "base/domain_name.h"
#include "ingest/report/ip.h"
#include "ingest/report/number.h"
#include "ingest/report/period.h"
#include "ingest/report/reason.h"
#include "ingest/text/html_text.h"
#include "ingest/trust/trust.h"
#include "ingest/unwrap/header_fields.h"

#define NOTICE "A message claiming to be from you has failed"
#define NOTICE_SAMPLE "This is a copy of the headers"

static const struct {
	const char *name, *alias;
} names[FAILURE_FIELD_COUNT] = {
#define FAILURE_FIELD(id, name, alias) { name, alias },
	FAILURE_FIELDS(FAILURE_FIELD)
#undef FAILURE_FIELD
};

struct failure *failure_new(struct arena *arena)
{
	struct failure *failure = arena_alloc(arena, sizeof(*failure));

	if (failure) {
		failure->arena = arena;
		hash_init(&failure->content);
	}
	return failure;
}

struct slice failure_text(const struct failure *failure, enum failure_field field)
{
	const struct failure_value *value = failure->fields[field];

	return value ? value->text : (struct slice){ NULL, 0 };
}

bool failure_add(struct failure *failure, enum failure_field field, struct slice value,
		 struct error *err)
{
	struct failure_value **last = &failure->fields[field];
	struct failure_value *added = arena_alloc(failure->arena, sizeof(*added));

	if (added)
		added->text = header_unfold(failure->arena, value);
	if (!added || !added->text.data)
		return error_reject(err, REASON_TOO_LARGE, "no room for a feedback report");
	while (*last)
		last = &(*last)->next;
	*last = added;
	hash_uint(&failure->content, field);
	hash_field(&failure->content, added->text);
	return true;
}

static bool field_of(struct slice name, enum failure_field *field)
{
	for (unsigned i = 0; i < FAILURE_FIELD_COUNT; i++) {
		if (slice_is_nocase(name, names[i].name) ||
		    (names[i].alias && slice_is_nocase(name, names[i].alias))) {
			*field = i;
			return true;
		}
	}
	return false;
}

bool failure_feedback(struct failure *failure, struct slice body, bool in_report, bool declared,
		      struct error *err)
{
	struct header_field field;
	unsigned count = 0;

	failure->has_feedback = true;
	if (!in_report)
		quirk_add(&failure->quirks, QUIRK_ARF_MIME);
	if (!declared)
		quirk_add(&failure->quirks, QUIRK_WRAPPED);
	while (header_field_next(&body, &field)) {
		enum failure_field which;

		if (!field_of(field.name, &which))
			continue;
		if (++count > LIMIT_LIST_VALUES)
			return error_reject(err, REASON_TOO_LARGE,
					    "a feedback report of more than %d fields",
					    LIMIT_LIST_VALUES);
		if (!failure_add(failure, which, field.value, err))
			return false;
	}
	return true;
}

bool failure_sample(struct failure *failure, struct slice raw, bool header_only,
		    const struct ingest_limits *limits, struct error *err)
{
	struct failure_sample *sample = &failure->sample;

	if (sample->present)
		return true;
	if (!failure_sample_read(sample, failure->arena, raw, header_only, limits, err))
		return false;
	hash_field(&failure->content, sample->message_id);
	hash_field(&failure->content, sample->from_domain);
	hash_field(&failure->content, sample->subject);
	hash_uint(&failure->content, (uint64_t)sample->date);
	return true;
}

/* Removes "> " from the start of a quoted line. */
static struct slice without_quote(struct slice line)
{
	while (line.size > 0 && line.data[0] == '>') {
		line = slice_skip(line, 1);
		if (line.size > 0 && line.data[0] == ' ')
			line = slice_skip(line, 1);
	}
	return line;
}

/* Returns the text from the first line of the notice, which may follow a banner; absent if
 * there is none. */
static struct slice notice_in(struct slice text)
{
	while (text.data) {
		const struct slice from = text, line = slice_split(text, '\n', &text);

		if (slice_starts_with(slice_trim(without_quote(line)), NOTICE))
			return from;
	}
	return slice_of(NULL);
}

bool failure_is_notice(struct slice text)
{
	return slice_find_text(text, NOTICE) < text.size;
}

/* Reads a line such as "  Sender Domain: example.com" as a field of a feedback part. */
static bool notice_line(struct failure *failure, struct slice line, struct error *err)
{
	static const struct {
		const char *name;
		enum failure_field field;
	} lines[] = {
		{ "Sender Domain", FAILURE_REPORTED_DOMAIN },
		{ "Sender IP Address", FAILURE_SOURCE_IP },
		{ "Received Date", FAILURE_ARRIVAL_DATE },
		{ "SPF Alignment", FAILURE_AUTH_RESULTS },
		{ "DKIM Alignment", FAILURE_AUTH_RESULTS },
		{ "DMARC Results", FAILURE_DELIVERY_RESULT },
	};
	struct slice value;
	const struct slice name = slice_trim(slice_split(line, ':', &value));

	for (size_t i = 0; value.data && i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!slice_is_nocase(name, lines[i].name))
			continue;
		/* only their names distinguish the alignments */
		if (lines[i].field == FAILURE_AUTH_RESULTS)
			value = line;
		return failure_add(failure, lines[i].field, slice_trim(value), err);
	}
	return true;
}

/* Converts the notice to plain text without HTML and quote marks. */
static bool plain_notice(struct slice text, bool is_html, struct strbuf *plain)
{
	struct strbuf page;
	struct slice lines;

	strbuf_init(&page, text.size + 1);
	strbuf_init(plain, text.size + 2);
	if (is_html)
		html_text_add(text, &page);
	lines = notice_in(is_html ? strbuf_slice(&page) : text);
	while (lines.data) {
		const struct slice line = without_quote(slice_split(lines, '\n', &lines));

		strbuf_add(plain, line.data, line.size);
		if (lines.data)
			strbuf_add_byte(plain, '\n');
	}
	strbuf_release(&page);
	return plain->len > 0;
}

static bool read_notice(struct failure *failure, struct slice text,
			const struct ingest_limits *limits, struct error *err)
{
	while (text.data) {
		const struct slice line = slice_split(text, '\n', &text);

		if (slice_find_text(line, NOTICE_SAMPLE) < line.size)
			break;
		if (!notice_line(failure, line, err))
			return false;
	}
	/* skip the rest of the paragraph */
	while (text.data && slice_trim(slice_split(text, '\n', &text)).size > 0)
		continue;
	/* a notice without a copy of the message is still a report */
	if (text.data && slice_trim(text).size > 0)
		return failure_sample(failure, text, true, limits, err);
	return true;
}

bool failure_notice(struct failure *failure, struct slice text, bool is_html,
		    const struct ingest_limits *limits, struct error *err)
{
	struct strbuf plain;
	bool good;

	if (!plain_notice(text, is_html, &plain)) {
		strbuf_release(&plain);
		return error_reject(err, REASON_NOT_A_REPORT, "no failure notice");
	}
	failure->is_notice = true;
	quirk_add(&failure->quirks, QUIRK_NO_ARF);
	good = read_notice(failure, strbuf_slice(&plain), limits, err);
	strbuf_release(&plain);
	return good;
}

/* Fields that RFC 6591 section 3 requires but many reporters omit. */
static void note_missing(const struct failure *failure, struct quirk_set *quirks)
{
	static const enum failure_field required[] = {
		FAILURE_FEEDBACK_TYPE, FAILURE_ARRIVAL_DATE, FAILURE_AUTH_RESULTS,
		FAILURE_AUTH_FAILURE,  FAILURE_ALIGNMENT,
	};
	const struct failure_value *mail_from = failure->fields[FAILURE_MAIL_FROM];

	if (failure->is_notice)
		return;
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (failure_text(failure, required[i]).size == 0)
			quirk_add(quirks, QUIRK_ARF_MISSING);
	if ((mail_from && mail_from->text.size == 0) ||
	    !slice_is(failure_text(failure, FAILURE_VERSION), "1"))
		quirk_add(quirks, QUIRK_ARF_MISSING);
}

static const char *delivery_result(const struct failure *failure, struct quirk_set *quirks)
{
	static const char *const known[] = { "delivered", "spam", "policy", "reject", "other" };
	const struct slice text = failure_text(failure, FAILURE_DELIVERY_RESULT);

	if (text.size == 0)
		return NULL;
	if (failure->is_notice && slice_ends_with_nocase(text, "accept"))
		return "delivered";
	if (failure->is_notice && slice_ends_with_nocase(text, "reject"))
		return "reject";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (slice_is_nocase(text, known[i]))
			return known[i];
	quirk_add(quirks, QUIRK_DELIVERY_FREE);
	return "other";
}

/* Finds "dmarc=fail" in the results. */
static const char *dmarc_result(const struct failure *failure)
{
	const struct failure_value *value = failure->fields[FAILURE_AUTH_RESULTS];

	if (failure->is_notice)
		return "fail";
	for (; value; value = value->next) {
		const size_t at = slice_find_text(value->text, "dmarc=");

		if (at < value->text.size)
			return slice_starts_with((struct slice){ value->text.data + at,
								 value->text.size - at },
						 "dmarc=pass")
				       ? "pass"
				       : "fail";
	}
	return NULL;
}

static uint64_t incidents(const struct failure *failure, struct quirk_set *quirks)
{
	const struct slice text = failure_text(failure, FAILURE_INCIDENTS);
	uint64_t count = 1, number;

	if (text.size > 0 && !slice_to_uint(text, UINT64_C(1) << 53, &count)) {
		const enum number_form form = number_parse(text, &number);

		if (form == NUMBER_WHOLE || form == NUMBER_GROUPED)
			count = number;
		quirk_add(quirks, QUIRK_BAD_NUMBER);
	}
	return count;
}

/* Returns from_domain if it is in a list such as "example.com, example.net", else the
 * first. */
static struct slice one_of(struct slice list, struct slice from_domain)
{
	struct slice first = { NULL, 0 };

	while (list.size > 0) {
		size_t end = 0;
		struct slice word;

		while (end < list.size && !memchr(", \t", list.data[end], 3))
			end++;
		word = (struct slice){ list.data, end };
		list = slice_skip(list, end < list.size ? end + 1 : end);
		if (word.size == 0)
			continue;
		if (from_domain.size > 0 && slice_equal_nocase(word, from_domain))
			return word;
		if (!first.data)
			first = word;
	}
	return first;
}

/* Reads "dns; example.com" (typed as in RFC 3464), lists, and what domain_read() accepts; other
 * text counts only if the sample has no domain. false: no domain is reported. */
static bool reported_domain(struct arena *arena, struct slice text, struct slice from_domain,
			    struct slice *domain, struct quirk_set *quirks)
{
	struct slice rest;

	if (text.size == 0)
		return false;
	if (domain_normalise(arena, text, domain))
		return true;
	quirk_add(quirks, QUIRK_DOMAIN_FORM);
	if (slice_is_nocase(slice_trim(slice_split(text, ';', &rest)), "dns") && rest.data)
		text = slice_trim(rest);
	if (!memchr(text.data, '(', text.size) && !memchr(text.data, '<', text.size))
		text = one_of(text, from_domain);
	return policy_domain_find(arena, text, domain, quirks) ||
	       (from_domain.size == 0 && policy_domain_read(arena, text, domain, quirks));
}

/* A name or another address may follow the address. */
static void read_source(const struct failure *failure, struct source_address *source,
			struct quirk_set *quirks)
{
	const struct slice text = slice_trim(failure_text(failure, FAILURE_SOURCE_IP));
	struct slice rest;

	if (ip_normalise(text, source->ip) ||
	    ip_normalise(slice_split(text, ' ', &rest), source->ip))
		return;
	source->ip[0] = '\0';
	if (text.size > 0)
		quirk_add(quirks, QUIRK_BAD_IP);
}

static void find_facts(const struct failure *failure, struct failure_facts *facts,
		       struct quirk_set *quirks)
{
	struct arena *arena = failure->arena;
	const struct failure_sample *sample = &failure->sample;
	const struct slice reported = failure_text(failure, FAILURE_REPORTED_DOMAIN);

	*facts = (struct failure_facts){
		.header_from = sample->from_domain,
		.envelope_from = address_domain(arena, failure_text(failure, FAILURE_MAIL_FROM)),
		.incidents = incidents(failure, quirks),
		.delivery_result = delivery_result(failure, quirks),
		.dmarc_result = dmarc_result(failure),
	};
	read_source(failure, &facts->source, quirks);
	if (!facts->envelope_from.data)
		facts->envelope_from = sample->return_path_domain;
	if (!reported_domain(arena, reported, sample->from_domain, &facts->domain, quirks))
		facts->domain = sample->from_domain;
	if (facts->domain.size == 0)
		quirk_add(quirks, QUIRK_NO_DOMAIN);
}

bool failure_arrival(const struct failure *failure, int64_t now, int64_t *date, bool *no_zone)
{
	return datetime_parse_any(failure_text(failure, FAILURE_ARRIVAL_DATE), date, no_zone) &&
	       period_is_likely(*date, now);
}

/* Uses the arrival date of the message, else the date of the report mail, but not the Date
 * of the sample, which a forger wrote. */
static int64_t date_of(const struct failure *failure, const struct mail_headers *headers,
		       int64_t now, struct quirk_set *quirks)
{
	int64_t date;
	bool no_zone;

	if (failure_arrival(failure, now, &date, &no_zone)) {
		if (no_zone)
			quirk_add(quirks, QUIRK_DATE_NO_ZONE);
		return date;
	}
	quirk_add(quirks, QUIRK_NO_ARRIVAL);
	return period_is_likely(headers->date, now) ? headers->date : headers->received;
}

static bool is_usable(const struct failure *failure, struct error *err)
{
	const struct slice type = failure_text(failure, FAILURE_FEEDBACK_TYPE);

	if (type.size > 0 && !slice_is_nocase(type, "auth-failure"))
		return error_reject(err, REASON_UNSUPPORTED, "a feedback report of type %.*s",
				    (int)(type.size < 64 ? type.size : 64), type.data);
	if (failure_text(failure, FAILURE_SOURCE_IP).size == 0 &&
	    failure_text(failure, FAILURE_AUTH_FAILURE).size == 0 &&
	    failure_text(failure, FAILURE_AUTH_RESULTS).size == 0)
		return error_reject(err, REASON_NOT_A_REPORT, "a feedback report without content");
	return true;
}

static void summarise(const struct failure *failure, const struct ingest_settings *settings,
		      const struct report_source *source, struct report_summary *summary)
{
	struct hash content = failure->content;
	const struct slice agent = failure_text(failure, FAILURE_USER_AGENT);

	summary->kind = REPORT_FAILURE;
	summary->quirks = failure->quirks;
	quirk_add_all(&summary->quirks, source->quirks);
	note_missing(failure, &summary->quirks);
	trust_note(settings, source->headers, slice_of(NULL), &summary->quirks);
	summary->organization = source->headers->from_domain;
	if (summary->organization.size == 0) {
		summary->organization = agent;
		quirk_add(&summary->quirks, QUIRK_NO_ORG);
	}
	summary->begin = summary->end = date_of(failure, source->headers, settings->now,
						&summary->quirks);
	hash_end(&content, summary->digest);
}

static bool read_report(struct failure_reading *r, struct error *err)
{
	const struct failure *failure = r->failure;
	struct report_summary *summary = r->summary;
	struct report_share *share;

	if (!is_usable(failure, err))
		return false;
	summarise(failure, r->settings, r->source, summary);
	if (!period_check(summary->begin, r->settings->now, &summary->quirks, err))
		return false;
	find_facts(failure, &r->facts, &summary->quirks);
	r->tenant = tenant_of(r->settings->tenants, r->facts.domain);
	share = report_share_of(summary, failure->arena, r->tenant, r->facts.domain);
	if (!share || failure->arena->overflowed)
		return error_reject(err, REASON_TOO_LARGE, "no room for a failure report");
	share->documents = 1;
	share->messages = r->facts.incidents;
	return true;
}

struct failure_reading *failure_open(const struct failure *failure,
				     const struct ingest_settings *settings,
				     const struct report_source *source,
				     struct report_summary *summary, struct error *err)
{
	struct failure_reading *r = xcalloc(1, sizeof(*r));

	r->failure = failure;
	r->settings = settings;
	r->source = source;
	r->summary = summary;
	*summary = (struct report_summary){ .kind = REPORT_FAILURE };
	document_writer_init(&r->writer);
	strbuf_init(&r->json, PARSEDMARC_DOCUMENT_BYTES);
	strbuf_init(&r->scratch, PARSEDMARC_DOCUMENT_BYTES);
	if (read_report(r, err))
		return r;
	failure_close(r);
	return NULL;
}

void failure_close(struct failure_reading *r)
{
	if (!r)
		return;
	document_writer_release(&r->writer);
	strbuf_release(&r->json);
	strbuf_release(&r->scratch);
	free(r);
}

void failure_next_run(struct failure_reading *r, struct run *run)
{
	run->kind = REPORT_FAILURE;
	run->tenant = r->tenant;
	run->count = !r->passed;
	run->sources[0] = &r->facts.source;
	r->in_ecs = r->in_parsedmarc = !r->passed;
	r->passed = true;
}

bool failure_next_document(struct failure_reading *r, struct document *document, struct error *err)
{
	const bool ecs = r->in_ecs && ingest_writes(r->settings, SCHEMA_ECS);
	const bool parsedmarc = r->in_parsedmarc && ingest_writes(r->settings, SCHEMA_PARSEDMARC);

	document->name = NULL;
	r->in_ecs = false;
	if (ecs)
		return failure_write(r, document, err);
	r->in_parsedmarc = false;
	return !parsedmarc || parsedmarc_failure_write(r, document, err);
}

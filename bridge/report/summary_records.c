/* summary_records.c - keeps the latest check of each domain
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/summary_add.h"

#include "base/strbuf.h"

#define LIST_BYTES 512

/* "spf, dmarc" */
static struct slice joined(struct summary *s, enum field field)
{
	struct strbuf out;
	struct slice text;

	strbuf_init(&out, LIST_BYTES);
	for (const struct document_value *v = s->view->lists[field]; v; v = v->next)
		strbuf_add_format(&out, "%s%.*s", out.len > 0 ? ", " : "", (int)v->text.size,
				  v->text.data);
	text = arena_slice(&s->view->arena, strbuf_slice(&out));
	strbuf_release(&out);
	return text;
}

static uint64_t time_of(const struct summary *s, enum field field)
{
	int64_t time;
	bool no_zone;

	return datetime_parse(s->view->texts[field], &time, &no_zone) && time > 0 ? (uint64_t)time
										  : 0;
}

/* Since when the record of the code has been published; 0: unknown. */
static uint64_t since_of(const struct summary *s, struct slice code)
{
	static const struct {
		const char *prefix;
		enum field field;
	} seen[] = {
		{ "dmarc-", FIELD_ID_DOMAIN_FIRST_SEEN_DMARC },
		{ "spf-", FIELD_ID_DOMAIN_FIRST_SEEN_SPF },
		{ "sts-", FIELD_ID_DOMAIN_FIRST_SEEN_STS },
		{ "smtp-", FIELD_ID_DOMAIN_FIRST_SEEN_CERTIFICATE },
	};

	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		if (slice_starts_with(code, seen[i].prefix))
			return time_of(s, seen[i].field);
	return 0;
}

/* Of critical findings ("critical spf-syntax example.com"): their codes, and since when
 * the first of these records has been published. */
static struct slice broken_codes(struct summary *s, uint64_t *since)
{
	struct strbuf out;
	struct slice text;

	*since = 0;
	strbuf_init(&out, LIST_BYTES);
	for (const struct document_value *v = s->view->lists[FIELD_ID_DOMAIN_FINDING_COMBINED]; v;
	     v = v->next) {
		struct slice rest;
		const struct slice severity = slice_split(v->text, ' ', &rest);
		const struct slice code = slice_split(rest, ' ', &rest);

		if (!slice_is(severity, "critical"))
			continue;
		if (out.len == 0)
			*since = since_of(s, code);
		strbuf_add_format(&out, "%s%.*s", out.len > 0 ? ", " : "", (int)code.size,
				  code.data);
	}
	text = arena_slice(&s->view->arena, strbuf_slice(&out));
	strbuf_release(&out);
	return text;
}

static void set_text(struct summary *s, struct tally *tally, enum record_text which,
		     struct slice text)
{
	tally->texts[which] = slice_of(NULL);
	if (text.size > 0)
		tally_set_text(&s->tables[SUMMARY_RECORDS], tally, which, text);
}

void summary_add_records(struct summary *s)
{
	const struct slice domain = text_of(s, FIELD_ID_DOMAIN_NAME);
	struct tally *tally;
	int64_t start;

	if (domain.size == 0 || !start_of(s, &start) || start <= 0)
		return;
	tally = tally_by(s, SUMMARY_RECORDS, &domain, 1);
	if (tally->key.size == 0)
		return; /* too many domains for separate rows */
	if (number_of(s, FIELD_ID_DOMAIN_CHANGES) > 0 &&
	    (uint64_t)start > tally->counts[RECORD_CHANGED]) {
		tally->counts[RECORD_CHANGED] = (uint64_t)start;
		set_text(s, tally, RECORD_PARTS, joined(s, FIELD_ID_DOMAIN_CHANGED));
	}
	if ((uint64_t)start < tally->counts[RECORD_CHECKED])
		return;
	tally->counts[RECORD_CHECKED] = (uint64_t)start;
	tally->counts[RECORD_CRITICAL] = number_of(s, FIELD_ID_DOMAIN_CRITICAL);
	tally->counts[RECORD_NOT_AFTER] = time_of(s, FIELD_ID_DOMAIN_SMTP_NOT_AFTER);
	set_text(s, tally, RECORD_CODES, broken_codes(s, &tally->counts[RECORD_SINCE]));
}

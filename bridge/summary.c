/* summary.c - what a heap of reports says: adding up the documents
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/summary_tables.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/xalloc.h"

/* Of keys and texts: enough for some hundred thousand sources. */
#define TABLE_BYTES ((size_t)32 << 20)

struct summary *summary_new(void)
{
	struct summary *s = xcalloc(1, sizeof(*s));

	document_view_init(&s->view);
	for (unsigned i = 0; i < SUMMARY_TABLES; i++)
		tally_init(&s->tables[i], TABLE_BYTES);
	return s;
}

void summary_free(struct summary *s)
{
	if (!s)
		return;
	document_view_release(&s->view);
	for (unsigned i = 0; i < SUMMARY_TABLES; i++)
		tally_release(&s->tables[i]);
	free(s);
}

/* The tally of a key made of up to three members, blanks between. */
static struct tally *tally_by(struct summary *s, enum summary_table table, enum field a,
			      enum field b, enum field c, bool *added)
{
	const enum field fields[] = { a, b, c };
	struct strbuf key;
	struct tally *tally;

	strbuf_init(&key, LIMIT_DOCUMENT_BYTES);
	for (unsigned i = 0; i < 3; i++) {
		const struct slice text =
			fields[i] < FIELD_COUNT ? s->view.texts[fields[i]] : slice_of("");

		if (key.len > 0 && text.size > 0)
			strbuf_add_byte(&key, ' ');
		strbuf_add_slice(&key, text);
	}
	tally = tally_of(&s->tables[table], strbuf_slice(&key), added);
	strbuf_release(&key);
	return tally;
}

static void copy_text(struct summary *s, enum summary_table table, struct tally *tally,
		      unsigned which, enum field field)
{
	tally_set_text(&s->tables[table], tally, which, s->view.texts[field]);
}

static void add_record(struct summary *s)
{
	const uint64_t messages = document_view_number(&s->view, FIELD_ID_DMARC_MESSAGE_COUNT);
	const bool pass = slice_is(s->view.texts[FIELD_ID_DMARC_RESULT], "pass");
	struct tally *tally;
	bool added;

	tally = tally_by(s, SUMMARY_DMARC_DOMAINS, FIELD_ID_DMARC_DOMAIN, FIELD_COUNT, FIELD_COUNT,
			 &added);
	if (added)
		copy_text(s, SUMMARY_DMARC_DOMAINS, tally, 0, FIELD_ID_DMARC_POLICY_P);
	tally->counts[0] += messages;
	tally->counts[1] += pass ? messages : 0;
	if (pass)
		return;
	tally = tally_by(s, SUMMARY_DMARC_SOURCES, FIELD_ID_SOURCE_IP, FIELD_ID_DMARC_HEADER_FROM,
			 FIELD_COUNT, &added);
	if (added) {
		copy_text(s, SUMMARY_DMARC_SOURCES, tally, 0, FIELD_ID_DMARC_DISPOSITION);
		copy_text(s, SUMMARY_DMARC_SOURCES, tally, 1, FIELD_ID_DMARC_ENVELOPE_FROM);
	}
	tally->counts[0] += messages;
}

static void add_policy(struct summary *s)
{
	bool added;
	struct tally *tally = tally_by(s, SUMMARY_TLS_POLICIES, FIELD_ID_TLSRPT_POLICY_DOMAIN,
				       FIELD_ID_TLSRPT_POLICY_TYPE, FIELD_ID_TLSRPT_POLICY_MODE,
				       &added);

	tally->counts[0] += document_view_number(&s->view, FIELD_ID_TLSRPT_SUCCESSFUL_SESSIONS);
	tally->counts[1] += document_view_number(&s->view, FIELD_ID_TLSRPT_FAILED_SESSIONS);
}

static void add_failure(struct summary *s)
{
	bool added;
	struct tally *tally =
		tally_by(s, SUMMARY_TLS_FAILURES, FIELD_ID_ERROR_CODE, FIELD_ID_SERVER_DOMAIN,
			 FIELD_ID_TLSRPT_POLICY_DOMAIN, &added);

	if (added) {
		copy_text(s, SUMMARY_TLS_FAILURES, tally, 0, FIELD_ID_TLSRPT_RESULT_CAUSE);
		copy_text(s, SUMMARY_TLS_FAILURES, tally, 1, FIELD_ID_TLSRPT_RESULT_ADVICE);
	}
	tally->counts[0] += document_view_number(&s->view, FIELD_ID_TLSRPT_FAILED_SESSIONS);
}

/* A view of the reporters' quality: who does what wrong, and how often. */
static void add_quirks(struct summary *s, uint64_t reports)
{
	for (unsigned i = 0; i < QUIRK_COUNT; i++) {
		struct strbuf key;
		struct tally *tally;
		bool added;

		if (!quirk_has(&s->view.quirks, i))
			continue;
		strbuf_init(&key, LIMIT_DOCUMENT_BYTES);
		strbuf_add_slice(&key, s->view.texts[FIELD_ID_REPORT_ORGANIZATION]);
		strbuf_add_format(&key, ": %s", quirk_code(i));
		tally = tally_of(&s->tables[SUMMARY_QUIRKS], strbuf_slice(&key), &added);
		if (added)
			tally_set_text(&s->tables[SUMMARY_QUIRKS], tally, 0,
				       slice_of(quirk_meaning(i)));
		tally->counts[0] += reports;
		strbuf_release(&key);
	}
}

static void add_feed(struct summary *s)
{
	const uint64_t reports = document_view_number(&s->view, FIELD_ID_FEED_REPORTS);
	struct tally *tally;
	bool added;

	s->reports += reports;
	if (reports == 0)
		return;
	tally = tally_by(s, SUMMARY_REPORTERS, FIELD_ID_REPORT_ORGANIZATION, FIELD_COUNT,
			 FIELD_COUNT, &added);
	tally->counts[0] += reports;
	tally->counts[1] += document_view_number(&s->view, FIELD_ID_FEED_MESSAGES);
	tally->counts[2] += document_view_number(&s->view, FIELD_ID_FEED_SUCCESSFUL_SESSIONS) +
			    document_view_number(&s->view, FIELD_ID_FEED_FAILED_SESSIONS);
	add_quirks(s, reports);
}

static void add_period(struct summary *s)
{
	int64_t start;
	bool no_zone;

	if (!datetime_parse(s->view.texts[FIELD_ID_EVENT_START], &start, &no_zone))
		return;
	if (s->documents == 1 || start < s->first)
		s->first = start;
	if (s->documents == 1 || start > s->last)
		s->last = start;
}

void summary_add_document(struct summary *s, const struct document_name *name, struct slice json)
{
	document_view_read(&s->view, json);
	if (name->kind != DOCUMENT_FEED) {
		s->documents++;
		add_period(s);
	}
	switch (name->kind) {
	case DOCUMENT_DMARC_AGGREGATE: add_record(s); break;
	case DOCUMENT_TLSRPT_POLICY: add_policy(s); break;
	case DOCUMENT_TLSRPT_FAILURE: add_failure(s); break;
	case DOCUMENT_FEED: add_feed(s); break;
	case DOCUMENT_DMARC_FAILURE:
		s->incidents += document_view_number(&s->view, FIELD_ID_DMARC_INCIDENTS);
		break;
	case DOCUMENT_KINDS: break;
	}
}

void summary_add_reject(struct summary *s, const char *where, const char *reason)
{
	struct tally *tally;
	bool added;

	tally = tally_of(&s->tables[SUMMARY_REJECTS], slice_of(reason), &added);
	if (added)
		tally_set_text(&s->tables[SUMMARY_REJECTS], tally, 0, slice_of(where));
	tally->counts[0]++;
}

/* summary.c - sums documents into a summary of reports
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/summary_add.h"

#include <stdlib.h>

#include "base/datetime.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/organizational_domain.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "bridge/report/reporter.h"
#include "ingest/report/period.h"
#include "ingest/report/report.h"

/* For keys and texts: about ten thousand keys per table, and less than 140 MiB for all
 * tables. */
#define TABLE_BYTES ((size_t)4 << 20)
/* Has a row for each source and day. */
#define TREND_BYTES ((size_t)24 << 20)

struct summary *summary_new(int64_t now)
{
	struct summary *s = xcalloc(1, sizeof(*s));

	s->now = now;
	for (unsigned i = 0; i < SUMMARY_TABLES; i++)
		tally_init(&s->tables[i], i == SUMMARY_TRENDS ? TREND_BYTES : TABLE_BYTES);
	return s;
}

void summary_free(struct summary *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < SUMMARY_TABLES; i++)
		tally_release(&s->tables[i]);
	report_set_release(&s->versions);
	free(s);
}

struct tally *tally_by(struct summary *s, unsigned table, const struct slice *texts, unsigned count)
{
	struct strbuf key;
	struct tally *tally;
	int64_t start;
	bool added;

	strbuf_init(&key, LIMIT_DOCUMENT_BYTES);
	for (unsigned i = 0; i < count; i++) {
		if (key.len > 0 && texts[i].size > 0)
			strbuf_add_byte(&key, ' ');
		strbuf_add_slice(&key, texts[i]);
	}
	tally = tally_of(&s->tables[table], strbuf_slice(&key), &added);
	for (unsigned i = 0; i < count && added; i++)
		tally_set_text(&s->tables[table], tally, i, texts[i]);
	if (start_of(s, &start))
		tally_met(tally, start);
	strbuf_release(&key);
	return tally;
}

struct tally *tally_of_day(struct summary *s, enum summary_table table)
{
	const struct slice day = { s->view->texts[FIELD_ID_TIMESTAMP].data, strlen("2026-11-24") };
	int64_t start;

	/* A malformed time does not get a day of its own. */
	return tally_by(s, table, &day, start_of(s, &start) ? 1 : 0);
}

/* --- SMTP TLS ------------------------------------------------------------------- */

static enum tls_type type_of(const struct summary *s)
{
	if (text_is(s, FIELD_ID_TLSRPT_POLICY_TYPE, "sts"))
		return TLS_STS;
	return text_is(s, FIELD_ID_TLSRPT_POLICY_TYPE, "tlsa") ? TLS_DANE : TLS_OTHER;
}

/* Writes the lines of the policy, or the TLSA records, on one line. */
static void add_as_seen(struct summary *s, const struct slice *policy)
{
	struct strbuf text;
	struct slice texts[] = { policy[0], policy[1], policy[2], { NULL, 0 } };

	strbuf_init(&text, LIMIT_DOCUMENT_BYTES);
	for (const struct document_value *v = s->view->lists[FIELD_ID_TLSRPT_POLICY_STRINGS]; v;
	     v = v->next) {
		strbuf_add_text(&text, text.len > 0 ? "; " : "");
		strbuf_add_slice(&text, v->text);
	}
	texts[3] = utf8_prefix(strbuf_slice(&text), TEXT_BYTES);
	tally_by(s, SUMMARY_TLS_AS_SEEN, texts, 4)->counts[0]++;
	strbuf_release(&text);
}

static void add_policy(struct summary *s)
{
	const struct slice policy[] = { text_of(s, FIELD_ID_TLSRPT_POLICY_DOMAIN),
					text_of(s, FIELD_ID_TLSRPT_POLICY_TYPE),
					text_of(s, FIELD_ID_TLSRPT_POLICY_MODE) };
	const struct slice reporter[] = { reporter_name(text_of(s, FIELD_ID_REPORT_ORGANIZATION)),
					  policy[1] };
	const uint64_t encrypted = number_of(s, FIELD_ID_TLSRPT_SUCCESSFUL_SESSIONS);
	const uint64_t failed = number_of(s, FIELD_ID_TLSRPT_FAILED_SESSIONS);
	const enum tls_type type = type_of(s);
	struct tally *tallies[] = { tally_by(s, SUMMARY_TLS_POLICIES, policy, 3),
				    tally_by(s, SUMMARY_TLS_REPORTERS, reporter, 2) };
	struct tally *day = tally_of_day(s, SUMMARY_TLS_DAYS);

	for (unsigned i = 0; i < 2; i++) {
		add(&tallies[i]->counts[TLS_ENCRYPTED], encrypted);
		add(&tallies[i]->counts[TLS_FAILED], failed);
	}
	add(&day->counts[2 * type + TLS_ENCRYPTED], encrypted);
	add(&day->counts[2 * type + TLS_FAILED], failed);
	add(&s->sessions[type][TLS_ENCRYPTED], encrypted);
	add(&s->sessions[type][TLS_FAILED], failed);
	add_as_seen(s, policy);
}

static void add_failure(struct summary *s)
{
	const struct slice texts[] = {
		[FAILURE_RESULT] = text_of(s, FIELD_ID_ERROR_CODE),
		[FAILURE_HOST] = text_of(s, FIELD_ID_SERVER_DOMAIN),
		[FAILURE_DOMAIN] = text_of(s, FIELD_ID_TLSRPT_POLICY_DOMAIN),
		[FAILURE_TYPE] = text_of(s, FIELD_ID_TLSRPT_POLICY_TYPE),
		[FAILURE_MODE] = text_of(s, FIELD_ID_TLSRPT_POLICY_MODE),
	};
	const struct slice host[] = { text_of(s, s->view->texts[FIELD_ID_SERVER_DOMAIN].size > 0
							 ? FIELD_ID_SERVER_DOMAIN
							 : FIELD_ID_SERVER_DOMAIN_RAW),
				      text_of(s, FIELD_ID_SERVER_IP), texts[FAILURE_RESULT] };
	struct tally_table *table = &s->tables[SUMMARY_TLS_FAILURES];
	struct tally *tally = tally_by(s, SUMMARY_TLS_FAILURES, texts, FAILURE_MODE + 1);
	const uint64_t failed = number_of(s, FIELD_ID_TLSRPT_FAILED_SESSIONS);

	if (tally->texts[FAILURE_CAUSE].size == 0) {
		tally_set_text(table, tally, FAILURE_CAUSE,
			       text_of(s, FIELD_ID_TLSRPT_RESULT_CAUSE));
		tally_set_text(table, tally, FAILURE_EFFECT,
			       text_of(s, FIELD_ID_TLSRPT_RESULT_EFFECT));
		tally_set_text(table, tally, FAILURE_ADVICE,
			       text_of(s, FIELD_ID_TLSRPT_RESULT_ADVICE));
	}
	add(&tally->counts[0], failed);
	if (host[0].size > 0 || host[1].size > 0)
		add(&tally_by(s, SUMMARY_TLS_HOSTS, host, 3)->counts[0], failed);
}

/* --- feed ------------------------------------------------------------------------ */

/* Counts which reporters make which mistakes, and how often. */
static void add_quirks(struct summary *s, uint64_t reports)
{
	for (unsigned i = 0; i < QUIRK_COUNT; i++) {
		const struct slice texts[] = { reporter_name(
						       text_of(s, FIELD_ID_REPORT_ORGANIZATION)),
					       slice_of(quirk_code(i)) };
		struct tally *tally;

		if (!quirk_has(&s->view->quirks, i))
			continue;
		tally = tally_by(s, SUMMARY_QUIRKS, texts, 2);
		if (tally->counts[0] == 0)
			tally_set_text(&s->tables[SUMMARY_QUIRKS], tally, 2,
				       slice_of(quirk_meaning(i)));
		add(&tally->counts[0], reports);
	}
}

static void add_feed(struct summary *s)
{
	const uint64_t reports = number_of(s, FIELD_ID_FEED_REPORTS);
	const uint64_t rejects = number_of(s, FIELD_ID_FEED_REJECTS);
	const struct slice organization = reporter_name(text_of(s, FIELD_ID_REPORT_ORGANIZATION));
	const struct slice reason = text_of(s, FIELD_ID_ERROR_CODE);
	struct tally *tally;

	add(&s->reports, reports);
	if (rejects > 0)
		add(&tally_by(s, SUMMARY_REJECTS, &reason, 1)->counts[0], rejects);
	if (reports == 0)
		return;
	tally = tally_by(s, SUMMARY_REPORTERS, &organization, 1);
	add(&tally->counts[REPORTER_REPORTS], reports);
	add(&tally->counts[REPORTER_MESSAGES], number_of(s, FIELD_ID_FEED_MESSAGES));
	add(&tally->counts[REPORTER_ENCRYPTED], number_of(s, FIELD_ID_FEED_SUCCESSFUL_SESSIONS));
	add(&tally->counts[REPORTER_FAILED], number_of(s, FIELD_ID_FEED_FAILED_SESSIONS));
	add_quirks(s, reports);
}

static void widen(int64_t *first, int64_t *last, int64_t start)
{
	const bool never = *first == 0 && *last == 0;

	if (never || start < *first)
		*first = start;
	if (never || start > *last)
		*last = start;
}

static void add_period(struct summary *s, enum document_kind kind)
{
	int64_t start;

	s->documents++;
	if (!start_of(s, &start))
		return;
	start = start < s->now ? start : s->now;
	widen(&s->first, &s->last, start);
	if (kind == DOCUMENT_TLSRPT_POLICY)
		widen(&s->first_tls, &s->last_tls, start);
	if (kind == DOCUMENT_DMARC_AGGREGATE)
		widen(&s->first_dmarc, &s->last_dmarc, start);
}

/* The domains of the reports, in one table for all kinds. */
static void add_domain(struct summary *s, enum document_kind kind)
{
	const enum field field = kind == DOCUMENT_TLSRPT_POLICY ? FIELD_ID_TLSRPT_POLICY_DOMAIN
								: FIELD_ID_DMARC_DOMAIN;
	const struct slice domain = text_of(s, field);

	if (domain.size > 0)
		tally_by(s, SUMMARY_DOMAINS, &domain, 1)->counts[0]++;
}

/* Which report a document belongs to; two that agree in all this are one report, or one of
 * them is wrong. */
static uint64_t report_name_of(const struct summary *s)
{
	static const enum field fields[] = {
		FIELD_ID_TENANT,
		FIELD_ID_REPORT_ORGANIZATION,
		FIELD_ID_REPORT_ID,
		FIELD_ID_EVENT_START,
		FIELD_ID_EVENT_END,
		FIELD_ID_DMARC_DOMAIN,
		FIELD_ID_TLSRPT_POLICY_DOMAIN,
		FIELD_ID_TLSRPT_POLICY_TYPE,
		FIELD_ID_TLSRPT_POLICY_DIGEST,
	};
	struct hash hash;
	uint8_t digest[HASH_SIZE];
	uint64_t name;

	hash_init(&hash);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		hash_field(&hash, s->view->texts[fields[i]]);
	hash_end(&hash, digest);
	memcpy(&name, digest, sizeof(name));
	return name;
}

/* Counts reports that differ from another one with the same id, period and domain. Only the
 * first policy of an SMTP TLS report is compared, so that each report counts once. */
static void add_version(struct summary *s, enum document_kind kind)
{
	const struct slice organization = reporter_name(text_of(s, FIELD_ID_REPORT_ORGANIZATION));
	const struct slice digest = s->view->texts[FIELD_ID_REPORT_DIGEST];
	uint64_t content;

	if ((kind != DOCUMENT_DMARC_AGGREGATE && kind != DOCUMENT_TLSRPT_POLICY) || !s->has_start ||
	    s->view->texts[FIELD_ID_REPORT_ID].size == 0 || digest.size < sizeof(content) ||
	    number_of(s, FIELD_ID_TLSRPT_POLICY_INDEX) > 0)
		return;
	memcpy(&content, digest.data, sizeof(content));
	if (content == s->last_content) /* the next document of the same report */
		return;
	s->last_content = content;
	if (!report_set_conflicts(&s->versions, report_name_of(s), content))
		return;
	s->conflicts++;
	tally_by(s, SUMMARY_CONFLICTS, &organization, 1)->counts[0]++;
}

void summary_set_since(struct summary *s, int64_t unix_seconds)
{
	s->since = unix_seconds;
}

/* Parses the time once: each of its dozen sums asks for it. false: the document is too old. */
static bool begin_document(struct summary *s, struct document_view *view)
{
	bool no_zone;

	s->view = view;
	s->has_start = datetime_parse(s->view->texts[FIELD_ID_TIMESTAMP], &s->start, &no_zone);
	if (s->has_start && s->since != 0 && s->start < s->since)
		return false;
	s->has_start = s->has_start && period_is_known(s->start);
	return true;
}

void summary_add_document(struct summary *s, enum document_kind kind, struct document_view *view)
{
	if (!begin_document(s, view))
		return;
	/* A domain check does not count as a report. */
	if (kind == DOCUMENT_DOMAIN_CHECK) {
		summary_add_records(s);
		return;
	}
	if (kind != DOCUMENT_FEED)
		add_period(s, kind);
	add_version(s, kind);
	add_domain(s, kind);
	switch (kind) {
	case DOCUMENT_DMARC_AGGREGATE: summary_add_record(s); break;
	case DOCUMENT_TLSRPT_POLICY: add_policy(s); break;
	case DOCUMENT_TLSRPT_FAILURE: add_failure(s); break;
	case DOCUMENT_FEED: add_feed(s); break;
	case DOCUMENT_DMARC_FAILURE: summary_add_failure_report(s); break;
	case DOCUMENT_DOMAIN_CHECK: break; /* see above */
	case DOCUMENT_SMTP_TLS: break;     /* in the schema of parsedmarc */
	}
}

void summary_add_repeat(struct summary *s, enum document_kind kind, struct document_view *view)
{
	struct slice organization;
	uint64_t reports;

	if (kind != DOCUMENT_FEED || !begin_document(s, view))
		return;
	organization = reporter_name(text_of(s, FIELD_ID_REPORT_ORGANIZATION));
	reports = number_of(s, FIELD_ID_FEED_REPORTS);
	add(&s->repeats, reports);
	if (reports > 0)
		add(&tally_by(s, SUMMARY_REPEATS, &organization, 1)->counts[0], reports);
}

void summary_note_place(struct summary *s, const char *where, const char *reason)
{
	struct tally_table *table = &s->tables[SUMMARY_REJECTS];
	bool added;
	struct tally *tally = tally_of(table, slice_of(reason), &added);

	if (tally->texts[1].size == 0)
		tally_set_text(table, tally, 1, slice_of(where));
}

/* summary.c - what a heap of reports says: adding up the documents
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/summary_tables.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/organizational_domain.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "bridge/report/reporter.h"
#include "ingest/report/report.h"

/* Of keys and texts: some ten thousand keys a table, all tables together never
 * above 130 MiB. */
#define TABLE_BYTES ((size_t)4 << 20)
/* A row for each source and day. */
#define TREND_BYTES ((size_t)24 << 20)
/* One name or text.  Names in DNS have 253 bytes at most. */
#define TEXT_BYTES 512

const enum field summary_fields[] = {
	FIELD_ID_TIMESTAMP,
	FIELD_ID_DMARC_MESSAGE_COUNT,
	FIELD_ID_DMARC_RESULT,
	FIELD_ID_DMARC_ALIGNED_DKIM,
	FIELD_ID_DMARC_ALIGNED_SPF,
	FIELD_ID_DMARC_DISPOSITION,
	FIELD_ID_SOURCE_DOMAIN,
	FIELD_ID_SOURCE_IP,
	FIELD_ID_SOURCE_IP_RAW,
	FIELD_ID_DMARC_HEADER_FROM,
	FIELD_ID_DMARC_DKIM_COMBINED,
	FIELD_ID_SOURCE_AS_ORGANIZATION,
	FIELD_ID_DMARC_DOMAIN,
	FIELD_ID_DMARC_POLICY_P,
	FIELD_ID_DMARC_FAILURE_AUTH_FAILURE,
	FIELD_ID_DMARC_FAILURE_DELIVERY,
	FIELD_ID_DMARC_INCIDENTS,
	FIELD_ID_TLSRPT_POLICY_TYPE,
	FIELD_ID_TLSRPT_POLICY_STRINGS,
	FIELD_ID_TLSRPT_POLICY_DOMAIN,
	FIELD_ID_TLSRPT_POLICY_MODE,
	FIELD_ID_REPORT_ORGANIZATION,
	FIELD_ID_TLSRPT_SUCCESSFUL_SESSIONS,
	FIELD_ID_TLSRPT_FAILED_SESSIONS,
	FIELD_ID_ERROR_CODE,
	FIELD_ID_SERVER_DOMAIN,
	FIELD_ID_SERVER_DOMAIN_RAW,
	FIELD_ID_SERVER_IP,
	FIELD_ID_TLSRPT_RESULT_CAUSE,
	FIELD_ID_TLSRPT_RESULT_EFFECT,
	FIELD_ID_TLSRPT_RESULT_ADVICE,
	FIELD_ID_FEED_REPORTS,
	FIELD_ID_FEED_REJECTS,
	FIELD_ID_FEED_MESSAGES,
	FIELD_ID_FEED_SUCCESSFUL_SESSIONS,
	FIELD_ID_FEED_FAILED_SESSIONS,
	FIELD_ID_DMARC_OVERRIDE_TYPE,
	FIELD_ID_DMARC_OVERRIDE_COMMENT,
	FIELD_ID_DMARC_SPF_COMBINED,
	FIELD_ID_REPORT_QUIRKS,
	FIELD_COUNT,
};

struct summary *summary_new(int64_t now)
{
	struct summary *s = xcalloc(1, sizeof(*s));

	s->now = now;
	document_view_init(&s->view);
	for (unsigned i = 0; i < SUMMARY_TABLES; i++)
		tally_init(&s->tables[i], i == SUMMARY_TRENDS ? TREND_BYTES : TABLE_BYTES);
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

static struct slice text_of(const struct summary *s, enum field field)
{
	return utf8_prefix(s->view.texts[field], TEXT_BYTES);
}

static uint64_t number_of(const struct summary *s, enum field field)
{
	return document_view_number(&s->view, field);
}

/* Sums of what reports claim do not wrap. */
static void add(uint64_t *sum, uint64_t more)
{
	*sum = count_sum(*sum, more);
}

static bool text_is(const struct summary *s, enum field field, const char *word)
{
	return slice_is(s->view.texts[field], word);
}

static bool start_of(const struct summary *s, int64_t *start)
{
	bool no_zone;

	return datetime_parse(s->view.texts[FIELD_ID_TIMESTAMP], start, &no_zone);
}

/* The tally of a key made of texts, which it keeps. */
static struct tally *tally_by(struct summary *s, unsigned table, const struct slice *texts,
			      unsigned count)
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

static struct tally *tally_of_day(struct summary *s, enum summary_table table)
{
	const struct slice day = { s->view.texts[FIELD_ID_TIMESTAMP].data, strlen("2026-11-24") };
	int64_t start;

	/* A time our own writer did not write is not worth a day of its own. */
	return tally_by(s, table, &day, start_of(s, &start) ? 1 : 0);
}

/* --- DMARC -------------------------------------------------------------------- */

static void count_record(const struct summary *s, struct tally *tally)
{
	const uint64_t messages = number_of(s, FIELD_ID_DMARC_MESSAGE_COUNT);
	const bool pass = text_is(s, FIELD_ID_DMARC_RESULT, "pass");

	add(&tally->counts[DMARC_MESSAGES], messages);
	add(&tally->counts[pass ? DMARC_PASSED : DMARC_REFUSABLE], messages);
	if (text_is(s, FIELD_ID_DMARC_ALIGNED_DKIM, "pass"))
		add(&tally->counts[DMARC_DKIM], messages);
	if (text_is(s, FIELD_ID_DMARC_ALIGNED_SPF, "pass"))
		add(&tally->counts[DMARC_SPF], messages);
	if (text_is(s, FIELD_ID_DMARC_DISPOSITION, "quarantine"))
		add(&tally->counts[DMARC_QUARANTINED], messages);
	else if (text_is(s, FIELD_ID_DMARC_DISPOSITION, "reject"))
		add(&tally->counts[DMARC_REJECTED], messages);
	else
		add(&tally->counts[pass ? DMARC_PASSED_DELIVERED : DMARC_DELIVERED], messages);
}

static struct slice cut(struct slice text)
{
	return utf8_prefix(text, TEXT_BYTES);
}

static void add_sender(struct summary *s)
{
	struct slice texts[] = { cut(sender_source_of(&s->view)),
				 text_of(s, FIELD_ID_DMARC_HEADER_FROM), slice_of(NULL) };
	const enum sender_class class = sender_class_of(&s->view, &texts[SENDER_IDENTITY]);
	const unsigned table = SUMMARY_SENDERS + (unsigned)class;
	const struct document_value *proof = s->view.lists[FIELD_ID_DMARC_DKIM_COMBINED];
	const struct slice service[] = { cut(sender_name_of(&s->view)), texts[SENDER_AUTHOR] };
	struct tally *tally;

	texts[SENDER_IDENTITY] = cut(texts[SENDER_IDENTITY]);
	tally = tally_by(s, table, texts, 3);
	if (tally->counts[DMARC_MESSAGES] == 0) {
		tally_set_text(&s->tables[table], tally, SENDER_NETWORK,
			       text_of(s, FIELD_ID_SOURCE_AS_ORGANIZATION));
		if (proof)
			tally_set_text(&s->tables[table], tally, SENDER_PROOF, cut(proof->text));
	}
	count_record(s, tally);
	add(&s->senders[class], number_of(s, FIELD_ID_DMARC_MESSAGE_COUNT));
	if (class != SENDER_FOREIGN)
		return;
	tally = tally_by(s, SUMMARY_SERVICES, service, 2);
	if (tally->counts[DMARC_MESSAGES] == 0)
		tally_set_text(&s->tables[SUMMARY_SERVICES], tally, SERVICE_IDENTITY,
			       texts[SENDER_IDENTITY]);
	count_record(s, tally);
}

/* --- what a source does from day to day --------------------------------------- */

static bool is_stopped(const struct summary *s)
{
	return text_is(s, FIELD_ID_DMARC_DISPOSITION, "quarantine") ||
	       text_is(s, FIELD_ID_DMARC_DISPOSITION, "reject");
}

/* The first signature of the author's own: "selector/domain/result"; absent:
 * there is none. */
static struct slice own_signature(const struct summary *s)
{
	const struct document_value *v = s->view.lists[FIELD_ID_DMARC_DKIM_COMBINED];
	const struct slice author = s->view.texts[FIELD_ID_DMARC_HEADER_FROM];

	for (; v; v = v->next) {
		struct slice domain, result;

		sender_split_proof(v->text, &domain, &result);
		if (same_organization(domain, author))
			return v->text;
	}
	return slice_of(NULL);
}

/* Up to the third dot or the fourth colon: neighbours belong together more
 * often than not. */
static struct slice network_of(struct slice address)
{
	const char separator = slice_find(address, ':') < address.size ? ':' : '.';
	unsigned left = separator == ':' ? 4 : 3;
	size_t size = 0;

	for (; size < address.size && left > 0; size++)
		left -= address.data[size] == separator;
	return (struct slice){ address.data, size };
}

static void count_trend(struct summary *s, enum trend_kind kind, struct slice name,
			struct slice proof)
{
	static const char *const kinds[] = { "service", "network", "signature", "author" };
	const struct slice day = { s->view.texts[FIELD_ID_TIMESTAMP].data, strlen("2026-11-24") };
	const struct slice texts[] = { slice_of(kinds[kind]),
				       text_of(s, FIELD_ID_DMARC_HEADER_FROM), name, day };
	const uint64_t messages = number_of(s, FIELD_ID_DMARC_MESSAGE_COUNT);
	const bool pass = text_is(s, FIELD_ID_DMARC_RESULT, "pass");
	const bool stopped = !pass && is_stopped(s) && !sender_is_excused(&s->view);
	const bool is_signed = text_is(s, FIELD_ID_DMARC_ALIGNED_DKIM, "pass");
	struct tally *tally = tally_by(s, SUMMARY_TRENDS, texts, 4);

	add(&tally->counts[pass ? TREND_PASSED : TREND_FAILED], messages);
	if (stopped)
		add(&tally->counts[TREND_STOPPED], messages);
	if (stopped && text_is(s, FIELD_ID_DMARC_DISPOSITION, "reject"))
		add(&tally->counts[TREND_REJECTED], messages);
	if (is_signed)
		add(&tally->counts[TREND_SIGNED], messages);
	else if (proof.size > 0)
		add(&tally->counts[TREND_MIS_SIGNED], messages);
	if (!is_signed && proof.size > 0 && tally->texts[TREND_PROOF].size == 0)
		tally_set_text(&s->tables[SUMMARY_TRENDS], tally, TREND_PROOF, proof);
}

static void add_trends(struct summary *s)
{
	const struct slice proof = own_signature(s), none = slice_of(NULL);
	const struct slice name = cut(sender_name_of(&s->view));
	const struct slice network = network_of(s->view.texts[FIELD_ID_SOURCE_IP]);
	struct slice domain, result, key;
	int64_t start;

	if (!start_of(s, &start) || text_of(s, FIELD_ID_DMARC_HEADER_FROM).size == 0)
		return;
	count_trend(s, TREND_SERVICE, name, cut(proof));
	count_trend(s, TREND_AUTHOR, none, cut(proof));
	if (network.size > 0)
		count_trend(s, TREND_NETWORK, network, cut(proof));
	/* A list that changes the text breaks a signature that is right; what a
	 * service of the customer's does is counted under its name. */
	if (proof.size == 0 ||
	    (!text_is(s, FIELD_ID_DMARC_RESULT, "pass") && sender_proves_another(&s->view)))
		return;
	sender_split_proof(proof, &domain, &result);
	key = slice_between(proof.data, result.data);
	count_trend(s, TREND_SIGNATURE, cut(key), cut(proof));
}

/* Mail that passed DMARC and was stopped all the same. */
static void add_stopped(struct summary *s)
{
	const struct slice texts[] = { cut(sender_name_of(&s->view)),
				       text_of(s, FIELD_ID_DMARC_HEADER_FROM),
				       reporter_name(text_of(s, FIELD_ID_REPORT_ORGANIZATION)) };
	const struct document_value *reason = s->view.lists[FIELD_ID_DMARC_OVERRIDE_TYPE];
	const struct document_value *comment = s->view.lists[FIELD_ID_DMARC_OVERRIDE_COMMENT];
	struct tally *tally;

	if (!text_is(s, FIELD_ID_DMARC_RESULT, "pass") || !is_stopped(s))
		return;
	tally = tally_by(s, SUMMARY_STOPPED, texts, 3);
	if (reason && tally->texts[STOPPED_REASON].size == 0)
		tally_set_text(&s->tables[SUMMARY_STOPPED], tally, STOPPED_REASON,
			       cut(comment ? comment->text : reason->text));
	count_record(s, tally);
}

static void add_record(struct summary *s)
{
	const struct slice domain = text_of(s, FIELD_ID_DMARC_DOMAIN);
	struct tally *tally = tally_by(s, SUMMARY_DMARC_DOMAINS, &domain, 1);
	int64_t start;

	/* The policy as it stands in the latest report. */
	if (start_of(s, &start) && start >= tally->last &&
	    !slice_equal(tally->texts[1], text_of(s, FIELD_ID_DMARC_POLICY_P)))
		tally_set_text(&s->tables[SUMMARY_DMARC_DOMAINS], tally, 1,
			       text_of(s, FIELD_ID_DMARC_POLICY_P));
	count_record(s, tally);
	count_record(s, tally_of_day(s, SUMMARY_DMARC_DAYS));
	count_record(s, &s->dmarc);
	add_sender(s);
	add_trends(s);
	add_stopped(s);
}

static void add_single_failure(struct summary *s)
{
	const struct document_value *what = s->view.lists[FIELD_ID_DMARC_FAILURE_AUTH_FAILURE];
	const struct slice texts[] = {
		cut(sender_source_of(&s->view)),
		text_of(s, FIELD_ID_DMARC_HEADER_FROM),
		what ? utf8_prefix(what->text, TEXT_BYTES)
		     : text_of(s, FIELD_ID_DMARC_FAILURE_AUTH_FAILURE),
		text_of(s, FIELD_ID_DMARC_FAILURE_DELIVERY),
	};
	const uint64_t incidents = number_of(s, FIELD_ID_DMARC_INCIDENTS);

	add(&tally_by(s, SUMMARY_SINGLE_FAILURES, texts, 4)->counts[0], incidents);
	add(&s->incidents, incidents);
}

/* --- SMTP TLS ------------------------------------------------------------------- */

static enum tls_type type_of(const struct summary *s)
{
	if (text_is(s, FIELD_ID_TLSRPT_POLICY_TYPE, "sts"))
		return TLS_STS;
	return text_is(s, FIELD_ID_TLSRPT_POLICY_TYPE, "tlsa") ? TLS_DANE : TLS_OTHER;
}

/* The lines of the policy, or the TLSA records, on one line. */
static void add_as_seen(struct summary *s, const struct slice *policy)
{
	struct strbuf text;
	struct slice texts[] = { policy[0], policy[1], policy[2], { NULL, 0 } };

	strbuf_init(&text, LIMIT_DOCUMENT_BYTES);
	for (const struct document_value *v = s->view.lists[FIELD_ID_TLSRPT_POLICY_STRINGS]; v;
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
	const struct slice host[] = { text_of(s, s->view.texts[FIELD_ID_SERVER_DOMAIN].size > 0
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

/* A view of the reporters' quality: who does what wrong, and how often. */
static void add_quirks(struct summary *s, uint64_t reports)
{
	for (unsigned i = 0; i < QUIRK_COUNT; i++) {
		const struct slice texts[] = { reporter_name(
						       text_of(s, FIELD_ID_REPORT_ORGANIZATION)),
					       slice_of(quirk_code(i)) };
		struct tally *tally;

		if (!quirk_has(&s->view.quirks, i))
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

/* The domains that the reports are about: one table for all kinds. */
static void add_domain(struct summary *s, enum document_kind kind)
{
	const enum field field = kind == DOCUMENT_TLSRPT_POLICY ? FIELD_ID_TLSRPT_POLICY_DOMAIN
								: FIELD_ID_DMARC_DOMAIN;
	const struct slice domain = text_of(s, field);

	if (domain.size > 0)
		tally_by(s, SUMMARY_DOMAINS, &domain, 1)->counts[0]++;
}

void summary_set_since(struct summary *s, int64_t unix_seconds)
{
	s->since = unix_seconds;
}

void summary_add_document(struct summary *s, enum document_kind kind, struct slice json)
{
	int64_t start;

	if (kind == DOCUMENT_DOMAIN_CHECK) /* what is published, not what was reported */
		return;
	document_view_read(&s->view, json);
	if (s->since != 0 && start_of(s, &start) && start < s->since)
		return;
	if (kind != DOCUMENT_FEED)
		add_period(s, kind);
	add_domain(s, kind);
	switch (kind) {
	case DOCUMENT_DMARC_AGGREGATE: add_record(s); break;
	case DOCUMENT_TLSRPT_POLICY: add_policy(s); break;
	case DOCUMENT_TLSRPT_FAILURE: add_failure(s); break;
	case DOCUMENT_FEED: add_feed(s); break;
	case DOCUMENT_DMARC_FAILURE: add_single_failure(s); break;
	case DOCUMENT_DOMAIN_CHECK: break; /* see above */
	case DOCUMENT_SMTP_TLS: break;	   /* of another schema */
	}
}

void summary_add_repeat(struct summary *s, enum document_kind kind, struct slice json)
{
	struct slice organization;
	uint64_t reports;

	if (kind != DOCUMENT_FEED)
		return;
	document_view_read(&s->view, json);
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

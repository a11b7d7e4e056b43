/* summary_dmarc.c - sums DMARC records and failure reports
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>

#include "base/limits.h"
#include "base/organizational_domain.h"
#include "base/strbuf.h"
#include "bridge/report/reporter.h"
#include "bridge/report/summary_add.h"

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

/* Counts an address that is new for a sender of the class, whatever the From domain; keeps
 * the first ones in a text. */
static void add_address(struct summary *s, unsigned table, struct tally *tally)
{
	const struct slice texts[] = { tally->texts[SENDER_SOURCE], sender_address_of(s->view) };
	struct strbuf key, list;
	bool added;

	if (texts[1].size == 0)
		return;
	strbuf_init(&key, LIMIT_DOCUMENT_BYTES);
	strbuf_add_format(&key, "%u ", table);
	strbuf_add_slice(&key, texts[0]);
	strbuf_add_byte(&key, ' ');
	strbuf_add_slice(&key, cut(texts[1]));
	(void)tally_of(&s->tables[SUMMARY_ADDRESSES], strbuf_slice(&key), &added);
	strbuf_release(&key);
	if (!added || tally->counts[DMARC_ADDRESSES]++ >= SENDER_ADDRESSES_SHOWN)
		return;
	strbuf_init(&list, LIMIT_DOCUMENT_BYTES);
	strbuf_add_slice(&list, tally->texts[SENDER_ADDRESSES]);
	strbuf_add_text(&list, list.len > 0 ? ", " : "");
	strbuf_add_slice(&list, cut(texts[1]));
	tally_set_text(&s->tables[table], tally, SENDER_ADDRESSES, strbuf_slice(&list));
	strbuf_release(&list);
}

struct slice sender_addresses(struct arena *arena, const struct tally *row)
{
	const struct slice first = row->texts[SENDER_ADDRESSES];
	uint64_t shown = 1;
	struct strbuf text;
	struct slice copy;

	for (size_t i = 0; i < first.size; i++)
		shown += first.data[i] == ',';
	if (first.size == 0 || row->counts[DMARC_ADDRESSES] <= shown)
		return first;
	strbuf_init(&text, LIMIT_DOCUMENT_BYTES);
	strbuf_add_slice(&text, first);
	strbuf_add_format(&text, " and %" PRIu64 " more", row->counts[DMARC_ADDRESSES] - shown);
	copy = arena_slice(arena, strbuf_slice(&text));
	strbuf_release(&text);
	return copy;
}

/* Takes the value of the latest report: a sender may have been approved since. */
static void set_latest(struct summary *s, enum summary_table table, struct tally *tally,
		       unsigned which, struct slice text)
{
	int64_t start;

	if (text.size > 0 && start_of(s, &start))
		tally_set_latest(&s->tables[table], tally, which, text, start);
}

/* Sums all mail of a name with one From domain. */
static void add_source(struct summary *s, enum summary_table table, enum sender_class class,
		       struct slice identity)
{
	const struct slice texts[] = { cut(sender_label_of(s->view, class)),
				       text_of(s, FIELD_ID_DMARC_HEADER_FROM) };
	struct tally *tally = tally_by(s, table, texts, 2);

	if (tally->texts[SERVICE_IDENTITY].size == 0)
		tally_set_text(&s->tables[table], tally, SERVICE_IDENTITY, identity);
	if (tally->texts[SERVICE_SENDS].size == 0 && sender_is_service(s->view))
		tally_set_text(&s->tables[table], tally, SERVICE_SENDS, slice_of("yes"));
	set_latest(s, table, tally, SERVICE_TYPE, text_of(s, FIELD_ID_SOURCE_SENDER_TYPE));
	set_latest(s, table, tally, SERVICE_KIND, sender_kind_of(s->view, class));
	set_latest(s, table, tally, SERVICE_STATUS, sender_status_of(s->view, class));
	set_latest(s, table, tally, SERVICE_HELP, text_of(s, FIELD_ID_SOURCE_SENDER_HELP));
	count_record(s, tally);
}

static void add_sender(struct summary *s)
{
	struct slice texts[] = { slice_of(NULL), text_of(s, FIELD_ID_DMARC_HEADER_FROM),
				 slice_of(NULL) };
	const enum sender_class class = sender_class_of(s->view, &texts[SENDER_IDENTITY]);
	const enum summary_table table = SUMMARY_SENDERS + (unsigned)class;
	const struct document_value *proof = s->view->lists[FIELD_ID_DMARC_DKIM_COMBINED];
	struct tally *tally;

	texts[SENDER_SOURCE] = cut(sender_label_of(s->view, class));
	texts[SENDER_IDENTITY] = cut(texts[SENDER_IDENTITY]);
	tally = tally_by(s, table, texts, 3);
	if (tally->counts[DMARC_MESSAGES] == 0) {
		tally_set_text(&s->tables[table], tally, SENDER_RELAY,
			       cut(sender_relay_of(s->view)));
		if (proof)
			tally_set_text(&s->tables[table], tally, SENDER_PROOF, cut(proof->text));
	}
	set_latest(s, table, tally, SENDER_STATUS, sender_status_of(s->view, class));
	add_address(s, table, tally);
	count_record(s, tally);
	add(&s->senders[class], number_of(s, FIELD_ID_DMARC_MESSAGE_COUNT));
	s->has_approved |= text_is(s, FIELD_ID_SOURCE_SENDER_STATUS, "approved");
	add_source(s, SUMMARY_SOURCES, class, texts[SENDER_IDENTITY]);
	if (class == SENDER_FOREIGN)
		add_source(s, SUMMARY_SERVICES, class, texts[SENDER_IDENTITY]);
}

/* --- each source, day by day --------------------------------------------------- */

static bool is_stopped(const struct summary *s)
{
	return text_is(s, FIELD_ID_DMARC_DISPOSITION, "quarantine") ||
	       text_is(s, FIELD_ID_DMARC_DISPOSITION, "reject");
}

/* The first signature of the author's own domain, "selector/domain/result"; absent: none. */
static struct slice own_signature(const struct summary *s)
{
	const struct document_value *v = s->view->lists[FIELD_ID_DMARC_DKIM_COMBINED];
	const struct slice author = s->view->texts[FIELD_ID_DMARC_HEADER_FROM];

	for (; v; v = v->next) {
		struct slice domain, result;

		sender_split_proof(v->text, &domain, &result);
		if (same_organization(domain, author))
			return v->text;
	}
	return slice_of(NULL);
}

/* The address up to the third dot or the fourth colon: neighbouring addresses usually
 * belong together. */
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
	const struct slice day = { s->view->texts[FIELD_ID_TIMESTAMP].data, strlen("2026-11-24") };
	const struct slice texts[] = { slice_of(kinds[kind]),
				       text_of(s, FIELD_ID_DMARC_HEADER_FROM), name, day };
	const uint64_t messages = number_of(s, FIELD_ID_DMARC_MESSAGE_COUNT);
	const bool pass = text_is(s, FIELD_ID_DMARC_RESULT, "pass");
	const bool stopped = !pass && is_stopped(s) && !sender_is_excused(s->view);
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
	if (tally->texts[TREND_STATUS].size == 0)
		tally_set_text(&s->tables[SUMMARY_TRENDS], tally, TREND_STATUS,
			       text_of(s, FIELD_ID_SOURCE_SENDER_STATUS));
}

static void add_trends(struct summary *s)
{
	const struct slice proof = own_signature(s), none = slice_of(NULL);
	const struct slice name = cut(sender_name_of(s->view));
	const struct slice network = network_of(s->view->texts[FIELD_ID_SOURCE_IP]);
	struct slice domain, result, key;
	int64_t start;

	if (!start_of(s, &start) || text_of(s, FIELD_ID_DMARC_HEADER_FROM).size == 0)
		return;
	count_trend(s, TREND_SERVICE, name, cut(proof));
	count_trend(s, TREND_AUTHOR, none, cut(proof));
	if (network.size > 0)
		count_trend(s, TREND_NETWORK, network, cut(proof));
	/* A list that changes the text breaks a valid signature; services of the customer
	 * are counted under their name. */
	if (proof.size == 0 ||
	    (!text_is(s, FIELD_ID_DMARC_RESULT, "pass") && sender_proves_another(s->view)))
		return;
	sender_split_proof(proof, &domain, &result);
	key = slice_between(proof.data, result.data);
	count_trend(s, TREND_SIGNATURE, cut(key), cut(proof));
}

/* Mail that passed DMARC and was still quarantined or rejected. */
static void add_stopped(struct summary *s)
{
	const struct slice texts[] = { cut(sender_name_of(s->view)),
				       text_of(s, FIELD_ID_DMARC_HEADER_FROM),
				       reporter_name(text_of(s, FIELD_ID_REPORT_ORGANIZATION)) };
	const struct document_value *reason = s->view->lists[FIELD_ID_DMARC_OVERRIDE_TYPE];
	const struct document_value *comment = s->view->lists[FIELD_ID_DMARC_OVERRIDE_COMMENT];
	struct tally *tally;

	if (!text_is(s, FIELD_ID_DMARC_RESULT, "pass") || !is_stopped(s))
		return;
	tally = tally_by(s, SUMMARY_STOPPED, texts, 3);
	if (reason && tally->texts[STOPPED_REASON].size == 0)
		tally_set_text(&s->tables[SUMMARY_STOPPED], tally, STOPPED_REASON,
			       cut(comment ? comment->text : reason->text));
	count_record(s, tally);
}

void summary_add_record(struct summary *s)
{
	const struct slice domain = text_of(s, FIELD_ID_DMARC_DOMAIN);
	struct tally *tally = tally_by(s, SUMMARY_DMARC_DOMAINS, &domain, 1);
	int64_t start;

	/* The policy from the latest report. */
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

void summary_add_failure_report(struct summary *s)
{
	const struct document_value *what = s->view->lists[FIELD_ID_DMARC_FAILURE_AUTH_FAILURE];
	const struct slice texts[] = {
		cut(sender_name_of(s->view)),
		text_of(s, FIELD_ID_DMARC_HEADER_FROM),
		what ? utf8_prefix(what->text, TEXT_BYTES)
		     : text_of(s, FIELD_ID_DMARC_FAILURE_AUTH_FAILURE),
		text_of(s, FIELD_ID_DMARC_FAILURE_DELIVERY),
	};
	const uint64_t incidents = number_of(s, FIELD_ID_DMARC_INCIDENTS);

	add(&tally_by(s, SUMMARY_SINGLE_FAILURES, texts, 4)->counts[0], incidents);
	add(&s->incidents, incidents);
}

/* findings_dmarc.c - what DMARC reports mean: mail in the customer's name
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/organizational_domain.h"
#include "bridge/report/findings_make.h"
#include "bridge/report/trend.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
/* Less than one message in this many is not worth a warning. */
#define FEW 100
/* Services that are named one by one. */
#define SERVICES 5
#define MOST 64

/* What a finding is made of: rows of a table added up. */
struct pile {
	uint64_t messages, quarantined, rejected, delivered;
	struct name_list authors, sources;
	int64_t first, last;
};

static void pile_add(struct pile *pile, const struct tally *row, unsigned source, unsigned author)
{
	const bool empty = pile->sources.count == 0;

	pile->messages = count_sum(pile->messages, row->counts[DMARC_MESSAGES]);
	pile->quarantined = count_sum(pile->quarantined, row->counts[DMARC_QUARANTINED]);
	pile->rejected = count_sum(pile->rejected, row->counts[DMARC_REJECTED]);
	pile->delivered = count_sum(pile->delivered, row->counts[DMARC_DELIVERED]);
	name_list_add(&pile->sources, row->texts[source].data ? row->texts[source] : row->key);
	if (row->texts[author].size > 0)
		name_list_add(&pile->authors, row->texts[author]);
	pile->first = empty || row->first < pile->first ? row->first : pile->first;
	pile->last = empty || row->last > pile->last ? row->last : pile->last;
}

/* The largest rows name the pile, the sums are those of the whole table. */
static bool pile_of(const struct tally_table *table, struct pile *pile)
{
	const struct tally *rows[MOST];
	const size_t count = tally_largest(table, DMARC_MESSAGES, MOST, rows);

	*pile = (struct pile){ .messages = 0 };
	for (size_t i = 0; i < count; i++)
		pile_add(pile, rows[i], SENDER_SOURCE, SENDER_AUTHOR);
	pile->messages = pile->quarantined = pile->rejected = pile->delivered = 0;
	for (size_t i = 0; i <= table->alloc; i++) {
		const struct tally *row = i < table->alloc ? table->slots[i] : &table->others;

		if (!row)
			continue;
		pile->messages = count_sum(pile->messages, row->counts[DMARC_MESSAGES]);
		pile->quarantined = count_sum(pile->quarantined, row->counts[DMARC_QUARANTINED]);
		pile->rejected = count_sum(pile->rejected, row->counts[DMARC_REJECTED]);
		pile->delivered = count_sum(pile->delivered, row->counts[DMARC_DELIVERED]);
		if (row != &table->others && row->first < pile->first)
			pile->first = row->first;
		if (row->last > pile->last)
			pile->last = row->last;
	}
	pile->sources.count += tally_keys(table) - count;
	return pile->messages > 0;
}

static struct slice fate_of(uint64_t quarantined, uint64_t rejected)
{
	if (quarantined > 0 && rejected > 0)
		return slice_of("quarantined or rejected");
	return slice_of(rejected > 0 ? "rejected" : "quarantined");
}

static bool is_few(const struct summary *s, uint64_t messages)
{
	return messages < s->dmarc.counts[DMARC_MESSAGES] / FEW;
}

/* What is over is worth less than what goes on. */
static enum severity severity_then(enum severity severity, bool ended)
{
	if (!ended || severity >= SEVERITY_NOTICE)
		return severity;
	return (enum severity)(severity + 1);
}

/* The policy of the domain that a From domain is, or is below of. */
static struct slice policy_of(const struct summary *s, struct slice author)
{
	const struct tally_table *table = summary_table(s, SUMMARY_DMARC_DOMAINS);
	struct slice policy = slice_of(NULL);

	for (size_t i = 0; i < table->alloc; i++) {
		const struct tally *row = table->slots[i];

		if (row && slice_equal(row->texts[0], author))
			return row->texts[1];
		if (row && same_organization(row->texts[0], author))
			policy = row->texts[1];
	}
	return policy;
}

static struct slice policy_words(const struct summary *s, const struct pile *pile,
				 struct slice author)
{
	const struct slice policy = policy_of(s, author);

	if (slice_is(policy, "none"))
		return slice_of(
			pile->delivered > 0
				? "The policy p=none asks receivers to deliver it."
				: "The policy is p=none; the receivers stopped it all the same.");
	if (pile->delivered == 0)
		return slice_of("The DMARC policy was applied.");
	if (pile->quarantined + pile->rejected > 0)
		return slice_of("The DMARC policy was applied to part of it.");
	return slice_of("The DMARC policy was not applied to it.");
}

/* All messages with this domain in From. */
static uint64_t messages_from(const struct summary *s, struct slice author)
{
	const struct tally_table *table = summary_table(s, SUMMARY_TRENDS);
	uint64_t messages = 0;

	for (size_t i = 0; i < table->alloc; i++) {
		const struct tally *row = table->slots[i];

		if (!row || !slice_is(row->texts[TREND_TEXT_KIND], "author") ||
		    !slice_equal(row->texts[TREND_AUTHOR_DOMAIN], author))
			continue;
		messages = count_sum(messages, row->counts[TREND_PASSED]);
		messages = count_sum(messages, row->counts[TREND_FAILED]);
	}
	return messages;
}

/* whole: what the messages are a share of. */
static void fill(struct findings *f, const struct summary *s, struct finding *finding,
		 const struct pile *pile, uint64_t whole)
{
	finding->subject = name_list_text(&f->arena, &pile->authors);
	if (finding->subject.size == 0)
		finding->subject = slice_of("your domain");
	finding->weight = pile->messages;
	finding_add_figure(finding, "messages", pile->messages);
	finding_add_figure(finding, "delivered", pile->delivered);
	finding_add_figure(finding, "quarantined", pile->quarantined);
	finding_add_figure(finding, "rejected", pile->rejected);
	finding_add_share(finding, "share", pile->messages,
			  whole > pile->messages ? whole : pile->messages);
	finding_add_name(finding, "sources", name_list_text(&f->arena, &pile->sources));
	finding_set_days(finding, pile->first, pile->last, s->first_dmarc, s->last_dmarc);
}

/* --- mail that passed and was stopped ---------------------------------------------- */

struct stopped {
	struct slice author;
	struct pile pile;
	struct name_list reporters;
	struct slice reason;
};

static struct stopped *stopped_of(struct stopped *list, size_t *count, struct slice author)
{
	for (size_t i = 0; i < *count; i++)
		if (slice_equal(list[i].author, author))
			return &list[i];
	if (*count == MOST)
		return &list[MOST - 1];
	list[*count] = (struct stopped){ .author = author };
	return &list[(*count)++];
}

static void add_stopped(struct findings *f, const struct summary *s, const struct stopped *stopped)
{
	struct finding finding = { .severity = SEVERITY_CRITICAL };

	fill(f, s, &finding, &stopped->pile, messages_from(s, stopped->author));
	finding.severity = severity_then(SEVERITY_CRITICAL, finding.ended);
	finding_add_name(&finding, "fate",
			 fate_of(stopped->pile.quarantined, stopped->pile.rejected));
	finding_add_name(&finding, "reporters", name_list_text(&f->arena, &stopped->reporters));
	finding_add_name(&finding, "reason", stopped->reason);
	findings_add(f, FINDING_PASSED_STOPPED, &finding);
}

static void find_stopped(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count =
		tally_largest(summary_table(s, SUMMARY_STOPPED), DMARC_MESSAGES, MOST, rows);
	struct stopped list[MOST];
	size_t authors = 0;

	for (size_t i = 0; i < count; i++) {
		struct stopped *of = stopped_of(list, &authors, rows[i]->texts[STOPPED_AUTHOR]);

		pile_add(&of->pile, rows[i], STOPPED_NAME, STOPPED_AUTHOR);
		name_list_add(&of->reporters, rows[i]->texts[STOPPED_REPORTER]);
		if (of->reason.size == 0)
			of->reason = rows[i]->texts[STOPPED_REASON];
	}
	for (size_t i = 0; i < authors; i++)
		add_stopped(f, s, &list[i]);
}

/* --- services that broke ------------------------------------------------------------- */

static struct slice source_name(struct findings *f, const struct trend *trend)
{
	struct finding named = { .subject = trend->author };

	finding_add_name(&named, "name", trend->name);
	switch (trend->kind) {
	case TREND_SERVICE: return trend->name;
	case TREND_NETWORK: return finding_fill(&f->arena, &named, "the servers in {name}*");
	case TREND_SIGNATURE: return slice_of("the servers with this key");
	default: return finding_fill(&f->arena, &named, "the mail servers of {subject}");
	}
}

static void fill_trend(struct findings *f, struct finding *finding, const struct trend *trend,
		       const struct summary *s)
{
	struct slice domain, result;

	finding->subject = trend->author;
	finding->severity = severity_then(finding->severity, trend->ended);
	finding_set_days(finding, trend->first, trend->last, s->first_dmarc, s->last_dmarc);
	finding->ended = trend->ended;
	finding_add_figure(finding, "daily_before", trend->before);
	finding_add_figure(finding, "passed_meanwhile", trend->passed);
	finding_add_name(finding, "service", source_name(f, trend));
	if (trend->proof.size == 0)
		return;
	sender_split_proof(trend->proof, &domain, &result);
	finding_add_name(finding, "signing_domain", domain);
	if (domain.data > trend->proof.data)
		finding_add_name(finding, "selector",
				 slice_between(trend->proof.data, domain.data - 1));
}

static size_t find_broken(struct findings *f, const struct summary *s, struct trend *list)
{
	const size_t count = trends_broken(s, list);

	for (size_t i = 0; i < count; i++) {
		const uint64_t quarantined = list[i].stopped - list[i].rejected;
		struct finding finding = { .severity = SEVERITY_CRITICAL,
					   .weight = list[i].stopped };

		finding_add_figure(&finding, "messages", list[i].stopped);
		finding_add_figure(&finding, "quarantined", quarantined);
		finding_add_figure(&finding, "rejected", list[i].rejected);
		finding_add_name(&finding, "fate", fate_of(quarantined, list[i].rejected));
		fill_trend(f, &finding, &list[i], s);
		findings_add(f, FINDING_SERVICE_BROKE, &finding);
	}
	return count;
}

static const struct trend *trend_of(const struct trend *list, size_t count, struct slice author)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(list[i].author, author))
			return &list[i];
	return NULL;
}

static size_t find_mis_signed(struct findings *f, const struct summary *s, struct trend *list,
			      const struct trend *broken, size_t broken_count)
{
	const size_t count = trends_mis_signed(s, list);

	for (size_t i = 0; i < count; i++) {
		struct finding finding = { .severity = SEVERITY_WARNING,
					   .weight = list[i].mis_signed };

		if (trend_of(broken, broken_count, list[i].author))
			continue;
		finding_add_figure(&finding, "messages", list[i].mis_signed);
		fill_trend(f, &finding, &list[i], s);
		findings_add(f, FINDING_SIGNATURE_BROKE, &finding);
	}
	return count;
}

static void find_gone(struct findings *f, const struct summary *s)
{
	struct trend list[TRENDS_MAX];
	const size_t count = trends_gone(s, list);

	for (size_t i = 0; i < count; i++) {
		struct finding finding = { .severity = SEVERITY_NOTICE, .weight = list[i].passed };

		fill_trend(f, &finding, &list[i], s);
		findings_add(f, FINDING_GONE, &finding);
	}
}

/* --- what fails, and what is fragile ---------------------------------------------------- */

/* The addresses that the service sent from, in place of its name. */
static void name_addresses(const struct summary *s, const struct tally *service, struct pile *pile)
{
	const struct tally *rows[MOST];
	const size_t count =
		tally_largest(summary_senders(s, SENDER_FOREIGN), DMARC_MESSAGES, MOST, rows);
	struct name_list addresses = { .count = 0 };

	for (size_t i = 0; i < count; i++) {
		const struct slice *texts = rows[i]->texts;

		if (slice_equal(texts[SENDER_AUTHOR], service->texts[SERVICE_AUTHOR]) &&
		    same_organization(texts[SENDER_IDENTITY], service->texts[SERVICE_IDENTITY]))
			name_list_add(&addresses, texts[SENDER_SOURCE]);
	}
	pile->sources = addresses;
}

static void find_unaligned(struct findings *f, const struct summary *s)
{
	const struct tally *rows[SERVICES];
	const size_t count =
		tally_largest(summary_table(s, SUMMARY_SERVICES), DMARC_MESSAGES, SERVICES, rows);

	for (size_t i = 0; i < count; i++) {
		struct pile pile = { .messages = 0 };
		struct finding finding = { .severity = SEVERITY_WARNING };

		if (rows[i]->texts[SERVICE_NAME].size == 0)
			continue;
		pile_add(&pile, rows[i], SERVICE_NAME, SERVICE_AUTHOR);
		name_addresses(s, rows[i], &pile);
		fill(f, s, &finding, &pile, messages_from(s, rows[i]->texts[SERVICE_AUTHOR]));
		finding.severity = is_few(s, pile.messages)
					   ? SEVERITY_NOTICE
					   : severity_then(SEVERITY_WARNING, finding.ended);
		finding_add_name(&finding, "service", rows[i]->texts[SERVICE_NAME]);
		finding_add_name(&finding, "identity", rows[i]->texts[SERVICE_IDENTITY]);
		finding_add_name(&finding, "policy_words",
				 policy_words(s, &pile, rows[i]->texts[SERVICE_AUTHOR]));
		findings_add(f, FINDING_UNALIGNED, &finding);
	}
}

/* A break explains the failing mail of its domain, or nearly all of it. */
static bool is_explained(const struct pile *pile, const struct trend *trends, size_t count)
{
	uint64_t explained = 0;

	for (size_t i = 0; i < count; i++)
		explained = count_sum(explained, trends[i].mis_signed);
	return explained >= pile->messages - pile->messages / 10;
}

static void find_class(struct findings *f, const struct summary *s, enum sender_class class,
		       enum finding_id id, enum severity severity, const struct trend *trends,
		       size_t count)
{
	struct finding finding = { .code = NULL };
	struct pile pile;

	if (!pile_of(summary_senders(s, class), &pile) || is_explained(&pile, trends, count))
		return;
	fill(f, s, &finding, &pile, s->dmarc.counts[DMARC_MESSAGES]);
	if (severity == SEVERITY_WARNING && is_few(s, pile.messages))
		severity = SEVERITY_NOTICE;
	finding.severity = severity_then(severity, finding.ended);
	finding_add_name(&finding, "fate", fate_of(pile.quarantined, pile.rejected));
	finding_add_name(&finding, "policy_words", policy_words(s, &pile, pile.authors.names[0]));
	findings_add(f, id, &finding);
}

static void find_unauthenticated(struct findings *f, const struct summary *s)
{
	struct pile pile;

	if (!pile_of(summary_senders(s, SENDER_UNAUTHENTICATED), &pile))
		return;
	if (pile.delivered > 0)
		find_class(f, s, SENDER_UNAUTHENTICATED, FINDING_FORGED_DELIVERED, SEVERITY_WARNING,
			   NULL, 0);
	else if (pile.quarantined + pile.rejected > 0)
		find_class(f, s, SENDER_UNAUTHENTICATED, FINDING_FORGED_STOPPED, SEVERITY_OK, NULL,
			   0);
}

static void find_no_policy(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count =
		tally_largest(summary_table(s, SUMMARY_DMARC_DOMAINS), DMARC_MESSAGES, MOST, rows);
	struct finding finding = { .severity = SEVERITY_NOTICE };
	struct name_list names = { .count = 0 };
	uint64_t all = 0, failing = 0;

	for (size_t i = 0; i < count; i++) {
		if (!slice_is(rows[i]->texts[1], "none"))
			continue;
		name_list_add(&names, rows[i]->texts[0]);
		all = count_sum(all, rows[i]->counts[DMARC_MESSAGES]);
		failing = count_sum(failing, rows[i]->counts[DMARC_REFUSABLE]);
	}
	if (names.count == 0)
		return;
	finding.subject = name_list_text(&f->arena, &names);
	finding.weight = failing;
	finding_add_figure(&finding, "messages", all);
	finding_add_figure(&finding, "failing", failing);
	finding_add_share(&finding, "share", failing, all);
	findings_add(f, FINDING_NO_POLICY, &finding);
}

void findings_of_dmarc(struct findings *f, const struct summary *s)
{
	struct trend broken[TRENDS_MAX], mis_signed[TRENDS_MAX];
	struct finding none = { .severity = SEVERITY_NOTICE };
	size_t broken_count, mis_signed_count;

	if (!summary_has_dmarc(s)) {
		if (s->documents > 0)
			findings_add(f, FINDING_NO_DMARC, &none);
		return;
	}
	find_stopped(f, s);
	broken_count = find_broken(f, s, broken);
	mis_signed_count = find_mis_signed(f, s, mis_signed, broken, broken_count);
	find_unaligned(f, s);
	find_unauthenticated(f, s);
	find_class(f, s, SENDER_BROKEN, FINDING_MIS_SIGNED, SEVERITY_WARNING, broken, broken_count);
	find_class(f, s, SENDER_MISALIGNED, FINDING_MISALIGNED, SEVERITY_WARNING, NULL, 0);
	find_class(f, s, SENDER_SPF_ONLY, FINDING_SPF_ONLY, SEVERITY_WARNING, mis_signed,
		   mis_signed_count);
	find_class(f, s, SENDER_LIST, FINDING_LIST, SEVERITY_NOTICE, NULL, 0);
	find_class(f, s, SENDER_FORWARDER, FINDING_FORWARDER, SEVERITY_OK, NULL, 0);
	find_gone(f, s);
	find_no_policy(f, s);
}

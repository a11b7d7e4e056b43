/* findings_dmarc.c - findings about mail from the customer's domains (DMARC reports)
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_pile.h"
#include "ingest/report/report.h"

/* --- mail that passed DMARC and was stopped all the same ---------------------------------- */

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
	if (*count == PILE_ROWS)
		return &list[PILE_ROWS - 1];
	list[*count] = (struct stopped){ .author = author };
	return &list[(*count)++];
}

static void add_stopped(struct findings *f, const struct summary *s, const struct stopped *stopped)
{
	struct finding finding = { .severity = SEVERITY_CRITICAL };

	pile_fill(f, s, &finding, &stopped->pile, messages_from(s, stopped->author));
	finding.severity = severity_then(SEVERITY_CRITICAL, finding.ended);
	finding_add_name(&finding, "fate",
			 fate_of(stopped->pile.quarantined, stopped->pile.rejected));
	finding_add_name(&finding, "reporters", name_list_text(&f->arena, &stopped->reporters));
	finding_add_name(&finding, "reason", stopped->reason);
	findings_add(f, FINDING_PASSED_STOPPED, &finding);
}

static void find_stopped(struct findings *f, const struct summary *s)
{
	const struct tally *rows[PILE_ROWS];
	const size_t count = tally_largest(summary_table(s, SUMMARY_STOPPED), DMARC_MESSAGES,
					   PILE_ROWS, rows);
	struct stopped list[PILE_ROWS];
	size_t authors = 0;

	for (size_t i = 0; i < count; i++) {
		struct stopped *of = stopped_of(list, &authors, rows[i]->texts[STOPPED_AUTHOR]);

		pile_add(&of->pile, rows[i], tally_name(rows[i]), STOPPED_AUTHOR);
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
	finding_add_service(finding, s, source_name(f, trend), trend->author);
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

/* Mail of an approved sender fails, whatever its disposition. */
static size_t find_approved(struct findings *f, const struct summary *s, struct trend *list,
			    const struct trend *broken, size_t broken_count)
{
	const size_t count = trends_approved(s, list);

	for (size_t i = 0; i < count; i++) {
		struct finding finding = { .severity = SEVERITY_WARNING, .weight = list[i].failed };

		if (trend_of(broken, broken_count, list[i].author))
			continue;
		finding_add_figure(&finding, "messages", list[i].failed);
		fill_trend(f, &finding, &list[i], s);
		findings_add(f, FINDING_APPROVED_FAILS, &finding);
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

/* Whether known breaks explain at least nine tenths of the domain's failing mail. */
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
	pile_fill(f, s, &finding, &pile, s->dmarc.counts[DMARC_MESSAGES]);
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
	const struct tally *rows[PILE_ROWS];
	const size_t count = tally_largest(summary_table(s, SUMMARY_DMARC_DOMAINS), DMARC_MESSAGES,
					   PILE_ROWS, rows);
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
	struct trend broken[TRENDS_MAX], mis_signed[TRENDS_MAX], approved[TRENDS_MAX];
	struct finding none = { .severity = SEVERITY_NOTICE };
	size_t broken_count, mis_signed_count, approved_count;

	if (!summary_has_dmarc(s)) {
		if (s->documents > 0)
			findings_add(f, FINDING_NO_DMARC, &none);
		return;
	}
	find_stopped(f, s);
	broken_count = find_broken(f, s, broken);
	mis_signed_count = find_mis_signed(f, s, mis_signed, broken, broken_count);
	approved_count = find_approved(f, s, approved, broken, broken_count);
	findings_of_senders(f, s, approved, approved_count);
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

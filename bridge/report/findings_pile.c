/* findings_pile.c - sums the rows of a table for one finding
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_pile.h"

#include "base/organizational_domain.h"
#include "ingest/report/report.h"

/* Less than one message in this many does not justify a warning. */
#define FEW 100

/* The servers of the author's own domain are listed by address. */
static struct slice name_of(const struct tally *row)
{
	return row->texts[SENDER_ADDRESSES].size > 0 && same_organization(row->texts[SENDER_SOURCE],
									  row->texts[SENDER_AUTHOR])
		       ? row->texts[SENDER_ADDRESSES]
	       : row->texts[SENDER_SOURCE].data ? row->texts[SENDER_SOURCE]
						: row->key;
}

void pile_add(struct pile *pile, const struct tally *row, struct slice source, unsigned author)
{
	const bool empty = pile->sources.count == 0;

	pile->messages = count_sum(pile->messages, row->counts[DMARC_MESSAGES]);
	pile->quarantined = count_sum(pile->quarantined, row->counts[DMARC_QUARANTINED]);
	pile->rejected = count_sum(pile->rejected, row->counts[DMARC_REJECTED]);
	pile->delivered = count_sum(pile->delivered, row->counts[DMARC_DELIVERED]);
	name_list_add(&pile->sources, source);
	if (row->texts[author].size > 0)
		name_list_add(&pile->authors, row->texts[author]);
	pile->first = empty || row->first < pile->first ? row->first : pile->first;
	pile->last = empty || row->last > pile->last ? row->last : pile->last;
}

bool pile_of(const struct tally_table *table, struct pile *pile)
{
	const struct tally *rows[PILE_ROWS];
	const size_t count = tally_largest(table, DMARC_MESSAGES, PILE_ROWS, rows);

	*pile = (struct pile){ .messages = 0 };
	for (size_t i = 0; i < count; i++)
		pile_add(pile, rows[i], name_of(rows[i]), SENDER_AUTHOR);
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

struct slice fate_of(uint64_t quarantined, uint64_t rejected)
{
	if (quarantined > 0 && rejected > 0)
		return slice_of("quarantined or rejected");
	return slice_of(rejected > 0 ? "rejected" : "quarantined");
}

bool is_few(const struct summary *s, uint64_t messages)
{
	return messages < s->dmarc.counts[DMARC_MESSAGES] / FEW;
}

enum severity severity_then(enum severity severity, bool ended)
{
	if (!ended || severity >= SEVERITY_NOTICE)
		return severity;
	return (enum severity)(severity + 1);
}

/* The policy of the domain that is the From domain or a parent of it. */
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

struct slice policy_words(const struct summary *s, const struct pile *pile, struct slice author)
{
	const struct slice policy = policy_of(s, author);

	if (slice_is(policy, "none"))
		return slice_of(pile->delivered > 0
					? "The policy p=none asks receivers to deliver it."
					: "The policy is p=none, but receivers stopped it.");
	if (pile->delivered == 0)
		return slice_of("The DMARC policy was applied.");
	if (pile->quarantined + pile->rejected > 0)
		return slice_of("The DMARC policy was applied to part of it.");
	return slice_of("The DMARC policy was not applied to it.");
}

uint64_t messages_from(const struct summary *s, struct slice author)
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

void pile_fill(struct findings *f, const struct summary *s, struct finding *finding,
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
	finding_add_name(finding, "sources",
			 pile->where.size > 0 ? pile->where
					      : name_list_text(&f->arena, &pile->sources));
	finding_set_days(finding, pile->first, pile->last, s->first_dmarc, s->last_dmarc);
}

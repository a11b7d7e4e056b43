/* findings_dmarc.c - what DMARC reports mean: mail in your name
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/strbuf.h"
#include "bridge/report/findings_make.h"
#include "ingest/report/report.h"

/* Less than one message in this many is not worth a warning. */
#define FEW 100
#define NAMED 3
#define MOST 64

static uint64_t sum_of(const struct tally_table *table, unsigned which)
{
	uint64_t sum = table->others.counts[which];

	for (size_t i = 0; i < table->alloc; i++)
		if (table->slots[i])
			sum = count_sum(sum, table->slots[i]->counts[which]);
	return sum;
}

static enum finding_level level_of(const struct summary *s, enum sender_class class)
{
	const struct tally_table *table = summary_senders(s, class);
	const uint64_t stopped = count_sum(sum_of(table, DMARC_REJECTED), sum_of(table, DMARC_QUARANTINED));
	const bool few = s->senders[class] < s->dmarc.counts[DMARC_MESSAGES] / FEW;

	switch (class) {
	case SENDER_SPF_ONLY: return few ? FINDING_WATCH : FINDING_AT_RISK;
	case SENDER_LIST: return FINDING_WATCH;
	case SENDER_BROKEN: return few ? FINDING_WATCH : FINDING_AT_RISK;
	case SENDER_FOREIGN: return stopped > 0 && !few ? FINDING_AT_RISK : FINDING_WATCH;
	case SENDER_UNAUTHENTICATED:
		return sum_of(table, DMARC_DELIVERED) > 0 ? FINDING_AT_RISK : FINDING_FINE;
	default: return FINDING_FINE;
	}
}

/* "a, b, c and 4 more" */
static struct slice names_of(struct findings *f, const struct tally_table *table)
{
	const struct tally *rows[NAMED];
	const size_t count = tally_largest(table, DMARC_MESSAGES, NAMED, rows);
	const size_t keys = tally_keys(table);
	struct strbuf text;
	struct slice copy;

	strbuf_init(&text, 4096);
	for (size_t i = 0; i < count; i++) {
		const struct slice *texts = rows[i]->texts;

		strbuf_add_text(&text, i > 0 ? ", " : "");
		strbuf_add_text(&text, finding_name(f, texts[0].data ? texts[0] : rows[i]->key));
		if (texts[SENDER_AUTHOR].size > 0)
			strbuf_add_format(&text, " (From %s)", finding_name(f, texts[SENDER_AUTHOR]));
		if (texts[SENDER_IDENTITY].size > 0)
			strbuf_add_format(&text, " proved %s", finding_name(f, texts[SENDER_IDENTITY]));
	}
	if (keys > count)
		strbuf_add_format(&text, " and %zu more", keys - count);
	copy = arena_slice(&f->arena, strbuf_slice(&text));
	strbuf_release(&text);
	return copy;
}

/* How many other sources than the largest there are, whatever the author; of
 * very many, the keys are counted and not compared. */
static size_t other_sources(const struct tally_table *table)
{
	const struct tally *rows[MOST];
	const size_t count = tally_largest(table, DMARC_MESSAGES, MOST, rows);
	size_t distinct = 0;

	for (size_t i = 0; i < count; i++) {
		size_t before = 0;

		while (before < i && !slice_equal(rows[before]->texts[SENDER_SOURCE],
						  rows[i]->texts[SENDER_SOURCE]))
			before++;
		if (before == i)
			distinct++;
	}
	return distinct - 1 + tally_keys(table) - count;
}

static struct slice amount_of(struct findings *f, const struct tally_table *table, uint64_t messages)
{
	const uint64_t quarantined = sum_of(table, DMARC_QUARANTINED);
	const uint64_t rejected = sum_of(table, DMARC_REJECTED);
	char a[NUMBER_TEXT_SIZE], b[NUMBER_TEXT_SIZE], c[NUMBER_TEXT_SIZE];

	if (quarantined + rejected == 0)
		return finding_text(f, "%s message%s, all delivered", number_text(messages, a),
				    plural(messages));
	return finding_text(f, "%s message%s, %s quarantined, %s refused", number_text(messages, a),
			    plural(messages), number_text(quarantined, b), number_text(rejected, c));
}

/* The first and the last day of any source. */
static void find_days(const struct tally_table *table, struct finding *finding)
{
	finding->first = INT64_MAX;
	finding->last = INT64_MIN;
	for (size_t i = 0; i < table->alloc; i++) {
		const struct tally *t = table->slots[i];

		if (t && t->first < finding->first)
			finding->first = t->first;
		if (t && t->last > finding->last)
			finding->last = t->last;
	}
}

static void add_senders(struct findings *f, const struct summary *s, enum sender_class class)
{
	const struct tally_table *table = summary_senders(s, class);
	const struct sender_words *words = sender_words(class);
	const struct tally *largest;
	struct finding finding = {
		.level = level_of(s, class),
		.why = slice_of(words->cause),
		.advice = slice_of(words->advice),
		.weight = s->senders[class],
	};
	size_t others;

	if (s->senders[class] == 0 || tally_largest(table, DMARC_MESSAGES, 1, &largest) == 0)
		return;
	others = other_sources(table);
	finding.title = others == 0
				? finding_text(f, "%s %s", finding_name(f, largest->texts[0]), words->does)
				: finding_text(f, "%s %s; so do %zu other source%s",
					       finding_name(f, largest->texts[0]), words->does, others,
					       plural(others));
	finding.where = names_of(f, table);
	finding.amount = amount_of(f, table, s->senders[class]);
	find_days(table, &finding);
	finding.since_start = finding.first <= s->first;
	finding_add(f, &finding);
}

static void add_no_policy(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count =
		tally_largest(summary_table(s, SUMMARY_DMARC_DOMAINS), DMARC_MESSAGES, MOST, rows);
	struct finding_names names = { .count = 0 };
	uint64_t all = 0, hit = 0;
	char number[NUMBER_TEXT_SIZE], total[NUMBER_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		if (!slice_is(rows[i]->texts[1], "none"))
			continue;
		finding_names_add(f, &names, rows[i]->texts[0]);
		all = count_sum(all, rows[i]->counts[DMARC_MESSAGES]);
		hit = count_sum(hit, rows[i]->counts[DMARC_REFUSABLE]);
	}
	if (names.count == 0)
		return;
	finding_add(f, &(struct finding){
		.level = FINDING_WATCH,
		.title = finding_text(f, "%s ask%s nobody to stop forged mail (p=none)",
				      finding_names_text(f, &names), names.count == 1 ? "s" : ""),
		.why = slice_of("The DMARC policy is none: receivers report and deliver."),
		.effect = finding_text(f, "With p=reject, %s of %s messages (%.1f %%) would have been "
				       "refused.", number_text(hit, number), number_text(all, total),
				       all > 0 ? 100.0 * (double)hit / (double)all : 0.0),
		.advice = slice_of("Look at the sources below that fail. When all of those are strangers, "
				   "go to p=quarantine, and then to p=reject."),
		.weight = hit,
	});
}

static void add_missing(struct findings *f)
{
	finding_add(f, &(struct finding){
		.level = FINDING_WATCH,
		.title = slice_of("Nobody reports about mail in your name (DMARC)"),
		.why = slice_of("There is no DMARC report here, so who sends mail in your name is not "
				"known."),
		.advice = slice_of("Publish a TXT record at _dmarc.<your domain>: v=DMARC1; p=none; "
				   "rua=mailto:<this mailbox>. Where the mailbox is in another domain, "
				   "that domain has to allow it: TXT v=DMARC1 at "
				   "<your domain>._report._dmarc.<its domain>."),
	});
}

void findings_of_dmarc(struct findings *f, const struct summary *s)
{
	for (unsigned class = SENDER_FORWARDER; class < SENDER_CLASSES; class++)
		add_senders(f, s, class);
	add_no_policy(f, s);
	if (!summary_has_dmarc(s) && s->documents > 0)
		add_missing(f);
}

/* page_dmarc.c - the page: DMARC, mail in your name
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "bridge/report/page_plot.h"
#include "bridge/report/page_table.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
/* A source is new in its first week, once there is a time before that. */
#define NEW_DAYS 7
#define SENDER_ROWS 10
/* So many are looked through for one source under several domains. */
#define SENDERS_READ 40

static void put_plots(const struct page *page)
{
	const struct tally_table *days = summary_table(page->summary, SUMMARY_DMARC_DAYS);

	page_begin_plots(page);
	plot_bars(page->out,
		  &(struct plot){
			  .id = "p-mail",
			  .title = "Messages by what became of them",
			  .days = days,
			  .split = page_split(page),
			  .series = { { "passed and delivered", "good", DMARC_PASSED_DELIVERED },
				      { "failed and delivered", "warn", DMARC_DELIVERED },
				      { "quarantined", "soft", DMARC_QUARANTINED },
				      { "rejected", "bad", DMARC_REJECTED } },
		  });
	plot_share(page->out, &(struct plot){
				      .id = "p-rate",
				      .title = "Share of mail that passes DMARC",
				      .days = days,
				      .split = page_split(page),
				      .series = { { "passed", "good", DMARC_PASSED },
						  { "messages", "soft", DMARC_MESSAGES } },
			      });
	page_end_plots(page);
}

static void put_domains(const struct page *page)
{
	static const char *const columns[] = { "Domain",
					       "Policy",
					       "#Messages",
					       "#Passed",
					       "#DKIM aligned",
					       "#SPF aligned",
					       "#Quarantined",
					       "#Rejected",
					       "#p=reject would hit",
					       NULL };
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_DMARC_DOMAINS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, DMARC_MESSAGES, PAGE_ROWS, rows);
	struct page_table table =
		table_begin(page->out, "Volume and authentication by domain", columns);

	for (size_t i = 0; i < count; i++) {
		const uint64_t *counts = rows[i]->counts;

		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		cell_text(&table, rows[i]->texts[1]);
		cell_number(&table, counts[DMARC_MESSAGES]);
		cell_share(&table, counts[DMARC_PASSED], counts[DMARC_MESSAGES]);
		cell_share(&table, counts[DMARC_DKIM], counts[DMARC_MESSAGES]);
		cell_share(&table, counts[DMARC_SPF], counts[DMARC_MESSAGES]);
		cell_number(&table, counts[DMARC_QUARANTINED]);
		cell_number(&table, counts[DMARC_REJECTED]);
		cell_number(&table, counts[DMARC_REFUSABLE]);
	}
	table_end_of(&table, keys, count);
}

/* What p=reject would hit, by kind of source: is it one's own mail? */
static void put_readiness(const struct page *page)
{
	const struct summary *s = page->summary;
	const uint64_t hit = s->dmarc.counts[DMARC_REFUSABLE];
	bool first = true;

	fputs("<h3>What p=reject would hit</h3>\n<p>", page->out);
	html_number(page->out, hit);
	fprintf(page->out, " of ");
	html_number(page->out, s->dmarc.counts[DMARC_MESSAGES]);
	fputs(" messages (", page->out);
	html_share(page->out, hit, s->dmarc.counts[DMARC_MESSAGES]);
	fputs(")", page->out);
	for (unsigned class = 0; class < SENDER_CLASSES; class ++) {
		if (!sender_words(class)->fails || s->senders[class] == 0)
			continue;
		fputs(first ? ": " : ", ", page->out);
		fprintf(page->out, "%s ", sender_words(class)->name);
		html_number(page->out, s->senders[class]);
		first = false;
	}
	fputs(".</p>\n", page->out);
}

/* What tells most about a source of this kind: the identity it proves in place
 * of the author's, or the signature it carries. */
static enum sender_text detail_of(enum sender_class class)
{
	return class == SENDER_SERVICE || class == SENDER_FOREIGN ? SENDER_IDENTITY : SENDER_PROOF;
}

/* A source, whatever the domains in From. */
struct sender_row {
	struct tally sums;
	struct name_list authors;
};

static void merge(struct sender_row *row, const struct tally *t)
{
	const bool is_first = row->authors.count == 0;

	for (unsigned i = 0; i < TALLY_TEXTS && is_first; i++)
		row->sums.texts[i] = t->texts[i];
	for (unsigned i = 0; i < TALLY_COUNTS; i++)
		row->sums.counts[i] = count_sum(row->sums.counts[i], t->counts[i]);
	row->sums.key = t->key;
	row->sums.first = is_first || t->first < row->sums.first ? t->first : row->sums.first;
	row->sums.last = is_first || t->last > row->sums.last ? t->last : row->sums.last;
	name_list_add(&row->authors, t->texts[SENDER_AUTHOR]);
}

/* The rows of one source become one. */
static size_t merge_sources(const struct tally *const *rows, size_t count,
			    struct sender_row *merged)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < kept && !slice_equal(tally_name(&merged[at].sums), tally_name(rows[i])))
			at++;
		if (at == kept)
			merged[kept++] = (struct sender_row){ .authors.count = 0 };
		merge(&merged[at], rows[i]);
	}
	return kept;
}

static void put_first_seen(const struct page *page, struct page_table *table, const struct tally *t)
{
	const struct summary *s = page->summary;

	if (t->first > s->last - NEW_DAYS * DAY && s->last - s->first > NEW_DAYS * DAY)
		cell_new_day(table, t->first);
	else
		cell_day(table, t->first);
}

static void put_sender(const struct page *page, struct page_table *table,
		       const struct sender_row *row, enum sender_class class, bool networks)
{
	const struct tally *t = &row->sums;
	struct arena arena;

	arena_init(&arena, 4096);
	table_row(table);
	cell_name(table, tally_name(t));
	cell_text(table, name_list_text(&arena, &row->authors));
	cell_text(table, t->texts[detail_of(class)]);
	if (networks)
		cell_text(table, t->texts[SENDER_NETWORK]);
	cell_number(table, t->counts[DMARC_MESSAGES]);
	cell_number(table, t->counts[DMARC_QUARANTINED]);
	cell_number(table, t->counts[DMARC_REJECTED]);
	put_first_seen(page, table, t);
	cell_day(table, t->last);
	arena_release(&arena);
}

static void put_sender_table(const struct page *page, enum sender_class class)
{
	const struct tally_table *keys = summary_senders(page->summary, class);
	const struct tally *rows[SENDERS_READ];
	const size_t count = tally_largest(keys, DMARC_MESSAGES, SENDERS_READ, rows);
	struct sender_row merged[SENDERS_READ];
	const size_t sources = merge_sources(rows, count, merged);
	const size_t shown = sources < SENDER_ROWS ? sources : SENDER_ROWS;
	const char *columns[] = { "Source",
				  "From domain",
				  detail_of(class) == SENDER_IDENTITY ? "Passes for" : "Signature",
				  "#Messages",
				  "#Quarantined",
				  "#Rejected",
				  "First seen",
				  "Last seen",
				  NULL,
				  NULL };
	struct page_table table;
	bool networks = false;

	for (size_t i = 0; i < shown; i++)
		networks |= merged[i].sums.texts[SENDER_NETWORK].size > 0;
	if (networks) {
		memmove(columns + 4, columns + 3, 6 * sizeof(columns[0]));
		columns[3] = "Network";
	}
	table = table_begin(page->out, sender_words(class)->name, columns);
	for (size_t i = 0; i < shown; i++)
		put_sender(page, &table, &merged[i], class, networks);
	table_end_of(&table, keys, shown + (count - sources));
}

static void put_senders(const struct page *page, enum sender_class class)
{
	const struct sender_words *words = sender_words(class);
	const uint64_t messages = page->summary->senders[class];

	if (messages == 0)
		return;
	fprintf(page->out, "<div class=\"senders\"><h4 class=\"%s\"><b>%s</b> <span>",
		words->fails ? "fails" : "holds", words->name);
	html_number(page->out, messages);
	fprintf(page->out, " message%s, ", messages == 1 ? "" : "s");
	html_share(page->out, messages, page->summary->dmarc.counts[DMARC_MESSAGES]);
	fprintf(page->out, "</span></h4>\n<p>%s <b>What to do.</b> %s</p>\n", words->cause,
		words->advice);
	put_sender_table(page, class);
	fputs("</div>\n", page->out);
}

void page_dmarc(const struct page *page)
{
	fputs("<section id=\"dmarc\" aria-labelledby=\"dmarc-h\">\n"
	      "<h2 id=\"dmarc-h\">Mail in your name <span>DMARC</span></h2>\n"
	      "<p class=\"lead\">Who sends mail with your domain in From, and does it pass "
	      "DMARC?</p>\n",
	      page->out);
	if (summary_has_dmarc(page->summary)) {
		put_plots(page);
		put_domains(page);
		put_readiness(page);
		fputs("<h3>Who sends</h3>\n", page->out);
		for (unsigned class = SENDER_CLASSES; class -- > 0;)
			put_senders(page, class);
	} else {
		table_none(page->out, "There is no DMARC aggregate report.");
	}
	fputs("</section>\n", page->out);
}

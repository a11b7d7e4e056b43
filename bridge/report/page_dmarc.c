/* page_dmarc.c - the page: DMARC, mail in your name
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "bridge/report/page_plot.h"
#include "bridge/report/page_table.h"

#define DAY INT64_C(86400)
/* A source is new in its first week, once there is a time before that. */
#define NEW_DAYS 7
#define SENDER_ROWS 10

static void put_plots(const struct page *page)
{
	const struct tally_table *days = summary_table(page->summary, SUMMARY_DMARC_DAYS);

	plot_bars(page->out, &(struct plot){
		.id = "p-mail",
		.title = "Messages by what became of them",
		.unit = "messages",
		.days = days,
		.series = { { "authenticated", "good", DMARC_PASSED },
			    { "not authenticated, yet delivered", "warn", DMARC_DELIVERED },
			    { "quarantined", "soft", DMARC_QUARANTINED },
			    { "refused", "bad", DMARC_REJECTED } },
	});
	plot_share(page->out, &(struct plot){
		.id = "p-rate",
		.title = "Authenticated share of all mail",
		.unit = "messages",
		.days = days,
		.series = { { "authenticated", "good", DMARC_PASSED },
			    { "messages", "soft", DMARC_MESSAGES } },
	});
}

static void put_domains(const struct page *page)
{
	static const char *const columns[] = { "Domain", "Policy", "#Messages", "#Authenticated", "#DKIM aligned",
					       "#SPF aligned", "#Quarantined", "#Refused",
					       "#p=reject would hit", NULL };
	const struct tally_table *table = summary_table(page->summary, SUMMARY_DMARC_DOMAINS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(table, DMARC_MESSAGES, PAGE_ROWS, rows);

	table_begin(page->out, "Volume and authentication by domain", columns);
	for (size_t i = 0; i < count; i++) {
		const uint64_t *counts = rows[i]->counts;

		table_row(page->out);
		cell_name(page->out, rows[i]);
		cell_text(page->out, rows[i]->texts[1]);
		cell_number(page->out, counts[DMARC_MESSAGES]);
		cell_share(page->out, counts[DMARC_PASSED], counts[DMARC_MESSAGES]);
		cell_share(page->out, counts[DMARC_DKIM], counts[DMARC_MESSAGES]);
		cell_share(page->out, counts[DMARC_SPF], counts[DMARC_MESSAGES]);
		cell_number(page->out, counts[DMARC_QUARANTINED]);
		cell_number(page->out, counts[DMARC_REJECTED]);
		cell_number(page->out, counts[DMARC_REFUSABLE]);
	}
	table_end_of(page->out, table, count);
}

/* What p=reject would hit, by kind of source: is it one's own mail? */
static void put_readiness(const struct page *page)
{
	const struct summary *s = page->summary;
	const uint64_t hit = s->dmarc.counts[DMARC_REFUSABLE];
	bool first = true;

	fputs("<h3>Ready for p=reject? What it would hit</h3>\n<p>", page->out);
	html_number(page->out, hit);
	fprintf(page->out, " of ");
	html_number(page->out, s->dmarc.counts[DMARC_MESSAGES]);
	fputs(" messages (", page->out);
	html_share(page->out, hit, s->dmarc.counts[DMARC_MESSAGES]);
	fputs(")", page->out);
	for (unsigned class = 0; class < SENDER_CLASSES; class++) {
		if (!sender_words(class)->fails || s->senders[class] == 0)
			continue;
		fputs(first ? ": " : ", ", page->out);
		html_number(page->out, s->senders[class]);
		fprintf(page->out, " %s", sender_words(class)->name);
		first = false;
	}
	fputs(".</p>\n", page->out);
}

static void put_dates(const struct page *page, const struct tally *t)
{
	const struct summary *s = page->summary;
	const bool is_new = t->first > s->last - NEW_DAYS * DAY &&
			    s->last - s->first > NEW_DAYS * DAY;

	fputs("<td class=\"d\">", page->out);
	html_day(page->out, t->first);
	fputs(is_new ? " <b class=\"new\">new</b></td>" : "</td>", page->out);
	cell_day(page->out, t->last);
}

/* What tells most about a source of this kind: the identity it proves in place
 * of the author's, or the signature it carries. */
static enum sender_text detail_of(enum sender_class class)
{
	return class == SENDER_SERVICE || class == SENDER_FOREIGN ? SENDER_IDENTITY : SENDER_PROOF;
}

static void put_sender(const struct page *page, const struct tally *t, enum sender_class class,
		       bool networks)
{
	table_row(page->out);
	cell_name(page->out, t);
	cell_text(page->out, t->texts[SENDER_AUTHOR]);
	cell_text(page->out, t->texts[detail_of(class)]);
	if (networks)
		cell_text(page->out, t->texts[SENDER_NETWORK]);
	cell_number(page->out, t->counts[DMARC_MESSAGES]);
	cell_number(page->out, t->counts[DMARC_QUARANTINED]);
	cell_number(page->out, t->counts[DMARC_REJECTED]);
	put_dates(page, t);
}

static void put_sender_table(const struct page *page, enum sender_class class)
{
	const struct tally_table *table = summary_senders(page->summary, class);
	const struct tally *rows[SENDER_ROWS];
	const size_t count = tally_largest(table, DMARC_MESSAGES, SENDER_ROWS, rows);
	const char *columns[] = { "Source", "From domain",
				  detail_of(class) == SENDER_IDENTITY ? "Proves" : "Signature",
				  "#Messages", "#Quarantined", "#Refused", "First seen", "Last seen",
				  NULL, NULL };
	bool networks = false;

	for (size_t i = 0; i < count; i++)
		networks |= rows[i]->texts[SENDER_NETWORK].size > 0;
	if (networks) {
		memmove(columns + 4, columns + 3, 6 * sizeof(columns[0]));
		columns[3] = "Network";
	}
	table_begin(page->out, sender_words(class)->name, columns);
	for (size_t i = 0; i < count; i++)
		put_sender(page, rows[i], class, networks);
	table_end_of(page->out, table, count);
}

static void put_senders(const struct page *page, enum sender_class class)
{
	const struct sender_words *words = sender_words(class);
	const uint64_t messages = page->summary->senders[class];

	if (messages == 0)
		return;
	fprintf(page->out, "<div class=\"senders\"><h4 class=\"%s\">%s <span>",
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
	      "<p class=\"lead\">Who sends mail with your domain as author, and does it prove "
	      "that it may?</p>\n", page->out);
	if (summary_has_dmarc(page->summary)) {
		put_plots(page);
		put_domains(page);
		put_readiness(page);
		fputs("<h3>Who sends</h3>\n", page->out);
		for (unsigned class = SENDER_CLASSES; class-- > 0;)
			put_senders(page, class);
	} else {
		table_none(page->out, "There is no DMARC aggregate report.");
	}
	fputs("</section>\n", page->out);
}

/* page_dmarc.c - page section: DMARC, mail from the reader's domains
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "bridge/report/page_plot.h"
#include "bridge/report/page_table.h"

static void put_plots(const struct page *page)
{
	const struct tally_table *days = summary_table(page->summary, SUMMARY_DMARC_DAYS);

	page_begin_plots(page);
	plot_bars(page->out,
		  &(struct plot){
			  .id = "p-mail",
			  .title = "Messages by result",
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
	struct page_table table = table_begin(page->out, "Volume and authentication by domain",
					      columns);

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

/* Failing mail by kind of source: what p=reject would stop, and whether it is the owner's. */
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

void page_dmarc(const struct page *page)
{
	fputs("<section id=\"dmarc\" aria-labelledby=\"dmarc-h\">\n"
	      "<h2 id=\"dmarc-h\">Mail from your domains <span>DMARC</span></h2>\n"
	      "<p class=\"lead\">Who sends mail with your domain in From, and does it pass "
	      "DMARC?</p>\n",
	      page->out);
	if (summary_has_dmarc(page->summary)) {
		put_plots(page);
		put_domains(page);
		put_readiness(page);
		page_senders(page);
	} else {
		table_none(page->out, "There is no DMARC aggregate report.");
	}
	fputs("</section>\n", page->out);
}

/* page_tls.c - page section: SMTP TLS, mail to the reader's domains
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "bridge/report/page_plot.h"
#include "bridge/report/page_table.h"

static void put_plots(const struct page *page)
{
	static const char *const ids[] = { "p-sts", "p-dane", "p-none" };
	static const char *const titles[] = {
		[TLS_STS] = "MTA-STS: sessions",
		[TLS_DANE] = "DANE: sessions",
		[TLS_OTHER] = "No policy: sessions",
	};

	page_begin_plots(page);
	for (unsigned type = 0; type < TLS_TYPES; type++)
		plot_bars(page->out,
			  &(struct plot){
				  .id = ids[type],
				  .title = titles[type],
				  .days = summary_table(page->summary, SUMMARY_TLS_DAYS),
				  .split = page_split(page),
				  .series = { { "encrypted", "good", 2 * type + TLS_ENCRYPTED },
					      { "failed", "bad", 2 * type + TLS_FAILED } },
			  });
	page_end_plots(page);
}

static void put_session_cells(struct page_table *table, const struct tally *t)
{
	cell_number(table, t->counts[TLS_ENCRYPTED]);
	cell_bad(table, t->counts[TLS_FAILED]);
	cell_share(table, t->counts[TLS_FAILED], t->counts[TLS_ENCRYPTED] + t->counts[TLS_FAILED]);
}

static void put_policies(const struct page *page)
{
	static const char *const columns[] = { "Domain",      "Policy",  "Mode",
					       "#Encrypted",  "#Failed", "#Failure rate",
					       "Last report", NULL };
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_TLS_POLICIES);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, TLS_ENCRYPTED, PAGE_ROWS, rows);
	struct page_table table;

	table = table_begin(page->out, "Domains and how they are protected", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		cell_text(&table, policy_word(rows[i]->texts[1]));
		cell_text(&table, rows[i]->texts[2]);
		put_session_cells(&table, rows[i]);
		cell_day(&table, rows[i]->last);
	}
	table_end_of(&table, keys, count);
}

static void put_causes(const struct page *page)
{
	static const char *const columns[] = {
		"Result",           "Mail server", "Domain", "What it means",
		"#Failed sessions", "First",       "Last",   NULL
	};
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_TLS_FAILURES);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, 0, PAGE_ROWS, rows);
	struct page_table table;

	if (count == 0) {
		table_none(page->out, "No session has failed.");
		return;
	}
	table = table_begin(page->out, "What is wrong, where, and since when", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		cell_text(&table, rows[i]->texts[FAILURE_HOST]);
		cell_text(&table, rows[i]->texts[FAILURE_DOMAIN]);
		cell_long(&table, rows[i]->texts[FAILURE_CAUSE]);
		cell_bad(&table, rows[i]->counts[0]);
		cell_day(&table, rows[i]->first);
		cell_day(&table, rows[i]->last);
	}
	table_end_of(&table, keys, count);
}

static void put_hosts(const struct page *page)
{
	static const char *const columns[] = {
		"Mail server", "Address", "Result", "#Failed sessions", "First", "Last", NULL
	};
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_TLS_HOSTS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, 0, PAGE_ROWS, rows);
	struct page_table table;

	if (count == 0)
		return;
	table = table_begin(page->out, "Your mail servers that failed", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		cell_text(&table, rows[i]->texts[1]);
		cell_text(&table, rows[i]->texts[2]);
		cell_bad(&table, rows[i]->counts[0]);
		cell_day(&table, rows[i]->first);
		cell_day(&table, rows[i]->last);
	}
	table_end_of(&table, keys, count);
}

static void put_reporters(const struct page *page)
{
	static const char *const columns[] = { "Reporter", "Policy",        "#Encrypted",
					       "#Failed",  "#Failure rate", "Last report",
					       NULL };
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_TLS_REPORTERS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, TLS_ENCRYPTED, PAGE_ROWS, rows);
	struct page_table table;

	table = table_begin(page->out, "Who reports, and who sees failures", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		cell_text(&table, policy_word(rows[i]->texts[1]));
		put_session_cells(&table, rows[i]);
		cell_day(&table, rows[i]->last);
	}
	table_end_of(&table, keys, count);
}

static void put_as_seen(const struct page *page)
{
	static const char *const columns[] = { "Domain",   "Policy", "As reporters saw it",
					       "#Reports", "First",  "Last",
					       NULL };
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_TLS_AS_SEEN);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, 0, PAGE_ROWS, rows);
	struct page_table table;

	table = table_begin(page->out, "The policy as reporters saw it", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		cell_text(&table, policy_word(rows[i]->texts[1]));
		cell_long(&table, rows[i]->texts[3]);
		cell_number(&table, rows[i]->counts[0]);
		cell_day(&table, rows[i]->first);
		cell_day(&table, rows[i]->last);
	}
	table_end_of(&table, keys, count);
}

void page_tls(const struct page *page)
{
	fputs("<section id=\"tls\" aria-labelledby=\"tls-h\">\n"
	      "<h2 id=\"tls-h\">Mail to your domains <span>SMTP TLS</span></h2>\n"
	      "<p class=\"lead\">Could other servers deliver to you over an encrypted and verified "
	      "connection?</p>\n",
	      page->out);
	if (summary_has_tls(page->summary)) {
		put_plots(page);
		put_policies(page);
		put_causes(page);
		put_hosts(page);
		put_reporters(page);
		put_as_seen(page);
	} else {
		table_none(page->out, "There is no SMTP TLS report.");
	}
	fputs("</section>\n", page->out);
}

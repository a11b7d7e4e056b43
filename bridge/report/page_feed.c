/* page_feed.c - page section: single failures, and the reports themselves
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "bridge/report/page_table.h"
#include "ingest/report/reason.h"

void page_failures(const struct page *page)
{
	static const char *const columns[] = { "Source",   "From domain", "What failed",
					       "Delivery", "#Messages",   "First",
					       "Last",     NULL };
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_SINGLE_FAILURES);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, 0, PAGE_ROWS, rows);
	struct page_table table;

	if (count == 0)
		return;
	fputs("<section id=\"failures\" aria-labelledby=\"failures-h\">\n"
	      "<h2 id=\"failures-h\">Single failures <span>DMARC failure reports</span></h2>\n"
	      "<p class=\"lead\">Single messages that failed. Few receivers report them: their "
	      "details tell more than their number.</p>\n",
	      page->out);
	table = table_begin(page->out, "Who sent them", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		for (unsigned k = 1; k < 4; k++)
			cell_text(&table, rows[i]->texts[k]);
		cell_number(&table, rows[i]->counts[0]);
		cell_day(&table, rows[i]->first);
		cell_day(&table, rows[i]->last);
	}
	table_end_of(&table, keys, count);
	fputs("</section>\n", page->out);
}

static void put_reporters(const struct page *page)
{
	static const char *const columns[] = {
		"Reporter",         "#Reports", "#Messages", "#Encrypted sessions",
		"#Failed sessions", "First",    "Last",      NULL
	};
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_REPORTERS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, REPORTER_REPORTS, PAGE_ROWS, rows);
	struct page_table table;

	if (count == 0) {
		table_none(page->out, "No reporter has sent a report.");
		return;
	}
	table = table_begin(page->out, "Who reports", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		for (unsigned k = 0; k < REPORTER_FAILED; k++)
			cell_number(&table, rows[i]->counts[k]);
		cell_bad(&table, rows[i]->counts[REPORTER_FAILED]);
		cell_day(&table, rows[i]->first);
		cell_day(&table, rows[i]->last);
	}
	table_end_of(&table, keys, count);
}

static const char *meaning_of(struct slice code)
{
	const struct reason *reason = reasons;

	while (reason->code && !slice_is(code, reason->code))
		reason++;
	return reason->meaning;
}

static void put_rejects(const struct page *page)
{
	static const char *const columns[] = { "Reason", "What it means", "For example", "#Pieces",
					       NULL };
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_REJECTS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, 0, PAGE_ROWS, rows);
	struct page_table table;

	if (count == 0) {
		if (page->summary->reports > 0)
			table_none(page->out, "Everything could be read.");
		return;
	}
	table = table_begin(page->out, "Why mails could not be read", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		cell_long(&table, slice_of(meaning_of(rows[i]->key)));
		cell_text(&table, rows[i]->texts[1]);
		cell_number(&table, rows[i]->counts[0]);
	}
	table_end_of(&table, keys, count);
}

static void put_quirks(const struct page *page)
{
	static const char *const columns[] = { "Reporter", "Code", "Meaning", "#Reports", NULL };
	const struct tally_table *keys = summary_table(page->summary, SUMMARY_QUIRKS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(keys, 0, PAGE_ROWS, rows);
	struct page_table table;

	if (count == 0)
		return;
	table = table_begin(page->out, "Quirks of reports that were read", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(&table);
		cell_name(&table, tally_name(rows[i]));
		cell_text(&table, rows[i]->texts[1]);
		cell_long(&table, rows[i]->texts[2]);
		cell_number(&table, rows[i]->counts[0]);
	}
	table_end_of(&table, keys, count);
}

void page_feed(const struct page *page)
{
	fputs("<section id=\"feed\" aria-labelledby=\"feed-h\">\n"
	      "<h2 id=\"feed-h\">The reports <span>feed health</span></h2>\n"
	      "<p class=\"lead\">Who reports, what could not be read, and who sends reports that "
	      "are odd.</p>\n",
	      page->out);
	put_reporters(page);
	put_rejects(page);
	put_quirks(page);
	fputs("</section>\n", page->out);
}

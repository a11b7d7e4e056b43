/* page_feed.c - the page: single failures, and the reports themselves
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "bridge/report/page_table.h"
#include "ingest/report/reason.h"

void page_failures(const struct page *page)
{
	static const char *const columns[] = { "Source", "From domain", "What failed",
					       "What became of it", "#Messages", "First", "Last",
					       NULL };
	const struct tally_table *table = summary_table(page->summary, SUMMARY_SINGLE_FAILURES);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(table, 0, PAGE_ROWS, rows);

	fputs("<section id=\"failures\" aria-labelledby=\"failures-h\">\n"
	      "<h2 id=\"failures-h\">Single failures <span>DMARC failure reports</span></h2>\n"
	      "<p class=\"lead\">Single messages that failed. Few receivers report them; their number "
	      "says little, their details much.</p>\n", page->out);
	if (count == 0)
		table_none(page->out, "There is no failure report.");
	else
		table_begin(page->out, "Who sent them", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(page->out);
		cell_name(page->out, rows[i]);
		for (unsigned k = 1; k < 4; k++)
			cell_text(page->out, rows[i]->texts[k]);
		cell_number(page->out, rows[i]->counts[0]);
		cell_day(page->out, rows[i]->first);
		cell_day(page->out, rows[i]->last);
	}
	if (count > 0)
		table_end_of(page->out, table, count);
	fputs("</section>\n", page->out);
}

static void put_reporters(const struct page *page)
{
	static const char *const columns[] = { "Reporter", "#Reports", "#Messages", "#Encrypted sessions",
					       "#Failed sessions", "First", "Last", NULL };
	const struct tally_table *table = summary_table(page->summary, SUMMARY_REPORTERS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(table, REPORTER_REPORTS, PAGE_ROWS, rows);

	if (count == 0) {
		table_none(page->out, "Nobody has reported.");
		return;
	}
	table_begin(page->out, "Who reports", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(page->out);
		cell_name(page->out, rows[i]);
		for (unsigned k = 0; k < REPORTER_FAILED; k++)
			cell_number(page->out, rows[i]->counts[k]);
		cell_bad(page->out, rows[i]->counts[REPORTER_FAILED]);
		cell_day(page->out, rows[i]->first);
		cell_day(page->out, rows[i]->last);
	}
	table_end_of(page->out, table, count);
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
	static const char *const columns[] = { "Reason", "What it means", "For example", "#Pieces", NULL };
	const struct tally_table *table = summary_table(page->summary, SUMMARY_REJECTS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(table, 0, PAGE_ROWS, rows);

	if (count == 0) {
		table_none(page->out, "Everything could be read.");
		return;
	}
	table_begin(page->out, "Why mails were refused", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(page->out);
		cell_name(page->out, rows[i]);
		cell_long(page->out, slice_of(meaning_of(rows[i]->key)));
		cell_text(page->out, rows[i]->texts[1]);
		cell_number(page->out, rows[i]->counts[0]);
	}
	table_end_of(page->out, table, count);
}

static void put_quirks(const struct page *page)
{
	static const char *const columns[] = { "Reporter", "Code", "What is odd", "#Reports", NULL };
	const struct tally_table *table = summary_table(page->summary, SUMMARY_QUIRKS);
	const struct tally *rows[PAGE_ROWS];
	const size_t count = tally_largest(table, 0, PAGE_ROWS, rows);

	if (count == 0)
		return;
	table_begin(page->out, "Oddities in reports that were read all the same", columns);
	for (size_t i = 0; i < count; i++) {
		table_row(page->out);
		cell_name(page->out, rows[i]);
		cell_text(page->out, rows[i]->texts[1]);
		cell_long(page->out, rows[i]->texts[2]);
		cell_number(page->out, rows[i]->counts[0]);
	}
	table_end_of(page->out, table, count);
}

void page_feed(const struct page *page)
{
	fputs("<section id=\"feed\" aria-labelledby=\"feed-h\">\n"
	      "<h2 id=\"feed-h\">The reports <span>feed health</span></h2>\n"
	      "<p class=\"lead\">Who reports, what could not be read, and who sends reports that are "
	      "odd.</p>\n", page->out);
	put_reporters(page);
	put_rejects(page);
	put_quirks(page);
	fputs("</section>\n", page->out);
}

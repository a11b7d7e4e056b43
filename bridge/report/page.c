/* page.c - prints a summary of reports as one self-contained HTML page
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/page.h"

#include "base/datetime.h"
#include "base/limits.h"
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"

#define LOOKED_AT 64
#define NAMES_CHARS 800
#define NAME_CHARS 253
#define PROGRAM "reportbridge"

static const char style[] =
#include "bridge/report/page.css.inc"
	;

/* The program's mark: an arch over a line. */
static const char mark[] =
	"<svg class=\"mark\" viewBox=\"0 0 32 32\" aria-hidden=\"true\"><title>" PROGRAM "</title>"
	"<desc>mark of the program</desc><path d=\"M3 23h26M5 23a11 11 0 0 1 22 0M11.500 "
	"23v-9.500M16 23V12M20.500 23v-9.500\"/></svg>";

/* The domain of the verdict first, then the others by number of reports. */
static void put_domains(const struct page *page)
{
	const struct tally_table *table = summary_table(page->summary, SUMMARY_DOMAINS);
	const struct slice first = page->findings->count > 0 ? page->findings->list[0].subject
							     : slice_of(NULL);
	const struct tally *rows[LOOKED_AT];
	const size_t count = tally_largest(table, 0, LOOKED_AT, rows);
	struct name_list names = { .count = 0 };
	struct arena arena;

	arena_init(&arena, KIB);
	for (size_t i = 0; i < count; i++)
		if (slice_equal(rows[i]->key, first))
			name_list_add(&names, first);
	for (size_t i = 0; i < count; i++)
		if (!slice_equal(rows[i]->key, first))
			name_list_add(&names, rows[i]->key);
	names.count += tally_keys(table) - count;
	html_text(page->out,
		  names.count > 0 ? name_list_text(&arena, &names) : slice_of("Mail reports"),
		  NAMES_CHARS);
	arena_release(&arena);
}

static void put_subject(const struct page *page, const struct page_heading *heading)
{
	if (heading->subject)
		html_text(page->out, slice_of(heading->subject), NAME_CHARS);
	else
		put_domains(page);
}

static void put_service(FILE *out, const struct page_heading *heading)
{
	html_text(out, slice_of(heading->service ? heading->service : PROGRAM), NAME_CHARS);
}

static void put_head(const struct page *page, const struct page_heading *heading)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri "
	      "'none'; "
	      "form-action 'none'\">\n"
	      "<title>",
	      page->out);
	put_subject(page, heading);
	fputs(": ", page->out);
	html_text(page->out, page->findings->verdict, NAME_CHARS);
	fprintf(page->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

static void put_brand(const struct page *page, const struct page_heading *heading)
{
	fputs("<p class=\"brand\">", page->out);
	if (heading->logo.size > 0) {
		fputs("<img class=\"mark\" alt=\"\" src=\"", page->out);
		fwrite(heading->logo.data, 1, heading->logo.size, page->out);
		fputs("\">", page->out);
	} else if (!heading->service) {
		fputs(mark, page->out);
	}
	fputs("<span>", page->out);
	put_service(page->out, heading);
	fputs("</span></p>\n", page->out);
}

static void put_made(const struct page *page)
{
	char time[DATETIME_SIZE];

	datetime_format(page->summary->now, time);
	fputs("<p class=\"made\">As of ", page->out);
	html_day(page->out, page->summary->now);
	fprintf(page->out, ", %.5s UTC</p>\n", time + strlen("2026-11-24T"));
}

static void put_header(const struct page *page, const struct page_heading *heading)
{
	const struct summary *s = page->summary;

	fputs("<a class=\"skip\" href=\"#verdict\">To the verdict</a>\n<header>\n", page->out);
	put_brand(page, heading);
	put_made(page);
	fputs("<p class=\"name\">", page->out);
	put_subject(page, heading);
	fputs("</p>\n<p class=\"span\">", page->out);
	html_number(page->out, s->reports);
	fprintf(page->out, " report%s", plural(s->reports));
	if (s->documents > 0 && !summary_has_period(s)) {
		fputs(", none with a period that can be read", page->out);
	} else if (s->documents > 0) {
		fputs(" about ", page->out);
		html_day(page->out, s->first);
		if (s->last - s->first >= 86400) {
			fputs(" to ", page->out);
			html_day(page->out, s->last);
		}
	}
	fputs("</p>\n</header>\n", page->out);
}

static void put_nav(const struct page *page)
{
	const struct summary *s = page->summary;

	fputs("<nav aria-label=\"Parts of this page\"><a href=\"#findings\">Findings</a>",
	      page->out);
	fputs("<a href=\"#dmarc\">Mail from your domains</a><a href=\"#tls\">Mail to your domains</a>",
	      page->out);
	if (summary_table(s, SUMMARY_SINGLE_FAILURES)->count > 0)
		fputs("<a href=\"#failures\">Single failures</a>", page->out);
	fputs("<a href=\"#feed\">The reports</a></nav>\n", page->out);
}

static void put_footer(const struct page *page, const struct page_heading *heading)
{
	fputs("<footer><p>Days are UTC days of the reports' periods, not of their arrival. Only "
	      "servers that send reports are heard here. Senders try again, so a failed session "
	      "is mail delayed before it is mail lost. Sessions under MTA-STS and under DANE may "
	      "be the same ones and are never added.</p>",
	      page->out);
	put_made(page);
	fputs("<p>", page->out);
	if (heading->service) {
		put_service(page->out, heading);
		fputs(", made with ", page->out);
	} else {
		fputs("Made by ", page->out);
	}
	fputs(PROGRAM ".</p></footer>\n</body>\n</html>\n", page->out);
}

void page_print(const struct summary_set *set, const struct page_heading *heading, FILE *out)
{
	struct findings findings;
	const struct page page = { out, set->all, &findings, set, periods_of(set->all) };

	findings_init(&findings, set->all);
	put_head(&page, heading);
	put_header(&page, heading);
	put_nav(&page);
	fputs("<main>\n", out);
	page_verdict(&page);
	page_figures(&page);
	page_tenants(&page);
	page_findings(&page);
	page_dmarc(&page);
	page_tls(&page);
	page_failures(&page);
	page_feed(&page);
	fputs("</main>\n", out);
	put_footer(&page, heading);
	findings_release(&findings);
}

/* page.c - what a heap of reports says: one self-contained HTML page
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/page.h"

#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"

#define NAMED 3
#define NAME_CHARS 64

static const char style[] =
#include "bridge/report/page.css.inc"
	;

/* "example.com, example.org and 3 more" */
static void put_domains(const struct page *page)
{
	const struct tally_table *dmarc = summary_table(page->summary, SUMMARY_DMARC_DOMAINS);
	const struct tally_table *tls = summary_table(page->summary, SUMMARY_TLS_DOMAINS);
	const struct tally_table *table = dmarc->count >= tls->count ? dmarc : tls;
	const struct tally *rows[NAMED];
	const size_t count = tally_largest(table, 0, NAMED, rows);

	for (size_t i = 0; i < count; i++) {
		fputs(i > 0 ? ", " : "", page->out);
		html_text(page->out, rows[i]->key, NAME_CHARS);
	}
	if (count == 0)
		fputs("Mail reports", page->out);
	if (tally_keys(table) > count)
		fprintf(page->out, " and %zu more", tally_keys(table) - count);
}

static void put_subject(const struct page *page, const char *subject)
{
	if (subject)
		html_text(page->out, slice_of(subject), NAME_CHARS);
	else
		put_domains(page);
}

static void put_head(const struct page *page, const char *subject)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	      "<title>", page->out);
	put_subject(page, subject);
	fprintf(page->out, ": %s</title>\n<style>\n%s</style>\n</head>\n<body>\n",
		page->findings->verdict, style);
}

static void put_header(const struct page *page, const char *subject)
{
	const struct summary *s = page->summary;

	fputs("<a class=\"skip\" href=\"#verdict\">To the verdict</a>\n<header>\n<p class=\"name\">",
	      page->out);
	put_subject(page, subject);
	fputs("</p>\n<p class=\"span\">", page->out);
	html_number(page->out, s->reports);
	fprintf(page->out, " report%s", s->reports == 1 ? "" : "s");
	if (s->documents > 0) {
		fputs(", ", page->out);
		html_day(page->out, s->first);
		fputs(" to ", page->out);
		html_day(page->out, s->last);
	}
	fputs("</p>\n</header>\n", page->out);
	fputs("<nav aria-label=\"Parts of this page\"><a href=\"#findings\">Findings</a>"
	      "<a href=\"#tls\">Mail to you</a><a href=\"#dmarc\">Mail in your name</a>"
	      "<a href=\"#failures\">Single failures</a><a href=\"#feed\">The reports</a></nav>\n",
	      page->out);
}

static void put_footer(const struct page *page)
{
	fputs("<footer><p>Days are UTC days and belong to the report's period, not to its arrival. "
	      "Only servers that send reports are heard here. Sessions are attempts: senders try "
	      "again, so a failed session is mail delayed before it is mail lost. Sessions under "
	      "MTA-STS and under DANE may be the same ones and are never added.</p>"
	      "<p>Made by reportbridge.</p></footer>\n</body>\n</html>\n", page->out);
}

void page_print(const struct summary *summary, const char *subject, FILE *out)
{
	struct findings findings;
	const struct page page = { out, summary, &findings };

	findings_init(&findings, summary);
	put_head(&page, subject);
	put_header(&page, subject);
	fputs("<main>\n", out);
	page_verdict(&page);
	page_figures(&page);
	page_findings(&page);
	page_tls(&page);
	page_dmarc(&page);
	page_failures(&page);
	page_feed(&page);
	fputs("</main>\n", out);
	put_footer(&page);
	findings_release(&findings);
}

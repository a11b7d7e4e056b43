/* domain_page.c - prints checks of domains as one self-contained HTML page
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/datetime.h"
#include "bridge/report/domain_print.h"
#include "bridge/report/html.h"

#define TEXT_CHARS 2000

static const char style[] =
#include "bridge/report/page.css.inc"
	".findings li.critical { border-left-color: var(--bad); }\n"
	".findings li.warning { border-left-color: var(--warn); }\n"
	".findings li.ok { border-left-color: var(--good-text); }\n"
	".critical .level { color: var(--bad-text); }\n"
	".warning .level { color: var(--warn-text); }\n"
	".ok .level { color: var(--good-text); }\n"
	"pre { margin: 0 0 .6rem; padding: .5rem .7rem; overflow-x: auto; white-space: pre-wrap;\n"
	"	background: var(--ground); border: 1px solid var(--rule); border-radius: .3rem;\n"
	"	font-size: .85rem; }\n"
	".findings h3::first-letter, .level::first-letter { text-transform: uppercase; }\n"
	".evidence { color: var(--quiet); font-size: .9rem; }\n";

void domain_page_begin(FILE *out)
{
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
		"<title>Records of domains</title>\n<style>\n%s</style>\n</head>\n<body>\n"
		"<header><h1>Records of domains</h1></header>\n<main>\n",
		style);
}

static void put_facts(const struct domain_report *report, FILE *out)
{
	struct domain_fact facts[DOMAIN_FACTS_MAX];
	const size_t count = domain_facts(report, facts);

	fputs("<dl class=\"facts\">\n", out);
	for (size_t i = 0; i < count; i++) {
		fputs("<div><dt>", out);
		html_text(out, slice_of(facts[i].name), TEXT_CHARS);
		fputs("</dt><dd>", out);
		html_text(out, slice_of(facts[i].value), TEXT_CHARS);
		fputs("</dd></div>\n", out);
	}
	fputs("</dl>\n", out);
}

static void put_paragraph(FILE *out, const char *before, struct slice text)
{
	if (text.size == 0)
		return;
	fprintf(out, "<p%s", before);
	html_text(out, text, TEXT_CHARS);
	fputs("</p>\n", out);
}

static void put_finding(const struct domain_finding *f, FILE *out)
{
	const struct domain_code_row *row = domain_code_row(f->code);

	fprintf(out, "<li class=\"%s\"><p class=\"level\">%s</p>\n<h3>%s</h3>\n",
		severity_name(f->severity), severity_name(f->severity), row->title);
	put_paragraph(out, " class=\"evidence\">", f->subject);
	put_paragraph(out, " class=\"evidence\">", f->evidence);
	put_paragraph(out, "><b>What to do.</b> ", f->advice);
	if (f->paste.size > 0) {
		fputs("<pre>", out);
		html_text(out, f->paste, TEXT_CHARS);
		fputs("</pre>\n", out);
	}
	fprintf(out, "<p class=\"when\">%s%s%s</p></li>\n", row->code, row->source[0] ? ", " : "",
		row->source);
}

void domain_page_section(const struct domain_report *report, FILE *out)
{
	const struct domain_findings *findings = &report->findings;
	struct strbuf counts;

	strbuf_init(&counts, 256);
	domain_counts(report, &counts);
	fputs("<section>\n<h2>", out);
	html_text(out, report->state.name, TEXT_CHARS);
	fprintf(out, " <span>%s</span></h2>\n", counts.buf);
	strbuf_release(&counts);
	put_facts(report, out);
	if (findings->count > 0)
		fputs("<ul class=\"findings\">\n", out);
	for (size_t i = 0; i < findings->count; i++)
		put_finding(&findings->list[i], out);
	if (findings->count > 0)
		fputs("</ul>\n", out);
	fputs("</section>\n", out);
}

void domain_page_end(int64_t checked, FILE *out)
{
	char time[DATETIME_SIZE];

	datetime_format(checked, time);
	fprintf(out,
		"</main>\n<footer><p>Checked at %s (UTC). What could not be looked at is "
		"unknown, and not a fault.</p></footer>\n</body>\n</html>\n",
		time);
}

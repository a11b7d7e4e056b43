/* page_verdict.c - the page: the answer, four numbers, and the findings
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "ingest/report/report.h"

#define TITLE_CHARS 240
#define TEXT_CHARS 700

static const char *class_of(const struct page *page, enum finding_level level)
{
	static const char *const classes[] = {
		[FINDING_LOST] = "lost",
		[FINDING_AT_RISK] = "risk",
		[FINDING_WATCH] = "watch",
		[FINDING_FINE] = "fine",
	};

	return page->findings->nothing ? "watch" : classes[level];
}

/* The answer needs one finding in full when mail is lost or at risk. */
static bool explains(const struct page *page)
{
	return page->findings->count > 0 && page->findings->level <= FINDING_AT_RISK;
}

static void put_fact(const struct page *page, const char *name, struct slice text)
{
	if (text.size == 0)
		return;
	fprintf(page->out, "<div><dt>%s</dt><dd>", name);
	html_text(page->out, text, TEXT_CHARS);
	fputs("</dd></div>\n", page->out);
}

static void put_facts(const struct page *page, const struct finding *f)
{
	char when[FINDING_WHEN_SIZE];

	finding_when(f, page->summary, when);
	fputs("<dl class=\"facts\">\n", page->out);
	put_fact(page, "When", slice_of(when));
	put_fact(page, "Where", f->where);
	put_fact(page, "How much", f->amount);
	put_fact(page, "Why", f->why);
	put_fact(page, "Effect", f->effect);
	put_fact(page, "What to do", f->advice);
	fputs("</dl>\n", page->out);
}

void page_verdict(const struct page *page)
{
	const struct findings *f = page->findings;

	/* What is merely worth knowing does not colour the answer. */
	fprintf(page->out, "<section class=\"verdict %s\" aria-labelledby=\"verdict\">\n"
			   "<p class=\"question\">Is mail being lost?</p>\n"
			   "<h1 id=\"verdict\">%s</h1>\n",
		class_of(page, f->level == FINDING_WATCH ? FINDING_FINE : f->level), f->verdict);
	if (explains(page)) {
		fputs("<p class=\"what\">", page->out);
		html_text(page->out, f->list[0].title, TITLE_CHARS);
		fputs(".</p>\n", page->out);
		put_facts(page, &f->list[0]);
	} else if (f->nothing) {
		fputs("<p class=\"what\">Nothing that was read is a DMARC or SMTP TLS report. The first "
		      "ones arrive a day or two after the records that ask for them are "
		      "published.</p>\n", page->out);
	}
	fputs("</section>\n", page->out);
}

/* --- four numbers ------------------------------------------------------------ */

static void begin_figure(const struct page *page, const char *name)
{
	fprintf(page->out, "<div><dt>%s</dt><dd>", name);
}

static void end_figure(const struct page *page, const char *remark)
{
	fprintf(page->out, "</dd><dd class=\"remark\">%s</dd></div>\n", remark);
}

static uint64_t all_sessions(const struct summary *s, unsigned type)
{
	return count_sum(s->sessions[type][TLS_ENCRYPTED], s->sessions[type][TLS_FAILED]);
}

/* The kind of policy to speak of, since kinds are not added: that with most
 * failures, else that with most sessions. */
static enum tls_type main_type(const struct summary *s)
{
	enum tls_type best = TLS_STS;

	for (unsigned type = 0; type < TLS_TYPES; type++) {
		const uint64_t failed = s->sessions[type][TLS_FAILED];
		const uint64_t most = s->sessions[best][TLS_FAILED];

		if (failed > most ||
		    (failed == most && all_sessions(s, type) > all_sessions(s, best)))
			best = type;
	}
	return best;
}

static void put_sessions(const struct page *page)
{
	static const char *const remarks[] = {
		[TLS_STS] = "of sessions under MTA-STS",
		[TLS_DANE] = "of sessions under DANE",
		[TLS_OTHER] = "of sessions without a policy",
	};
	const struct summary *s = page->summary;
	const enum tls_type type = main_type(s);
	const char *remark = summary_has_tls(s) ? remarks[type] : "no SMTP TLS reports";

	begin_figure(page, "Failed sessions");
	if (summary_has_tls(s))
		html_number(page->out, s->sessions[type][TLS_FAILED]);
	else
		fputs("\xe2\x80\x93", page->out);
	end_figure(page, remark);
	begin_figure(page, "Encrypted");
	html_share(page->out, s->sessions[type][TLS_ENCRYPTED], all_sessions(s, type));
	end_figure(page, remark);
}

void page_figures(const struct page *page)
{
	const struct summary *s = page->summary;

	if (page->findings->nothing)
		return;
	fputs("<dl class=\"figures\">\n", page->out);
	put_sessions(page);
	begin_figure(page, "Authenticated");
	html_share(page->out, s->dmarc.counts[DMARC_PASSED], s->dmarc.counts[DMARC_MESSAGES]);
	end_figure(page, summary_has_dmarc(s) ? "of mail in your name (DMARC)" : "no DMARC reports");
	begin_figure(page, "Last report about");
	html_day(page->out, s->last);
	end_figure(page, "start of its period");
	fputs("</dl>\n", page->out);
}

/* --- findings ---------------------------------------------------------------- */

static void put_paragraph(const struct page *page, const char *head, struct slice text)
{
	if (text.size == 0)
		return;
	fprintf(page->out, "<p>%s", head);
	html_text(page->out, text, TEXT_CHARS);
	fputs("</p>\n", page->out);
}

static void put_finding(const struct page *page, const struct finding *f)
{
	char when[FINDING_WHEN_SIZE];

	finding_when(f, page->summary, when);
	fprintf(page->out, "<li class=\"%s\"><p class=\"level\">%s</p>\n<h3>",
		class_of(page, f->level), finding_level_text(f->level));
	html_text(page->out, f->title, TITLE_CHARS);
	fputs("</h3>\n<p class=\"when\">", page->out);
	html_text(page->out, f->amount, TEXT_CHARS);
	fprintf(page->out, "%s%s</p>\n", f->amount.size > 0 && when[0] ? "; " : "", when);
	put_paragraph(page, "", f->why);
	put_paragraph(page, "", f->effect);
	put_paragraph(page, "<b>What to do.</b> ", f->advice);
	fputs("</li>\n", page->out);
}

void page_findings(const struct page *page)
{
	const struct findings *f = page->findings;
	const size_t first = explains(page) ? 1 : 0;

	fprintf(page->out, "<section id=\"findings\" aria-labelledby=\"findings-h\">\n"
			   "<h2 id=\"findings-h\">%s</h2>\n",
		first > 0 ? "What else was found" : "Findings");
	if (f->count > first)
		fputs("<ul class=\"findings\">\n", page->out);
	for (size_t i = first; i < f->count; i++)
		put_finding(page, &f->list[i]);
	if (f->count > first)
		fputs("</ul>\n", page->out);
	else
		fputs("<p class=\"empty\">Nothing else.</p>\n", page->out);
	if (f->more > 0)
		fprintf(page->out, "<p class=\"more\">and %zu more of the same or a lesser weight.</p>\n",
			f->more);
	fputs("</section>\n", page->out);
}

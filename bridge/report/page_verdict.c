/* page_verdict.c - page section: verdict, key figures and findings
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/figures.h"
#include "bridge/report/html.h"
#include "bridge/report/page_parts.h"
#include "bridge/report/page_table.h"
#include "bridge/report/summary_tables.h"

#define TITLE_CHARS 400
#define TEXT_CHARS 900

/* The answer includes the first finding in full if mail is lost or at risk. */
static bool explains(const struct page *page)
{
	return page->findings->count > 0 && page->findings->severity <= SEVERITY_WARNING;
}

static void put_fact(const struct page *page, const char *name, struct slice text)
{
	if (text.size == 0)
		return;
	fprintf(page->out, "<div><dt>%s</dt><dd>", name);
	html_text(page->out, text, TEXT_CHARS);
	fputs("</dd></div>\n", page->out);
}

static void put_guide_link(const struct page *page, const struct finding *f)
{
	html_link(page->out, finding_guide(f), finding_guide(f), TEXT_CHARS);
}

static void put_guide(const struct page *page, const struct finding *f)
{
	if (finding_guide(f).size == 0)
		return;
	fputs("<div><dt>Guide</dt><dd>", page->out);
	put_guide_link(page, f);
	fputs("</dd></div>\n", page->out);
}

static void put_facts(const struct page *page, const struct finding *f)
{
	char when[FINDING_WHEN_SIZE];

	finding_when(f, page->findings, when);
	fputs("<dl class=\"facts\">\n", page->out);
	put_fact(page, "When", slice_of(when));
	put_fact(page, "Where", finding_where(f));
	put_fact(page, "How much", f->amount);
	put_fact(page, "Why", f->why);
	put_fact(page, "Effect", f->effect);
	put_guide(page, f);
	put_fact(page, "What to do", f->recommendation);
	fputs("</dl>\n", page->out);
}

void page_verdict(const struct page *page)
{
	const struct findings *f = page->findings;
	/* Notices do not change the colour of the answer. */
	const enum severity severity = f->severity == SEVERITY_NOTICE ? SEVERITY_OK : f->severity;

	fprintf(page->out,
		"<section class=\"verdict %s\" aria-labelledby=\"verdict\">\n"
		"<p class=\"question\">Is mail being lost?</p>\n<h1 id=\"verdict\">",
		severity_name(severity));
	html_text(page->out, f->verdict, TITLE_CHARS);
	fputs("</h1>\n", page->out);
	if (explains(page)) {
		fputs("<p class=\"what\">", page->out);
		html_text(page->out, f->list[0].title, TITLE_CHARS);
		fputs(".</p>\n", page->out);
		put_facts(page, &f->list[0]);
	} else if (page->summary->documents > 0 && !summary_has_period(page->summary)) {
		fputs("<p class=\"what\">So nothing shows whether mail is being lost now. The "
		      "tables count these reports; figures by day do not.</p>\n",
		      page->out);
	} else if (f->severity == SEVERITY_UNKNOWN) {
		fputs("<p class=\"what\">Nothing that was read is a DMARC or SMTP TLS report. "
		      "The first ones arrive a day or two after the records that ask for them "
		      "are published.</p>\n",
		      page->out);
	}
	fputs("</section>\n", page->out);
}

/* --- key figures -------------------------------------------------------------- */

static void put_value(const struct page *page, const struct figure *figure, unsigned period)
{
	if (figure->is_share)
		html_share(page->out, figure->part[period], figure->whole[period]);
	else
		html_number(page->out, figure->part[period]);
}

static void put_figure(const struct page *page, const struct figure *figure)
{
	static const char *const classes[] = { "ok", "warning", "critical", "plain" };

	fprintf(page->out, "<div class=\"%s\"><dt>%s</dt><dd>", classes[figure->health],
		figure->name);
	put_value(page, figure, 0);
	fputs("</dd><dd class=\"remark\">", page->out);
	if (page->periods.days > 0)
		fprintf(page->out, "last %u day%s", page->periods.days, plural(page->periods.days));
	else
		fputs("this day", page->out);
	if (figure_has_before(figure, &page->periods)) {
		fprintf(page->out, "; the %u before: ", page->periods.days);
		put_value(page, figure, 1);
	}
	fputs("</dd></div>\n", page->out);
}

void page_figures(const struct page *page)
{
	struct figure figures[FIGURES_MAX];
	const size_t count = figures_of(page->summary, &page->periods, figures);

	if (page->findings->severity == SEVERITY_UNKNOWN)
		return;
	fputs("<dl class=\"figures\">\n", page->out);
	for (size_t i = 0; i < count; i++)
		put_figure(page, &figures[i]);
	fputs("</dl>\n", page->out);
}

/* --- tenants ------------------------------------------------------------------ */

static void put_tenant(struct page_table *table, const struct tenant_summary *tenant,
		       const struct findings *f)
{
	table_row(table);
	cell_name(table, slice_of(tenant->tenant));
	cell_text(table, slice_of(severity_title(f->severity)));
	cell_long(table, f->severity <= SEVERITY_WARNING ? f->list[0].title : f->verdict);
	cell_number(table, tenant->summary->dmarc.counts[DMARC_MESSAGES]);
	cell_share(table, tenant->summary->dmarc.counts[DMARC_PASSED],
		   tenant->summary->dmarc.counts[DMARC_MESSAGES]);
}

void page_tenants(const struct page *page)
{
	static const char *const columns[] = { "Tenant",    "State",         "Worst finding",
					       "#Messages", "#Passed DMARC", NULL };
	struct page_table table;

	if (page->set->count < 2)
		return;
	fputs("<section id=\"tenants\" aria-labelledby=\"tenants-h\">\n"
	      "<h2 id=\"tenants-h\">Tenants</h2>\n",
	      page->out);
	table = table_begin(page->out, "Each tenant, the worst first", columns);
	for (unsigned severity = 0; severity < SEVERITIES; severity++) {
		for (size_t i = 0; i < page->set->count; i++) {
			struct findings findings;

			findings_init(&findings, page->set->tenants[i].summary);
			if (findings.severity == severity)
				put_tenant(&table, &page->set->tenants[i], &findings);
			findings_release(&findings);
		}
	}
	table_end(&table);
	fputs("</section>\n", page->out);
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

	finding_when(f, page->findings, when);
	fprintf(page->out, "<li class=\"%s\"><p class=\"level\">%s</p>\n<h3>",
		severity_name(f->severity), severity_title(f->severity));
	html_text(page->out, f->title, TITLE_CHARS);
	fputs("</h3>\n<p class=\"when\">", page->out);
	html_text(page->out, f->amount, TEXT_CHARS);
	fprintf(page->out, "%s%s</p>\n", f->amount.size > 0 && when[0] ? "; " : "", when);
	put_paragraph(page, "<b>Where.</b> ", finding_where(f));
	put_paragraph(page, "", f->why);
	put_paragraph(page, "", f->effect);
	put_paragraph(page, "<b>What to do.</b> ", f->recommendation);
	if (finding_guide(f).size > 0) {
		fputs("<p><b>Guide.</b> ", page->out);
		put_guide_link(page, f);
		fputs("</p>\n", page->out);
	}
	fputs("</li>\n", page->out);
}

void page_findings(const struct page *page)
{
	const struct findings *f = page->findings;
	const size_t first = explains(page) ? 1 : 0;

	fprintf(page->out,
		"<section id=\"findings\" aria-labelledby=\"findings-h\">\n"
		"<h2 id=\"findings-h\">%s</h2>\n",
		first > 0 ? "What else was found" : "Findings");
	if (f->count > first)
		fputs("<ul class=\"findings\">\n", page->out);
	for (size_t i = first; i < f->count; i++)
		put_finding(page, &f->list[i]);
	if (f->count > first)
		fputs("</ul>\n", page->out);
	else
		fprintf(page->out, "<p class=\"empty\">%s.</p>\n",
			first > 0 ? "Nothing else" : "No findings");
	if (f->more > 0)
		fprintf(page->out,
			"<p class=\"more\">and %zu more of the same or lower severity.</p>\n",
			f->more);
	fputs("</section>\n", page->out);
}

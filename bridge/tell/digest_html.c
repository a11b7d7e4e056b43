/* digest_html.c - the digest as HTML that Outlook (Word) and Gmail render
 *
 * SPDX-License-Identifier: MIT
 *
 * Word's renderer understands tables for columns, inline styles, and width and background
 * as attributes. The style block has only the dark colours; nothing else depends on it.
 * Foreign text goes through html_text(). */
#include <stdio.h>

#include "bridge/report/html.h"
#include "bridge/tell/digest.h"
#include "bridge/tell/letter.h"
#include "bridge/tell/notice.h"

#define TITLE_CHARS 300
#define TEXT_CHARS 700
#define NAME_CHARS 120

#define FONT "font-family:'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
#define TEXT "color:#1b2330;"
#define QUIET "color:#566072;"
/* Long names break in clients that support it. */
#define BREAKS "word-break:break-word;overflow-wrap:anywhere;"
/* A format for fprintf(). */
#define TABLE                                                                               \
	"<table role=\"presentation\" width=\"100%%\" cellpadding=\"0\" cellspacing=\"0\" " \
	"border=\"0\""
#define SHEET "bgcolor=\"#ffffff\" style=\"background-color:#ffffff;border:1px solid #dde1e8;"

static const char dark[] =
	"@media (prefers-color-scheme: dark) {\n"
	".ground { background-color: #12161c !important; }\n"
	".sheet { background-color: #1a2029 !important; border-color: #313a47 !important; }\n"
	".text { color: #e6e9ee !important; }\n"
	".quiet { color: #a3adbb !important; }\n"
	".rule { border-color: #313a47 !important; }\n"
	".critical-box { background-color: #2b1c1d !important; border-color: #5c302d !important; }\n"
	".warning-box { background-color: #2a2418 !important; border-color: #56451f !important; }\n"
	".ok-box { background-color: #17271f !important; border-color: #2b5340 !important; }\n"
	".notice-box { background-color: #1b2431 !important; border-color: #34465f !important; }\n"
	".critical { color: #ff9a8f !important; }\n"
	".warning { color: #f1bc62 !important; }\n"
	".ok { color: #7fd0a3 !important; }\n"
	".notice { color: #a9c4e6 !important; }\n"
	".button { background-color: #1a5fb4 !important; }\n"
	"}\n";

struct palette {
	const char *name, *color, *ground, *edge;
};

static const struct palette *palette_of(enum severity severity)
{
	static const struct palette palettes[SEVERITIES] = {
		[SEVERITY_CRITICAL] = { "critical", "#b3261e", "#fdf0ef", "#f0c4c0" },
		[SEVERITY_WARNING] = { "warning", "#8a5300", "#fef7e8", "#f0d9a8" },
		[SEVERITY_NOTICE] = { "notice", "#3d5a80", "#f1f5fa", "#cbd8e8" },
		[SEVERITY_OK] = { "ok", "#1b6b43", "#eef8f2", "#bfe0cd" },
		[SEVERITY_UNKNOWN] = { "notice", "#3d5a80", "#f1f5fa", "#cbd8e8" },
	};

	return &palettes[severity];
}

/* Notices do not change the colour of the answer, as on the page. */
static const struct palette *palette_of_all(const struct digest *d)
{
	const enum severity severity = d->findings->severity;

	return palette_of(severity == SEVERITY_NOTICE ? SEVERITY_OK : severity);
}

/* --- head and foot ------------------------------------------------------------------- */

static void put_head(const struct digest *d, FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>",
	      out);
	html_text(out, d->name, NAME_CHARS);
	fputs(": ", out);
	html_text(out, d->findings->verdict, TITLE_CHARS);
	fprintf(out,
		"</title>\n<style>\n%s</style>\n</head>\n"
		"<body class=\"ground\" bgcolor=\"#f4f5f7\" style=\"margin:0;padding:0;background-color:"
		"#f4f5f7;\">\n" TABLE
		" class=\"ground\" bgcolor=\"#f4f5f7\" style=\"background-color:"
		"#f4f5f7;\"><tr><td align=\"center\" style=\"padding:20px 12px 28px;\">\n"
		/* Word does not support max-width. */
		"<!--[if mso]><table role=\"presentation\" width=\"600\" cellpadding=\"0\" "
		"cellspacing=\"0\" border=\"0\"><tr><td><![endif]-->\n" TABLE
		" style=\"max-width:600px;\">\n",
		dark);
}

static void put_foot(const struct digest *d, FILE *out)
{
	fputs("<tr><td class=\"quiet\" style=\"padding:22px 4px 0;" FONT QUIET
	      "font-size:13px;line-height:20px;" BREAKS
	      "\">The whole report is attached as a page. Days are UTC days of the reports&#39; "
	      "periods, and only servers that send reports are heard here.<br><br>",
	      out);
	html_text(out, slice_of(digest_service(d)), NAME_CHARS);
	if (d->service->footer) {
		fputs("<br>", out);
		html_text(out, slice_of(d->service->footer), TEXT_CHARS);
	}
	fputs("</td></tr>\n</table>\n<!--[if mso]></td></tr></table><![endif]-->\n"
	      "</td></tr></table>\n</body>\n</html>\n",
	      out);
}

static void put_logo(const struct digest *d, FILE *out)
{
	if (d->logo->type)
		fputs("<td width=\"36\" style=\"padding:0 8px 0 0;\"><img src=\"cid:" LETTER_LOGO_ID
		      "\" width=\"28\" height=\"28\" alt=\"\" style=\"display:block;border:0;\"></td>",
		      out);
}

static void put_brand(const struct digest *d, FILE *out)
{
	char period[PERIOD_TEXT_SIZE];

	digest_period_text(&d->periods.now, period);
	fprintf(out, "<tr><td style=\"padding:0 4px 14px;\">" TABLE "><tr>");
	put_logo(d, out);
	fputs("<td class=\"quiet\" style=\"" FONT QUIET
	      "font-size:14px;line-height:20px;font-weight:600;" BREAKS "\">",
	      out);
	html_text(out, slice_of(digest_service(d)), NAME_CHARS);
	fprintf(out,
		"</td><td class=\"quiet\" align=\"right\" style=\"" FONT QUIET
		"font-size:14px;line-height:20px;\">%s</td></tr></table>\n"
		"<p class=\"text\" style=\"margin:10px 0 0;" FONT TEXT
		"font-size:18px;line-height:25px;font-weight:600;" BREAKS "\">",
		period);
	html_text(out, d->name, NAME_CHARS);
	fputs("</p></td></tr>\n", out);
}

/* --- the answer ------------------------------------------------------------------------ */

static void put_fact(FILE *out, const char *name, struct slice text, const struct palette *last)
{
	char rule[96] = "";

	if (text.size == 0)
		return;
	if (last)
		snprintf(rule, sizeof(rule), "border-top:1px solid %s;", last->edge);
	fprintf(out,
		"<tr><td width=\"92\" valign=\"top\" class=\"%s rule\" style=\"%spadding:5px 10px 5px 0;" FONT
		"%sfont-size:14px;line-height:21px;\">%s</td>"
		"<td valign=\"top\" class=\"text rule\" style=\"%spadding:5px 0;" FONT TEXT
		"font-size:14px;line-height:21px;" BREAKS "\">",
		last ? "text" : "quiet", rule, last ? TEXT "font-weight:600;" : QUIET, name, rule);
	html_text(out, text, TEXT_CHARS);
	fputs("</td></tr>\n", out);
}

static void put_first(const struct digest *d, FILE *out)
{
	const struct finding *f = &d->findings->list[0];
	char when[FINDING_WHEN_SIZE];

	finding_when(f, d->findings, when);
	fputs("<p class=\"text\" style=\"margin:8px 0 12px;" FONT TEXT
	      "font-size:16px;line-height:23px;font-weight:600;" BREAKS "\">",
	      out);
	html_text(out, f->title, TITLE_CHARS);
	fprintf(out, ".</p>\n" TABLE ">\n");
	put_fact(out, "When", slice_of(when), NULL);
	put_fact(out, "Where", finding_where(f), NULL);
	put_fact(out, "How much", f->amount, NULL);
	put_fact(out, "Why", f->why, NULL);
	put_fact(out, "Effect", f->effect, NULL);
	put_fact(out, "What to do", f->recommendation, palette_of_all(d));
	fputs("</table>\n", out);
}

static void put_verdict(const struct digest *d, FILE *out)
{
	const struct palette *p = palette_of_all(d);

	fprintf(out,
		"<tr><td>" TABLE
		" class=\"%s-box\" bgcolor=\"%s\" style=\"background-color:%s;border:1px "
		"solid %s;border-radius:10px;\"><tr><td style=\"padding:20px 22px 18px;\">\n"
		"<p class=\"quiet\" style=\"margin:0;" FONT QUIET
		"font-size:14px;line-height:20px;\">Is mail being lost?</p>\n"
		"<h1 class=\"%s\" style=\"margin:2px 0 0;" FONT
		"color:%s;font-size:25px;line-height:31px;font-weight:700;\">",
		p->name, p->ground, p->ground, p->edge, p->name, p->color);
	html_text(out, d->findings->verdict, TITLE_CHARS);
	fputs("</h1>\n", out);
	if (digest_explains(d))
		put_first(d, out);
	fputs("</td></tr></table></td></tr>\n", out);
}

/* --- figures --------------------------------------------------------------------------- */

static void put_value(FILE *out, const struct figure *figure, unsigned period)
{
	if (figure->is_share)
		html_share(out, figure->part[period], figure->whole[period]);
	else
		html_number(out, figure->part[period]);
}

static void put_figure(const struct digest *d, FILE *out, const struct figure *figure)
{
	static const enum severity severities[] = { [HEALTHY] = SEVERITY_OK,
						    [UNWELL] = SEVERITY_WARNING,
						    [ILL] = SEVERITY_CRITICAL,
						    [UNJUDGED] = SEVERITY_UNKNOWN };
	const bool judged = figure->health != UNJUDGED;
	const struct palette *p = palette_of(severities[figure->health]);

	fprintf(out,
		"<td width=\"49%%\" valign=\"top\" class=\"sheet\" " SHEET
		"border-radius:10px;padding:12px 14px;\"><p class=\"quiet\" style=\"margin:0;" FONT
			QUIET
		"font-size:13px;line-height:18px;\">%s</p><p class=\"%s\" style=\"margin:1px 0;" FONT
		"color:%s;font-size:24px;line-height:31px;font-weight:700;\">",
		figure->name, judged ? p->name : "text", judged ? p->color : "#1b2330");
	put_value(out, figure, 0);
	fputs("</p><p class=\"quiet\" style=\"margin:0;" FONT QUIET
	      "font-size:13px;line-height:18px;\">",
	      out);
	if (figure_has_before(figure, &d->periods)) {
		fprintf(out, "the %s before: ", d->unit);
		put_value(out, figure, 1);
	} else {
		fprintf(out, "none the %s before", d->unit);
	}
	fputs("</p></td>\n", out);
}

/* Two figures per row, of equal height. Gaps are cells, since Word does not support
 * margins of cells. */
static void put_figures(const struct digest *d, FILE *out)
{
	struct figure figures[FIGURES_MAX];
	const size_t count = figures_of(d->summary, &d->periods, figures);

	if (count == 0)
		return;
	fprintf(out, "<tr><td>" TABLE ">\n");
	for (size_t i = 0; i < count; i += 2) {
		fputs("<tr><td colspan=\"3\" height=\"10\" style=\"font-size:1px;line-height:10px;\">"
		      "&nbsp;</td></tr>\n<tr>",
		      out);
		put_figure(d, out, &figures[i]);
		fputs("<td width=\"2%\" style=\"font-size:1px;\">&nbsp;</td>\n", out);
		if (i + 1 < count)
			put_figure(d, out, &figures[i + 1]);
		else
			fputs("<td width=\"49%\">&nbsp;</td>", out);
		fputs("</tr>\n", out);
	}
	fputs("</table></td></tr>\n", out);
}

/* --- lists ------------------------------------------------------------------------------- */

static void begin_list(FILE *out, const char *heading)
{
	fprintf(out,
		"<tr><td style=\"padding:22px 4px 8px;\"><h2 class=\"text\" style=\"margin:0;" FONT
			TEXT
		"font-size:17px;line-height:24px;font-weight:700;\">%s</h2></td></tr>\n"
		"<tr><td>" TABLE " class=\"sheet\" " SHEET
		"border-radius:10px;\"><tr><td style=\"padding:6px 18px 8px;\">" TABLE ">\n",
		heading);
}

static void put_item(FILE *out, const struct palette *p, const char *label, struct slice text,
		     bool first)
{
	const char *rule = first ? "" : "border-top:1px solid #dde1e8;";

	fprintf(out,
		"<tr><td width=\"76\" valign=\"top\" class=\"%s rule\" style=\"%spadding:8px 10px 8px 0;" FONT
		"color:%s;font-size:13px;line-height:20px;font-weight:600;\">%s</td>"
		"<td valign=\"top\" class=\"text rule\" style=\"%spadding:8px 0;" FONT TEXT
		"font-size:14px;line-height:20px;" BREAKS "\">",
		p->name, rule, p->color, label, rule);
	html_text(out, text, TITLE_CHARS);
	fputs("</td></tr>\n", out);
}

static void end_list(FILE *out, size_t more)
{
	if (more > 0)
		fprintf(out,
			"<tr><td></td><td class=\"quiet\" style=\"padding:4px 0 8px;" FONT QUIET
			"font-size:14px;line-height:20px;\">and %zu more</td></tr>\n",
			more);
	fputs("</table></td></tr></table></td></tr>\n", out);
}

static void put_changes(const struct digest *d, FILE *out)
{
	const size_t shown = d->change_count < DIGEST_LISTED ? d->change_count : DIGEST_LISTED;
	char day[DAY_TEXT_SIZE], heading[64];

	if (d->since == 0)
		return;
	day_text(d->since, day);
	snprintf(heading, sizeof(heading), "Changes since %s", day);
	begin_list(out, heading);
	if (shown == 0)
		put_item(out, palette_of(SEVERITY_UNKNOWN), "None",
			 slice_of("Nothing has changed."), true);
	for (size_t i = 0; i < shown; i++)
		put_item(out, palette_of(change_severity(&d->changes[i])),
			 change_words(d->changes[i].kind), d->changes[i].told->what.title, i == 0);
	end_list(out, d->change_count - shown);
}

static void put_others(const struct digest *d, FILE *out)
{
	const size_t first = digest_first_listed(d), count = d->findings->count;
	const size_t end = count < first + DIGEST_LISTED ? count : first + DIGEST_LISTED;

	if (count <= first)
		return;
	begin_list(out, first > 0 ? "What else was found" : "Findings");
	for (size_t i = first; i < end; i++) {
		const struct finding *f = &d->findings->list[i];

		put_item(out, palette_of(f->severity), severity_title(f->severity), f->title,
			 i == first);
	}
	end_list(out, count - end);
}

static void put_button(const struct digest *d, FILE *out)
{
	if (!d->page)
		return;
	fputs("<tr><td style=\"padding:20px 4px 0;\"><table role=\"presentation\" cellpadding=\"0\" "
	      "cellspacing=\"0\" border=\"0\"><tr><td class=\"button\" bgcolor=\"#1a5fb4\" "
	      "style=\"background-color:#1a5fb4;border-radius:8px;padding:11px 20px;\"><a href=\"",
	      out);
	html_text(out, slice_of(d->page), TEXT_CHARS);
	fputs("\" style=\"" FONT
	      "color:#ffffff;font-size:15px;line-height:20px;font-weight:600;text-decoration:none;\">"
	      "All figures and plots</a></td></tr></table></td></tr>\n",
	      out);
}

void digest_html(const struct digest *d, FILE *out)
{
	put_head(d, out);
	put_brand(d, out);
	put_verdict(d, out);
	put_figures(d, out);
	put_changes(d, out);
	put_others(d, out);
	put_button(d, out);
	put_foot(d, out);
}

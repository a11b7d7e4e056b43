/* page_table.c - tables of the page
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/page_table.h"

#include "bridge/report/html.h"

/* Longer texts are cut and can be read in full under the pointer. */
#define SHOWN 72
#define HELD 600

void table_begin(FILE *out, const char *caption, const char *const *columns)
{
	fprintf(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table>"
		     "<caption>%s</caption><thead><tr>", caption, caption);
	for (; *columns; columns++)
		fprintf(out, "<th scope=\"col\"%s>%s</th>", **columns == '#' ? " class=\"n\"" : "",
			*columns + (**columns == '#' ? 1 : 0));
	fputs("</tr></thead><tbody>\n", out);
}

void table_row(FILE *out)
{
	fputs("<tr>", out);
}

void table_end(FILE *out)
{
	fputs("</tbody></table></div>\n", out);
}

void table_end_of(FILE *out, const struct tally_table *table, size_t shown)
{
	const size_t keys = tally_keys(table);

	table_end(out);
	if (keys <= shown)
		return;
	fputs("<p class=\"more\">and ", out);
	html_number(out, keys - shown);
	fputs(" more. All of them are in the sums.</p>\n", out);
}

static void put_cut(FILE *out, struct slice text)
{
	if (text.size > SHOWN) {
		fputs("<bdi title=\"", out);
		html_text(out, text, HELD);
		fputs("\">", out);
	} else {
		fputs("<bdi>", out);
	}
	html_text(out, text, SHOWN);
	fputs("</bdi>", out);
}

void cell_name(FILE *out, const struct tally *tally)
{
	fputs("<th scope=\"row\">", out);
	put_cut(out, tally->texts[0].data ? tally->texts[0] : tally->key);
	fputs("</th>", out);
}

void cell_text(FILE *out, struct slice text)
{
	fputs("<td>", out);
	if (text.size > 0)
		put_cut(out, text);
	else
		fputs("<span class=\"none\">\xe2\x80\x93</span>", out);
	fputs("</td>", out);
}

void cell_long(FILE *out, struct slice text)
{
	fputs("<td class=\"w\"><bdi>", out);
	html_text(out, text, HELD);
	fputs("</bdi></td>", out);
}

void cell_number(FILE *out, uint64_t number)
{
	fputs("<td class=\"n\">", out);
	html_number(out, number);
	fputs("</td>", out);
}

void cell_bad(FILE *out, uint64_t number)
{
	fprintf(out, "<td class=\"n%s\">", number > 0 ? " bad" : "");
	html_number(out, number);
	fputs("</td>", out);
}

void cell_share(FILE *out, uint64_t part, uint64_t whole)
{
	fputs("<td class=\"n\">", out);
	html_share(out, part, whole);
	fputs("</td>", out);
}

void cell_day(FILE *out, int64_t unix_seconds)
{
	fputs("<td class=\"d\">", out);
	if (unix_seconds != 0)
		html_day(out, unix_seconds);
	fputs("</td>", out);
}

void table_none(FILE *out, const char *text)
{
	fprintf(out, "<p class=\"empty\">%s</p>\n", text);
}

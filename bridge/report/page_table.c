/* page_table.c - tables of the page
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/page_table.h"

#include "bridge/report/html.h"

/* Names in DNS have 253 characters at most, so no name is cut. */
#define HELD 600

struct page_table table_begin(FILE *out, const char *caption, const char *const *columns)
{
	fprintf(out,
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table>"
		"<caption>%s</caption><thead><tr>",
		caption, caption);
	for (const char *const *column = columns; *column; column++)
		fprintf(out, "<th scope=\"col\"%s>%s</th>", **column == '#' ? " class=\"n\"" : "",
			*column + (**column == '#' ? 1 : 0));
	fputs("</tr></thead><tbody>\n", out);
	return (struct page_table){ .out = out, .columns = columns };
}

void table_row(struct page_table *t)
{
	fputs("<tr>", t->out);
	t->at = 0;
}

void table_end(struct page_table *t)
{
	fputs("</tbody></table></div>\n", t->out);
}

void table_end_of(struct page_table *t, const struct tally_table *table, size_t shown)
{
	const size_t keys = tally_keys(table);

	table_end(t);
	if (keys <= shown)
		return;
	fputs("<p class=\"more\">and ", t->out);
	html_number(t->out, keys - shown);
	fputs(" more. All of them are in the sums.</p>\n", t->out);
}

static void begin_cell(struct page_table *t, const char *class)
{
	const char *title = t->columns[t->at++];

	fprintf(t->out, "<td data-label=\"%s\"%s%s%s>", title + (*title == '#' ? 1 : 0),
		*class ? " class=\"" : "", class, *class ? "\"" : "");
}

static void end_cell(struct page_table *t)
{
	fputs("</td>", t->out);
}

static void put_text(struct page_table *t, struct slice text)
{
	fputs("<bdi>", t->out);
	html_text(t->out, text, HELD);
	fputs("</bdi>", t->out);
}

void cell_name(struct page_table *t, struct slice name)
{
	t->at++;
	fputs("<th scope=\"row\">", t->out);
	put_text(t, name.size > 0 ? name : slice_of("(not given)"));
	fputs("</th>", t->out);
}

void cell_sender(struct page_table *t, struct slice name, struct slice status, struct slice help)
{
	static const char *const statuses[] = { "approved", "known", "unknown" };

	t->at++;
	fputs("<th scope=\"row\"><bdi>", t->out);
	html_link(t->out, help, name.size > 0 ? name : slice_of("(not given)"), HELD);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (slice_is(status, statuses[i]))
			fprintf(t->out, " <small class=\"%s\">%s</small>", statuses[i],
				statuses[i]);
	fputs("</bdi></th>", t->out);
}

void cell_text(struct page_table *t, struct slice text)
{
	begin_cell(t, text.size > 0 ? "" : "none");
	if (text.size > 0)
		put_text(t, text);
	else
		fputs("\xe2\x80\x93", t->out);
	end_cell(t);
}

void cell_long(struct page_table *t, struct slice text)
{
	begin_cell(t, "w");
	put_text(t, text);
	end_cell(t);
}

void cell_number(struct page_table *t, uint64_t number)
{
	begin_cell(t, "n");
	html_number(t->out, number);
	end_cell(t);
}

void cell_bad(struct page_table *t, uint64_t number)
{
	begin_cell(t, number > 0 ? "n bad" : "n");
	html_number(t->out, number);
	end_cell(t);
}

void cell_share(struct page_table *t, uint64_t part, uint64_t whole)
{
	begin_cell(t, "n");
	html_share(t->out, part, whole);
	end_cell(t);
}

void cell_day(struct page_table *t, int64_t unix_seconds)
{
	begin_cell(t, "");
	if (unix_seconds != 0)
		html_day(t->out, unix_seconds);
	end_cell(t);
}

void cell_new_day(struct page_table *t, int64_t unix_seconds)
{
	begin_cell(t, "");
	fputs("<span>", t->out);
	html_day(t->out, unix_seconds);
	fputs(" <b class=\"new\">new</b></span>", t->out);
	end_cell(t);
}

void table_none(FILE *out, const char *text)
{
	fprintf(out, "<p class=\"empty\">%s</p>\n", text);
}

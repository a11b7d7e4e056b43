/* domain_print.c - prints a check of a domain on a terminal
 *
 * SPDX-License-Identifier: MIT
 *
 * All texts are printable ASCII, so a byte is a column.
 */
#include "bridge/report/domain_print.h"

#define NAME_COLUMNS 9
#define TEXT_COLUMN (2 + NAME_COLUMNS)
#define NARROWEST 40

struct printer {
	FILE *out;
	unsigned columns;
	bool color;
};

static const char *color_of(enum severity severity)
{
	static const char *const colors[SEVERITIES] = {
		[SEVERITY_CRITICAL] = "\033[1;31m", [SEVERITY_WARNING] = "\033[33m",
		[SEVERITY_NOTICE] = "\033[36m",     [SEVERITY_OK] = "\033[32m",
		[SEVERITY_UNKNOWN] = "\033[35m",
	};

	return colors[severity];
}

static void put_colored(const struct printer *p, const char *color, const char *text)
{
	fprintf(p->out, "%s%s%s", p->color ? color : "", text, p->color ? "\033[0m" : "");
}

static void put_indent(const struct printer *p, unsigned indent)
{
	fprintf(p->out, "%*s", (int)indent, "");
}

/* Wraps at blanks and indents by `indent` columns; never breaks a word, so that it can be
 * copied. */
static void put_wrapped(const struct printer *p, unsigned indent, struct slice text)
{
	unsigned column = indent;
	bool first = true;

	while (text.data) {
		const struct slice word = slice_split(text, ' ', &text);

		if (!first && column + 1 + word.size > p->columns) {
			fputc('\n', p->out);
			put_indent(p, indent);
			column = indent;
			first = true;
		}
		if (!first) {
			fputc(' ', p->out);
			column++;
		}
		fwrite(word.data ? word.data : "", 1, word.size, p->out);
		column += (unsigned)word.size;
		first = false;
	}
	fputc('\n', p->out);
}

static void put_line(const struct printer *p, unsigned indent, struct slice text)
{
	if (text.size == 0)
		return;
	put_indent(p, indent);
	put_wrapped(p, indent, text);
}

/* Never wraps text that users paste. */
static void put_paste(const struct printer *p, struct slice text)
{
	if (text.size == 0)
		return;
	fprintf(p->out, "%*sTo publish:\n", TEXT_COLUMN, "");
	while (text.data) {
		const struct slice line = slice_split(text, '\n', &text);

		fprintf(p->out, "%*s%.*s\n", TEXT_COLUMN + 2, "", (int)line.size, line.data);
	}
}

static void put_finding(const struct printer *p, const struct domain_finding *f,
			struct arena *arena)
{
	const struct domain_code_row *row = domain_code_row(f->code);
	const char *name = severity_name(f->severity);

	fputs("\n  ", p->out);
	put_colored(p, color_of(f->severity), name);
	put_indent(p, NAME_COLUMNS - (unsigned)strlen(name));
	put_wrapped(p, TEXT_COLUMN,
		    slice_of(arena_format(arena, "%s [%s]", row->title, row->code)));
	put_line(p, TEXT_COLUMN,
		 slice_of(arena_format(arena, "%.*s%s%.*s", (int)f->subject.size, f->subject.data,
				       f->evidence.size > 0 ? ": " : "", (int)f->evidence.size,
				       f->evidence.data)));
	if (f->severity != SEVERITY_OK)
		put_line(p, TEXT_COLUMN,
			 slice_of(arena_format(arena, "%.*s%s%s%s", (int)f->advice.size,
					       f->advice.data, row->source[0] ? " (" : "",
					       row->source, row->source[0] ? ")" : "")));
	put_paste(p, f->paste);
}

void domain_counts(const struct domain_report *report, struct strbuf *out)
{
	const struct domain_findings *findings = &report->findings;
	size_t counts[SEVERITIES] = { 0 };
	bool any = false;

	for (size_t i = 0; i < findings->count; i++)
		counts[findings->list[i].severity]++;
	for (unsigned s = 0; s < SEVERITIES; s++) {
		const bool plural = counts[s] != 1 &&
				    (s == SEVERITY_WARNING || s == SEVERITY_NOTICE);

		if (counts[s] == 0 || s == SEVERITY_OK)
			continue;
		strbuf_add_format(out, "%s%zu %s%s", any ? ", " : "", counts[s],
				  severity_name((enum severity)s), plural ? "s" : "");
		any = true;
	}
	if (!any)
		strbuf_add_text(out, "no action needed");
}

static void put_head(const struct printer *p, const struct domain_report *report)
{
	const struct slice name = report->state.name;
	struct strbuf counts;

	strbuf_init(&counts, 256);
	domain_counts(report, &counts);
	if (p->color)
		fputs("\033[1m", p->out);
	fprintf(p->out, "%.*s", (int)name.size, name.data);
	if (p->color)
		fputs("\033[0m", p->out);
	fprintf(p->out, ": %s\n\n", counts.buf);
	strbuf_release(&counts);
}

void domain_print(const struct domain_report *report, FILE *out, unsigned columns, bool color)
{
	const struct printer p = { out, columns < NARROWEST ? NARROWEST : columns, color };
	struct domain_fact facts[DOMAIN_FACTS_MAX];
	const size_t count = domain_facts(report, facts);

	put_head(&p, report);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "  %-*s", NAME_COLUMNS, facts[i].name);
		put_wrapped(&p, TEXT_COLUMN, slice_of(facts[i].value));
	}
	for (size_t i = 0; i < report->findings.count; i++)
		put_finding(&p, &report->findings.list[i], report->findings.arena);
	if (report->findings.more > 0)
		fprintf(out, "\n  and %zu more findings\n", report->findings.more);
}

/* --- documentation of the codes ----------------------------------------------------- */

void domain_codes_print(FILE *out)
{
	fputs("# Findings of a domain check\n\n"
	      "`reportbridge domain` gives these codes. The severity is the usual one; a check\n"
	      "raises or lowers it where the consequence differs, such as under an MTA-STS policy in\n"
	      "mode enforce. `unknown` means that something could not be looked at: it is never a\n"
	      "fault and never reaches `--fail-on`. Codes that begin with `reported-` need reports\n"
	      "(`--reports`). This page is made by `make references`.\n\n"
	      "| code | severity | meaning | what to do | source |\n"
	      "| --- | --- | --- | --- | --- |\n",
	      out);
	for (unsigned code = 0; code < DOMAIN_CODES; code++) {
		const struct domain_code_row *row = domain_code_row((enum domain_code)code);

		fprintf(out, "| `%s` | %s | %s | %s | %s |\n", row->code,
			severity_name(row->severity), row->title, row->advice, row->source);
	}
}

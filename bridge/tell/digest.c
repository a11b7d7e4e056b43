/* digest.c - the texts of the weekly or monthly digest of a tenant
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/digest.h"

#include <stdio.h>

#include "bridge/report/html.h"
#include "bridge/tell/notice.h"

#define TITLE_CHARS 300
#define TEXT_CHARS 900
#define NAME_CHARS 120

void digest_period_text(const struct period *period, char text[static PERIOD_TEXT_SIZE])
{
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE];
	size_t shown;

	day_text(period->first, first);
	day_text(period->last, last);
	shown = strlen(first);
	/* "16 to 22 Nov 2026", "28 Sep to 4 Oct 2026", "28 Dec 2026 to 3 Jan 2027" */
	if (strcmp(strrchr(first, ' '), strrchr(last, ' ')) == 0)
		shown -= strlen(" 2026");
	if (strcmp(strchr(first, ' '), strchr(last, ' ')) == 0)
		shown -= strlen(" Nov");
	snprintf(text, PERIOD_TEXT_SIZE, "%.*s to %s", (int)shown, first, last);
}

const char *digest_service(const struct digest *d)
{
	return d->service->name ? d->service->name : "reportbridge";
}

bool digest_explains(const struct digest *d)
{
	return d->findings->count > 0 && d->findings->severity <= SEVERITY_WARNING;
}

size_t digest_first_listed(const struct digest *d)
{
	return digest_explains(d) ? 1 : 0;
}

static void add_verdict(const struct digest *d, struct strbuf *out)
{
	plain_text(out, d->name, NAME_CHARS);
	strbuf_add_text(out, ": ");
	plain_text(out, d->findings->verdict, TITLE_CHARS);
}

void digest_subject(const struct digest *d, struct strbuf *out)
{
	char period[PERIOD_TEXT_SIZE];

	digest_period_text(&d->periods.now, period);
	add_verdict(d, out);
	strbuf_add_format(out, " (%s)", period);
}

/* --- plain text ----------------------------------------------------------------------- */

static void add_line(struct strbuf *out, const char *head, struct slice text, const char *tail)
{
	if (text.size == 0)
		return;
	strbuf_add_text(out, head);
	plain_text(out, text, TEXT_CHARS);
	strbuf_add_text(out, tail);
	strbuf_add_byte(out, '\n');
}

static void add_heading(struct strbuf *out, const char *heading)
{
	strbuf_add_format(out, "\n%s\n", heading);
	for (size_t i = 0; i < strlen(heading); i++)
		strbuf_add_byte(out, '-');
	strbuf_add_byte(out, '\n');
}

static void add_first(const struct digest *d, struct strbuf *out)
{
	const struct finding *f = &d->findings->list[0];
	char when[FINDING_WHEN_SIZE];

	finding_when(f, d->findings, when);
	add_line(out, "\n", f->title, ".");
	add_line(out, "When: ", slice_of(when), "");
	add_line(out, "Where: ", finding_where(f), "");
	add_line(out, "How much: ", f->amount, "");
	add_line(out, "Why: ", f->why, "");
	add_line(out, "Effect: ", f->effect, "");
	add_line(out, "What to do: ", f->recommendation, "");
}

static void add_value(struct strbuf *out, const struct figure *figure, unsigned period)
{
	char number[NUMBER_TEXT_SIZE], share[SHARE_TEXT_SIZE];

	strbuf_add_text(out, figure->is_share ? share_text(figure->part[period],
							   figure->whole[period], share)
					      : number_text(figure->part[period], number));
}

static void add_figures(const struct digest *d, struct strbuf *out)
{
	struct figure figures[FIGURES_MAX];
	const size_t count = figures_of(d->summary, &d->periods, figures);

	if (count > 0)
		add_heading(out, "Figures");
	for (size_t i = 0; i < count; i++) {
		strbuf_add_format(out, "%s: ", figures[i].name);
		add_value(out, &figures[i], 0);
		if (figure_has_before(&figures[i], &d->periods)) {
			strbuf_add_format(out, " (the %s before: ", d->unit);
			add_value(out, &figures[i], 1);
			strbuf_add_byte(out, ')');
		}
		strbuf_add_byte(out, '\n');
	}
}

static void add_changes(const struct digest *d, struct strbuf *out)
{
	char day[DAY_TEXT_SIZE], heading[64];

	if (d->since == 0)
		return;
	day_text(d->since, day);
	snprintf(heading, sizeof(heading), "Changes since %s", day);
	add_heading(out, heading);
	if (d->change_count == 0)
		strbuf_add_text(out, "None.\n");
	for (size_t i = 0; i < d->change_count && i < DIGEST_LISTED; i++) {
		strbuf_add_format(out, "* %s: ", change_words(d->changes[i].kind));
		plain_text(out, d->changes[i].told->what.title, TITLE_CHARS);
		strbuf_add_text(out, ".\n");
	}
	if (d->change_count > DIGEST_LISTED)
		strbuf_add_format(out, "* and %zu more\n", d->change_count - DIGEST_LISTED);
}

static void add_others(const struct digest *d, struct strbuf *out)
{
	const size_t first = digest_first_listed(d), count = d->findings->count;

	if (count <= first)
		return;
	add_heading(out, first > 0 ? "What else was found" : "Findings");
	for (size_t i = first; i < count && i < first + DIGEST_LISTED; i++) {
		strbuf_add_format(out, "* %s: ", severity_title(d->findings->list[i].severity));
		plain_text(out, d->findings->list[i].title, TITLE_CHARS);
		strbuf_add_text(out, ".\n");
	}
	if (count > first + DIGEST_LISTED)
		strbuf_add_format(out, "* and %zu more\n", count - first - DIGEST_LISTED);
}

void digest_text(const struct digest *d, struct strbuf *out)
{
	char period[PERIOD_TEXT_SIZE];

	digest_period_text(&d->periods.now, period);
	add_verdict(d, out);
	strbuf_add_format(out, "\nReport for %s, from %s.\n", period, digest_service(d));
	if (digest_explains(d))
		add_first(d, out);
	add_figures(d, out);
	add_changes(d, out);
	add_others(d, out);
	strbuf_add_text(out, "\nThe whole report is attached as a page.\n");
	if (d->page)
		strbuf_add_format(out, "As it is now: %s\n", d->page);
	strbuf_add_format(out, "\n-- \n%s\n", digest_service(d));
	if (d->service->footer)
		strbuf_add_format(out, "%s\n", d->service->footer);
}

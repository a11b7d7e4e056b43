/* page_plot.c - plots of the page: figures over time, as inline SVG
 *
 * SPDX-License-Identifier: MIT
 *
 * The drawing is stretched to the width of the page; texts stand beside it as
 * HTML, so that they keep their size on a telephone.
 */
#include "bridge/report/page_plot.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "bridge/report/findings.h"
#include "bridge/report/html.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
#define STEPS 92 /* most bars of a plot */
#define WIDTH 10 /* of a step, and of the whole height 100, in units of the drawing */
/* The smallest failure must be seen. */
#define LEAST 1.5

struct step {
	int64_t start;
	uint64_t sums[PLOT_SERIES];
};

struct steps {
	struct step step[STEPS];
	size_t count;
	int64_t days;	 /* of one step */
	uint64_t before; /* sum of what is too old to be drawn */
	uint64_t most;	 /* largest sum of all series of a step */
};

static int64_t day_of(int64_t time)
{
	return (time - (time % DAY + DAY) % DAY) / DAY;
}

static void find_span(const struct tally_table *days, int64_t *first, int64_t *last)
{
	*first = INT64_MAX;
	*last = INT64_MIN;
	for (size_t i = 0; i < days->alloc; i++) {
		int64_t day;

		if (!days->slots[i])
			continue;
		day = day_of(days->slots[i]->first);
		*first = day < *first ? day : *first;
		*last = day > *last ? day : *last;
	}
}

static void add(uint64_t *sum, uint64_t more)
{
	*sum = count_sum(*sum, more);
}

static void add_day(struct steps *steps, const struct plot *plot, const struct tally *tally,
		    int64_t first)
{
	const int64_t day = day_of(tally->first);

	for (unsigned i = 0; i < PLOT_SERIES && plot->series[i].name; i++) {
		const uint64_t value = tally->counts[plot->series[i].count];

		if (day < first)
			add(&steps->before, value);
		else
			add(&steps->step[(day - first) / steps->days].sums[i], value);
	}
}

/* false: there is nothing to draw. */
static bool make_steps(struct steps *steps, const struct plot *plot)
{
	int64_t first, last;

	*steps = (struct steps){ .days = 1 };
	find_span(plot->days, &first, &last);
	if (last < first)
		return false;
	if (last - first >= STEPS)
		steps->days = last - first < 7 * STEPS ? 7 : 30;
	if (last - first >= steps->days * STEPS)
		first = last - steps->days * STEPS + 1;
	steps->count = (size_t)((last - first) / steps->days) + 1;
	for (size_t i = 0; i < steps->count; i++)
		steps->step[i].start = (first + (int64_t)i * steps->days) * DAY;
	for (size_t i = 0; i < plot->days->alloc; i++)
		if (plot->days->slots[i])
			add_day(steps, plot, plot->days->slots[i], first);
	for (size_t i = 0; i < steps->count; i++) {
		uint64_t sum = 0;

		for (unsigned k = 0; k < PLOT_SERIES; k++)
			sum = count_sum(sum, steps->step[i].sums[k]);
		steps->most = sum > steps->most ? sum : steps->most;
	}
	return steps->most > 0;
}

static const char *step_name(const struct steps *steps)
{
	return steps->days == 1 ? "day" : steps->days == 7 ? "week" : "30 days";
}

/* 1, 2 or 5 times a power of ten: the top of the scale. */
static double ceiling_of(uint64_t most)
{
	static const double nice[] = { 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 };
	double power = 1;

	while (power * 10 < (double)most)
		power *= 10;
	for (unsigned i = 0; i < sizeof(nice) / sizeof(nice[0]); i++)
		if (nice[i] * power >= (double)most)
			return nice[i] * power;
	return 10 * power;
}

static void put_legend(FILE *out, const struct plot *plot, const struct steps *steps)
{
	fputs("<ul class=\"legend\">", out);
	for (unsigned i = 0; i < PLOT_SERIES && plot->series[i].name; i++) {
		uint64_t sum = 0;

		for (size_t k = 0; k < steps->count; k++)
			sum = count_sum(sum, steps->step[k].sums[i]);
		fprintf(out, "<li><i class=\"%s\"></i>%s <b>", plot->series[i].class,
			plot->series[i].name);
		html_number(out, sum);
		fputs("</b></li>", out);
	}
	fputs("</ul>\n", out);
}

/* Plain text: what the pointer shows. */
static void put_values(FILE *out, const struct plot *plot, const struct step *step)
{
	char day[DAY_TEXT_SIZE];

	day_text(step->start, day);
	fputs(day, out);
	for (unsigned i = 0; i < PLOT_SERIES && plot->series[i].name; i++) {
		fputs(i > 0 ? ", " : ": ", out);
		html_number(out, step->sums[i]);
		fprintf(out, " %s", plot->series[i].name);
	}
}

static void begin_plot(FILE *out, const struct plot *plot, const struct steps *steps,
		       const char *top, bool legend)
{
	fprintf(out, "<figure class=\"plot\"><figcaption>%s <span>per %s</span></figcaption>\n",
		plot->title, step_name(steps));
	if (legend)
		put_legend(out, plot, steps);
	fprintf(out,
		"<div class=\"frame\"><div class=\"scale\" aria-hidden=\"true\"><span>%s</span>"
		"<span>0</span></div>\n"
		"<svg viewBox=\"0 0 %zu 100\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s per %s</title>"
		"<desc id=\"%s-d\">",
		top, steps->count * WIDTH, plot->id, plot->id, plot->id, plot->title, step_name(steps), plot->id);
	html_number(out, steps->count);
	fprintf(out, " values; the same figures stand in the table that follows.</desc>\n"
		     "<path class=\"grid\" vector-effect=\"non-scaling-stroke\" d=\"M0 .5H%zuM0 50H%zuM0 99.5H%zu\"/>\n",
		steps->count * WIDTH, steps->count * WIDTH, steps->count * WIDTH);
}

/* The figures behind it, the latest first. */
static void put_table(FILE *out, const struct plot *plot, const struct steps *steps)
{
	fprintf(out, "<details><summary>Table: %s per %s</summary><div class=\"scroll\" "
		     "tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><thead><tr>"
		     "<th scope=\"col\">From</th>", plot->title, step_name(steps), plot->title);
	for (unsigned i = 0; i < PLOT_SERIES && plot->series[i].name; i++)
		fprintf(out, "<th scope=\"col\" class=\"n\">%s</th>", plot->series[i].name);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = steps->count; i-- > 0;) {
		fputs("<tr><th scope=\"row\">", out);
		html_day(out, steps->step[i].start);
		fputs("</th>", out);
		for (unsigned k = 0; k < PLOT_SERIES && plot->series[k].name; k++) {
			fputs("<td class=\"n\">", out);
			html_number(out, steps->step[i].sums[k]);
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div></details>\n", out);
}

static void end_plot(FILE *out, const struct plot *plot, const struct steps *steps)
{
	fputs("</svg>\n<div class=\"dates\" aria-hidden=\"true\"><span>", out);
	html_day(out, steps->step[0].start);
	fputs("</span><span>", out);
	if (steps->count > 1)
		html_day(out, steps->step[steps->count - 1].start);
	fputs("</span></div></div>\n", out);
	if (steps->before > 0) {
		fputs("<p class=\"more\">Before that, and not drawn: ", out);
		html_number(out, steps->before);
		fprintf(out, " %s.</p>\n", plot->unit);
	}
	put_table(out, plot, steps);
	fputs("</figure>\n", out);
}

static void put_bar(FILE *out, const struct plot *plot, const struct steps *steps, size_t at,
		    double top)
{
	const struct step *step = &steps->step[at];
	double y = 100;

	fputs("<g><title>", out);
	put_values(out, plot, step);
	fprintf(out, "</title><rect class=\"hit\" x=\"%zu\" y=\"0\" width=\"%d\" height=\"100\"/>",
		at * WIDTH, WIDTH);
	for (unsigned i = 0; i < PLOT_SERIES && plot->series[i].name; i++) {
		double height = 100 * (double)step->sums[i] / top;

		if (step->sums[i] == 0)
			continue;
		if (height < LEAST)
			height = LEAST;
		y = y > height ? y - height : 0;
		fprintf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.2f\" width=\"%.1f\" "
			     "height=\"%.2f\"/>",
			plot->series[i].class, (double)(at * WIDTH) + 1.0, y, WIDTH - 2.0, height);
	}
	fputs("</g>\n", out);
}

void plot_bars(FILE *out, const struct plot *plot)
{
	struct steps *steps = xcalloc(1, sizeof(*steps));
	char top[NUMBER_TEXT_SIZE];

	if (make_steps(steps, plot)) {
		const double ceiling = ceiling_of(steps->most);

		begin_plot(out, plot, steps, number_text((uint64_t)ceiling, top), true);
		for (size_t i = 0; i < steps->count; i++)
			put_bar(out, plot, steps, i, ceiling);
		end_plot(out, plot, steps);
	}
	free(steps);
}

/* Days without mail interrupt the line. */
static void put_line(FILE *out, const struct plot *plot, const struct steps *steps)
{
	bool drawing = false;

	fprintf(out, "<path class=\"line %s\" vector-effect=\"non-scaling-stroke\" d=\"", plot->series[0].class);
	for (size_t i = 0; i < steps->count; i++) {
		const uint64_t part = steps->step[i].sums[0], whole = steps->step[i].sums[1];

		if (whole > 0)
			fprintf(out, "%c%zu %.2fh.01", drawing ? 'L' : 'M',
				i * WIDTH + WIDTH / 2, 100 - 100 * (double)part / (double)whole);
		drawing = whole > 0;
	}
	fputs("\"/>\n", out);
}

void plot_share(FILE *out, const struct plot *plot)
{
	struct steps *steps = xcalloc(1, sizeof(*steps));

	if (make_steps(steps, plot)) {
		begin_plot(out, plot, steps, "100&nbsp;%", false);
		put_line(out, plot, steps);
		for (size_t i = 0; i < steps->count; i++) {
			fputs("<g><title>", out);
			put_values(out, plot, &steps->step[i]);
			fprintf(out, "</title><rect class=\"hit\" x=\"%zu\" y=\"0\" width=\"%d\" "
				     "height=\"100\"/></g>\n", i * WIDTH, WIDTH);
		}
		end_plot(out, plot, steps);
	}
	free(steps);
}

/* page_plot.c - plots of the page: figures over time, as inline SVG
 *
 * SPDX-License-Identifier: MIT
 *
 * The drawing is stretched to the width of the page; texts are HTML beside it, so that they
 * keep their size on a phone.
 */
#include "bridge/report/page_plot.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "bridge/report/html.h"
#include "bridge/report/words.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
#define STEPS 92 /* limit of bars in a plot */
#define WIDTH 10 /* units of a step; the height is 100 units */
/* Makes the smallest failure visible. */
#define LEAST 1.5
#define TICKS 5 /* limit of ticks of a scale */

struct step {
	int64_t start;
	uint64_t sums[PLOT_SERIES];
};

struct steps {
	struct step step[STEPS];
	size_t count;
	const struct length *length; /* of one step */
	uint64_t most;               /* largest sum of all series of a step */
};

static const struct length {
	int64_t days;
	const char *name;
} lengths[] = {
	{ 1, "day" },      { 7, "week" },   { 30, "30 days" },
	{ 91, "quarter" }, { 365, "year" }, { 3650, "ten years" },
};

/* A scale of evenly spaced ticks. */
struct scale {
	double low, high;
	unsigned ticks;
};

static int64_t day_of(int64_t time)
{
	return (time - (time % DAY + DAY) % DAY) / DAY;
}

/* Reports without a period have a row too. */
static bool is_day(const struct tally *row)
{
	return row && tally_has_time(row);
}

static void find_span(const struct tally_table *days, int64_t *first, int64_t *last)
{
	*first = INT64_MAX;
	*last = INT64_MIN;
	for (size_t i = 0; i < days->alloc; i++) {
		int64_t day;

		if (!is_day(days->slots[i]))
			continue;
		day = day_of(days->slots[i]->first);
		*first = day < *first ? day : *first;
		*last = day > *last ? day : *last;
	}
}

static void add_day(struct steps *steps, const struct plot *plot, const struct tally *tally,
		    int64_t first)
{
	struct step *step = &steps->step[(day_of(tally->first) - first) / steps->length->days];

	for (unsigned i = 0; i < PLOT_SERIES && plot->series[i].name; i++)
		step->sums[i] = count_sum(step->sums[i], tally->counts[plot->series[i].count]);
}

/* false: nothing to draw. */
static bool make_steps(struct steps *steps, const struct plot *plot)
{
	int64_t first, last;

	*steps = (struct steps){ .length = lengths };
	find_span(plot->days, &first, &last);
	if (last < first)
		return false;
	while (last - first >= steps->length->days * STEPS)
		steps->length++; /* the longest step length fits every range of dates */
	steps->count = (size_t)((last - first) / steps->length->days) + 1;
	for (size_t i = 0; i < steps->count; i++)
		steps->step[i].start = (first + (int64_t)i * steps->length->days) * DAY;
	for (size_t i = 0; i < plot->days->alloc; i++)
		if (is_day(plot->days->slots[i]))
			add_day(steps, plot, plot->days->slots[i], first);
	for (size_t i = 0; i < steps->count; i++) {
		uint64_t sum = 0;

		for (unsigned k = 0; k < PLOT_SERIES; k++)
			sum = count_sum(sum, steps->step[i].sums[k]);
		steps->most = sum > steps->most ? sum : steps->most;
	}
	return steps->most > 0;
}

/* --- scales ---------------------------------------------------------------------- */

/* The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least`. */
static double nice_width(double least)
{
	static const double nice[] = { 1, 2, 2.5, 5, 10 };
	double power = 1;
	unsigned i = 0;

	while (power * 10 <= least)
		power *= 10;
	while (power > least && power > 0.01)
		power /= 10;
	while (i < 4 && nice[i] * power < least)
		i++;
	return nice[i] * power;
}

/* A scale from 0, in whole numbers. */
static struct scale count_scale(uint64_t most)
{
	double width = nice_width((double)most / (TICKS - 1));
	struct scale scale = { .ticks = 1 };

	if (width < 1)
		width = 1;
	if (width < 10 && width > 2 && width < 5)
		width = 5; /* 2.5 is not a count */
	while (scale.high < (double)most) {
		scale.high += width;
		scale.ticks++;
	}
	return scale;
}

/* A scale from below the lowest share up to 100 %. */
static struct scale share_scale(double lowest)
{
	const double width = nice_width((100 - lowest > 0.4 ? 100 - lowest : 0.4) / (TICKS - 1));
	struct scale scale = { .low = 100, .high = 100, .ticks = 1 };

	while (scale.ticks < 3 || scale.low > lowest) {
		scale.low -= width;
		scale.ticks++;
	}
	if (scale.low < 0)
		scale = (struct scale){ 0, 100, 5 };
	return scale;
}

static void put_tick(FILE *out, double value, bool percent)
{
	char number[NUMBER_TEXT_SIZE];

	if (!percent)
		fputs(number_text((uint64_t)(value + 0.5), number), out);
	else
		fprintf(out, "%.4g&nbsp;%%", value);
}

static void put_scale(FILE *out, const struct scale *scale, bool percent)
{
	fputs("<div class=\"scale\" aria-hidden=\"true\">", out);
	for (unsigned i = 0; i < scale->ticks; i++) {
		const double part = (double)i / (scale->ticks - 1);

		fputs("<span>", out);
		put_tick(out, scale->high - part * (scale->high - scale->low), percent);
		fputs("</span>", out);
	}
	fputs("</div>\n", out);
}

static void put_grid(FILE *out, const struct scale *scale, size_t width)
{
	fputs("<path class=\"grid\" vector-effect=\"non-scaling-stroke\" d=\"", out);
	for (unsigned i = 0; i < scale->ticks; i++)
		fprintf(out, "M0 %.2fH%zu", 100.0 * i / (scale->ticks - 1), width);
	fputs("\"/>\n", out);
}

/* Writes up to five dates, evenly spaced. */
static void put_dates(FILE *out, const struct steps *steps)
{
	static const size_t parts[] = { 4, 3, 2 };
	size_t part = 1;

	for (unsigned i = 0; i < 3 && part == 1; i++)
		if ((steps->count - 1) % parts[i] == 0 && steps->count > parts[i])
			part = parts[i];
	if (part == 1 && steps->count > 6)
		part = 3; /* near the day, not exactly on it */
	if (steps->count == 1)
		part = 0;
	fputs("<div class=\"dates\" aria-hidden=\"true\">", out);
	for (size_t i = 0; i <= part; i++) {
		const size_t at = part > 0 ? (i * (steps->count - 1) + part / 2) / part : 0;

		fputs("<span>", out);
		html_day(out, steps->step[at].start);
		fputs("</span>", out);
	}
	fputs("</div>", out);
}

/* --- labels and tables ------------------------------------------------------------- */

static bool is_before(const struct plot *plot, const struct step *step)
{
	return step->start < plot->split;
}

static uint64_t sum_of(const struct steps *steps, const struct plot *plot, unsigned series,
		       bool before)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < steps->count; i++)
		if (is_before(plot, &steps->step[i]) == before)
			sum = count_sum(sum, steps->step[i].sums[series]);
	return sum;
}

static void put_legend(FILE *out, const struct plot *plot, const struct steps *steps)
{
	fputs("<ul class=\"legend\">", out);
	for (unsigned i = 0; i < PLOT_SERIES && plot->series[i].name; i++) {
		if (i > 0 && sum_of(steps, plot, i, false) + sum_of(steps, plot, i, true) == 0)
			continue;
		fprintf(out, "<li><i class=\"%s\"></i>%s <b>", plot->series[i].class,
			plot->series[i].name);
		html_number(out, sum_of(steps, plot, i, false));
		fputs("</b>", out);
		if (plot->split != 0) {
			fputs(" <span>before: ", out);
			html_number(out, sum_of(steps, plot, i, true));
			fputs("</span>", out);
		}
		fputs("</li>", out);
	}
	fputs("</ul>\n", out);
}

/* Plain text for the tooltip. */
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

/* Draws a darker background behind the previous period. */
static void put_before(FILE *out, const struct plot *plot, const struct steps *steps)
{
	size_t count = 0;

	while (count < steps->count && is_before(plot, &steps->step[count]))
		count++;
	if (count > 0 && count < steps->count)
		fprintf(out, "<path class=\"before\" d=\"M0 0H%zuV100H0z\"/>\n", count * WIDTH);
}

static void begin_plot(FILE *out, const struct plot *plot, const struct steps *steps,
		       const struct scale *scale, bool percent)
{
	const char *step = steps->length->name;

	fprintf(out, "<div class=\"frame\">");
	put_scale(out, scale, percent);
	fprintf(out,
		"<svg viewBox=\"0 0 %zu 100\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s per %s</title>"
		"<desc id=\"%s-d\">",
		steps->count * WIDTH, plot->id, plot->id, plot->id, plot->title, step, plot->id);
	html_number(out, steps->count);
	fprintf(out, " value%s; the table below has the same figures.</desc>\n",
		plural(steps->count));
	put_before(out, plot, steps);
	put_grid(out, scale, steps->count * WIDTH);
}

static void put_caption(FILE *out, const struct plot *plot, const struct steps *steps)
{
	fprintf(out, "<figure class=\"plot\"><figcaption>%s <span>per %s</span></figcaption>\n",
		plot->title, steps->length->name);
}

/* Writes the figures of the plot as a table, the latest first. */
static void put_table(FILE *out, const struct plot *plot, const struct steps *steps)
{
	fprintf(out,
		"<details><summary>Table: %s per %s</summary><div class=\"scroll\" "
		"tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><thead><tr>"
		"<th scope=\"col\">From</th>",
		plot->title, steps->length->name, plot->title);
	for (unsigned i = 0; i < PLOT_SERIES && plot->series[i].name; i++)
		fprintf(out, "<th scope=\"col\" class=\"n\">%s</th>", plot->series[i].name);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = steps->count; i-- > 0;) {
		fputs("<tr><th scope=\"row\">", out);
		html_day(out, steps->step[i].start);
		fputs("</th>", out);
		for (unsigned k = 0; k < PLOT_SERIES && plot->series[k].name; k++) {
			fprintf(out, "<td class=\"n\" data-label=\"%s\">", plot->series[k].name);
			html_number(out, steps->step[i].sums[k]);
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div></details>\n", out);
}

static void end_plot(FILE *out, const struct plot *plot, const struct steps *steps)
{
	fputs("</svg>\n", out);
	put_dates(out, steps);
	fputs("</div>\n", out);
	put_table(out, plot, steps);
	fputs("</figure>\n", out);
}

/* --- bars ---------------------------------------------------------------------------- */

static uint64_t total_of(const struct step *step)
{
	uint64_t sum = 0;

	for (unsigned k = 0; k < PLOT_SERIES; k++)
		sum = count_sum(sum, step->sums[k]);
	return sum;
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
		fprintf(out,
			"<rect class=\"%s\" x=\"%.1f\" y=\"%.2f\" width=\"%.1f\" "
			"height=\"%.2f\"/>",
			plot->series[i].class, (double)(at * WIDTH) + 1.0, y, WIDTH - 2.0, height);
	}
	fputs("</g>\n", out);
}

static void put_extremes(FILE *out, const struct steps *steps)
{
	size_t least = 0, most = 0;

	if (steps->count < 2)
		return;
	for (size_t i = 1; i < steps->count; i++) {
		if (total_of(&steps->step[i]) > total_of(&steps->step[most]))
			most = i;
		if (total_of(&steps->step[i]) < total_of(&steps->step[least]))
			least = i;
	}
	if (total_of(&steps->step[most]) == total_of(&steps->step[least]))
		return;
	fputs("<p class=\"extremes\">Most: <b>", out);
	html_number(out, total_of(&steps->step[most]));
	fputs("</b>, ", out);
	html_day(out, steps->step[most].start);
	fputs("; least: <b>", out);
	html_number(out, total_of(&steps->step[least]));
	fputs("</b>, ", out);
	html_day(out, steps->step[least].start);
	fputs("</p>\n", out);
}

void plot_bars(FILE *out, const struct plot *plot)
{
	struct steps *steps = xcalloc(1, sizeof(*steps));

	if (make_steps(steps, plot)) {
		const struct scale scale = count_scale(steps->most);

		put_caption(out, plot, steps);
		put_legend(out, plot, steps);
		put_extremes(out, steps);
		begin_plot(out, plot, steps, &scale, false);
		for (size_t i = 0; i < steps->count; i++)
			put_bar(out, plot, steps, i, scale.high);
		end_plot(out, plot, steps);
	}
	free(steps);
}

/* --- shares ---------------------------------------------------------------------------- */

static double share_of(const struct step *step)
{
	return 100 * (double)step->sums[0] / (double)step->sums[1];
}

/* false: no step has a share. */
static bool find_extremes(const struct steps *steps, size_t *lowest, size_t *highest)
{
	bool found = false;

	for (size_t i = 0; i < steps->count; i++) {
		if (steps->step[i].sums[1] == 0)
			continue;
		if (!found || share_of(&steps->step[i]) < share_of(&steps->step[*lowest]))
			*lowest = i;
		if (!found || share_of(&steps->step[i]) > share_of(&steps->step[*highest]))
			*highest = i;
		found = true;
	}
	return found;
}

static void put_share_extremes(FILE *out, const struct steps *steps, size_t lowest, size_t highest)
{
	const struct step *low = &steps->step[lowest], *high = &steps->step[highest];

	if (share_of(low) >= share_of(high)) {
		fputs("<p class=\"extremes\"><b>", out);
		html_share(out, low->sums[0], low->sums[1]);
		fputs("</b> throughout</p>\n", out);
		return;
	}
	fputs("<p class=\"extremes\">Lowest: <b>", out);
	html_share(out, low->sums[0], low->sums[1]);
	fputs("</b>, ", out);
	html_day(out, low->start);
	fputs("; highest: <b>", out);
	html_share(out, high->sums[0], high->sums[1]);
	fputs("</b>, ", out);
	html_day(out, high->start);
	fputs("</p>\n", out);
}

static double height_of(const struct step *step, const struct scale *scale)
{
	return 100 * (scale->high - share_of(step)) / (scale->high - scale->low);
}

/* Days without mail interrupt the line. */
static void put_line(FILE *out, const struct plot *plot, const struct steps *steps,
		     const struct scale *scale)
{
	bool drawing = false;

	fprintf(out, "<path class=\"line %s\" vector-effect=\"non-scaling-stroke\" d=\"",
		plot->series[0].class);
	for (size_t i = 0; i < steps->count; i++) {
		const bool some = steps->step[i].sums[1] > 0;

		if (some)
			fprintf(out, "%c%zu %.2fh.01", drawing ? 'L' : 'M', i * WIDTH + WIDTH / 2,
				height_of(&steps->step[i], scale));
		drawing = some;
	}
	fputs("\"/>\n", out);
}

void plot_share(FILE *out, const struct plot *plot)
{
	struct steps *steps = xcalloc(1, sizeof(*steps));
	size_t lowest = 0, highest = 0;

	if (make_steps(steps, plot) && steps->count > 1 &&
	    find_extremes(steps, &lowest, &highest)) {
		const struct scale scale = share_scale(share_of(&steps->step[lowest]));

		put_caption(out, plot, steps);
		put_share_extremes(out, steps, lowest, highest);
		begin_plot(out, plot, steps, &scale, true);
		put_line(out, plot, steps, &scale);
		for (size_t i = 0; i < steps->count; i++) {
			fputs("<g><title>", out);
			put_values(out, plot, &steps->step[i]);
			fprintf(out,
				"</title><rect class=\"hit\" x=\"%zu\" y=\"0\" width=\"%d\" "
				"height=\"100\"/></g>\n",
				i * WIDTH, WIDTH);
		}
		end_plot(out, plot, steps);
	}
	free(steps);
}

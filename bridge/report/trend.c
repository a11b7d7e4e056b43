/* trend.c - finds sources of mail whose authentication changed
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/trend.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
/* The latest days; the time for a source grows with the square. */
#define DAYS_MOST 120

/* The count that passes, and the one that fails instead. */
struct question {
	enum trend_count passes, fails;
};

static const struct question approved = { TREND_PASSED, TREND_FAILED };
static const struct question broken = { TREND_PASSED, TREND_STOPPED };
static const struct question mis_signed = { TREND_SIGNED, TREND_MIS_SIGNED };

/* A source on the days with reports about its From domain: a day without reports is not a
 * day without mail. */
struct series {
	size_t count;
	const struct tally *row[DAYS_MOST]; /* NULL: no mail of this source */
	int64_t day[DAYS_MOST];
};

static int compare_sources(const struct tally *a, const struct tally *b)
{
	/* "author" sorts before the other kinds. */
	int order = slice_compare(a->texts[TREND_AUTHOR_DOMAIN], b->texts[TREND_AUTHOR_DOMAIN]);

	if (order == 0)
		order = slice_compare(a->texts[TREND_TEXT_KIND], b->texts[TREND_TEXT_KIND]);
	return order != 0 ? order : slice_compare(a->texts[TREND_NAME], b->texts[TREND_NAME]);
}

static int compare_rows(const void *left, const void *right)
{
	const struct tally *a = *(const struct tally *const *)left;
	const struct tally *b = *(const struct tally *const *)right;
	const int order = compare_sources(a, b);

	return order != 0 ? order : (a->first > b->first) - (a->first < b->first);
}

static enum trend_kind kind_of(const struct tally *row)
{
	const struct slice kind = row->texts[TREND_TEXT_KIND];

	return slice_is(kind, "service")     ? TREND_SERVICE
	       : slice_is(kind, "network")   ? TREND_NETWORK
	       : slice_is(kind, "signature") ? TREND_SIGNATURE
					     : TREND_AUTHOR;
}

static int64_t day_of(const struct tally *row)
{
	return row->first - (row->first % DAY + DAY) % DAY;
}

/* Reports of one day may begin at different hours: their consecutive rows belong to one
 * day. */
static void take_days(struct series *series, const struct tally *const *rows, size_t count)
{
	const size_t skip = count > DAYS_MOST ? count - DAYS_MOST : 0;

	*series = (struct series){ .count = count - skip };
	for (size_t i = 0; i < series->count; i++)
		series->day[i] = day_of(rows[skip + i]);
}

static void take_rows(struct series *series, const struct tally *const *rows, size_t count)
{
	size_t at = 0;

	memset(series->row, 0, sizeof(series->row));
	for (size_t i = 0; i < count; i++) {
		const int64_t day = day_of(rows[i]);

		while (at < series->count && series->day[at] < day)
			at++;
		if (at < series->count && series->day[at] == day)
			series->row[at] = rows[i];
	}
}

static uint64_t value(const struct series *series, size_t at, enum trend_count count)
{
	return series->row[at] ? series->row[at]->counts[count] : 0;
}

static uint64_t sum(const struct series *series, size_t from, size_t to, enum trend_count count)
{
	uint64_t total = 0;

	for (size_t i = from; i < to; i++)
		total = count_sum(total, value(series, i, count));
	return total;
}

static size_t days_with(const struct series *series, size_t from, size_t to, enum trend_count count)
{
	size_t days = 0;

	for (size_t i = from; i < to; i++)
		days += value(series, i, count) > 0;
	return days;
}

static double rate(const struct series *series, size_t from, size_t to, enum trend_count count)
{
	return to > from ? (double)sum(series, from, to, count) / (double)(to - from) : 0;
}

static size_t before_begin(size_t begin)
{
	return begin > TREND_BEFORE_DAYS ? begin - TREND_BEFORE_DAYS : 0;
}

/* Average of what passed on the days from..to that are the same day of the week; negative
 * without such a day. */
static double average_on_weekday(const struct series *series, size_t from, size_t to, int64_t day,
				 enum trend_count passes)
{
	uint64_t total = 0;
	size_t days = 0;

	for (size_t i = from; i < to; i++) {
		if ((day - series->day[i]) % (7 * DAY) != 0)
			continue;
		total = count_sum(total, value(series, i, passes));
		days++;
	}
	return days > 0 ? (double)total / (double)days : -1;
}

/* What passes on that day of the week, since offices are closed on some days: before the
 * break; in the first week, later; without such a day, on any day before. */
static double usual_on(const struct series *series, size_t begin, size_t at,
		       enum trend_count passes)
{
	const int64_t day = series->day[at];
	double usual = average_on_weekday(series, before_begin(begin), begin, day, passes);

	if (usual < 0)
		usual = average_on_weekday(series, at + 1, series->count, day, passes);
	return usual >= 0 ? usual : rate(series, before_begin(begin), begin, passes);
}

static double usual_between(const struct series *series, size_t begin, size_t from, size_t to,
			    enum trend_count passes)
{
	double total = 0;

	for (size_t i = from; i < to; i++)
		total += usual_on(series, begin, i, passes);
	return total;
}

/* Finds the break with most missing messages: days on which less than half of the usual
 * number passed while mail of the source failed. */
static bool find_break(const struct series *series, const struct question *q, size_t *begin,
		       size_t *end)
{
	double best = 0;

	for (size_t from = 1; from < series->count; from++) {
		double missed = 0;

		if (value(series, from, q->fails) == 0 ||
		    sum(series, before_begin(from), from, q->passes) < TREND_LEAST_MESSAGES)
			continue;
		for (size_t to = from; to < series->count; to++) {
			missed += usual_on(series, from, to, q->passes) / TREND_FALL -
				  (double)value(series, to, q->passes);
			if (missed <= best || value(series, to, q->fails) == 0)
				continue;
			best = missed;
			*begin = from;
			*end = to + 1;
		}
	}
	return best > 0;
}

static bool is_break(const struct series *series, const struct question *q, enum trend_kind kind,
		     size_t begin, size_t end)
{
	const double missing = usual_between(series, begin, begin, end, q->passes) -
			       (double)sum(series, begin, end, q->passes);
	const double failed = (double)sum(series, begin, end, q->fails);
	const unsigned place = kind == TREND_AUTHOR ? TREND_PLACE_AUTHOR : TREND_PLACE;

	return failed >= TREND_LEAST_MESSAGES &&
	       days_with(series, begin, end, q->fails) >= TREND_LEAST_DAYS &&
	       rate(series, begin, end, q->fails) >=
		       TREND_RISE * rate(series, before_begin(begin), begin, q->fails) &&
	       failed * place >= missing;
}

/* Whether it passes again, or has sent nothing for so long that it has stopped. */
static bool has_ended(const struct series *series, const struct question *q, size_t begin,
		      size_t end, int64_t last_day)
{
	const double usual = usual_between(series, begin, end, series->count, q->passes);

	return (end < series->count &&
		(double)sum(series, end, series->count, q->passes) * TREND_FALL >= usual) ||
	       last_day - series->day[end - 1] > TREND_QUIET_DAYS * DAY;
}

static struct slice proof_of(const struct series *series, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		if (series->row[i] && series->row[i]->texts[TREND_PROOF].size > 0)
			return series->row[i]->texts[TREND_PROOF];
	return slice_of(NULL);
}

static bool examine(const struct summary *s, const struct series *series, const struct question *q,
		    const struct tally *source, struct trend *trend)
{
	size_t begin = 0, end = 0;

	if (!find_break(series, q, &begin, &end) ||
	    !is_break(series, q, kind_of(source), begin, end))
		return false;
	*trend = (struct trend){
		.kind = kind_of(source),
		.author = source->texts[TREND_AUTHOR_DOMAIN],
		.name = source->texts[TREND_NAME],
		.proof = proof_of(series, begin, end),
		.first = series->day[begin],
		.last = series->day[end - 1],
		.ended = has_ended(series, q, begin, end, s->last),
		.before = (uint64_t)(rate(series, before_begin(begin), begin, q->passes) + 0.5),
		.passed = sum(series, begin, end, TREND_PASSED),
		.failed = sum(series, begin, end, TREND_FAILED),
		.stopped = sum(series, begin, end, TREND_STOPPED),
		.rejected = sum(series, begin, end, TREND_REJECTED),
		.mis_signed = sum(series, begin, end, TREND_MIS_SIGNED),
	};
	return true;
}

/* --- all sources ----------------------------------------------------------------- */

struct rows {
	const struct tally **list;
	size_t count;
};

/* Sorted by From domain; in each first all its mail, then its sources; in each of these by
 * day. */
static struct rows sorted_rows(const struct summary *s)
{
	const struct tally_table *table = summary_table(s, SUMMARY_TRENDS);
	struct rows rows = { xcalloc(table->count + 1, sizeof(*rows.list)), 0 };

	for (size_t i = 0; i < table->alloc; i++)
		if (table->slots[i])
			rows.list[rows.count++] = table->slots[i];
	qsort(rows.list, rows.count, sizeof(*rows.list), compare_rows);
	return rows;
}

static size_t source_end(const struct rows *rows, size_t begin)
{
	size_t end = begin + 1;

	while (end < rows->count && compare_sources(rows->list[begin], rows->list[end]) == 0)
		end++;
	return end;
}

static uint64_t weight_of(const struct trend *trend, const struct question *q)
{
	return q == &broken ? trend->stopped : q == &approved ? trend->failed : trend->mis_signed;
}

static bool is_worse(const struct trend *a, const struct trend *b, const struct question *q)
{
	const uint64_t left = weight_of(a, q), right = weight_of(b, q);

	/* A service has a more useful name. */
	return left != right ? left > right : a->kind < b->kind;
}

/* Keeps the worst of each From domain. */
static size_t keep(struct trend *list, size_t count, const struct trend *found,
		   const struct question *q)
{
	size_t at = 0;

	while (at < count && !slice_equal(list[at].author, found->author))
		at++;
	if (at == TRENDS_MAX || (at < count && !is_worse(found, &list[at], q)))
		return count;
	list[at] = *found;
	return at < count ? count : count + 1;
}

/* Whether it is a service that the tenant has approved; false for other kinds of rows. */
static bool is_approved(const struct series *series, const struct tally *source)
{
	for (size_t i = 0; i < series->count && kind_of(source) == TREND_SERVICE; i++)
		if (series->row[i] && slice_is(series->row[i]->texts[TREND_STATUS], "approved"))
			return true;
	return false;
}

static size_t find_all(const struct summary *s, const struct question *q, struct trend *list)
{
	struct rows rows = sorted_rows(s);
	struct series *series = xcalloc(1, sizeof(*series));
	size_t count = 0;

	for (size_t begin = 0; begin < rows.count;) {
		const size_t end = source_end(&rows, begin);
		struct trend found;

		if (kind_of(rows.list[begin]) == TREND_AUTHOR)
			take_days(series, rows.list + begin, end - begin);
		take_rows(series, rows.list + begin, end - begin);
		if ((q != &approved || is_approved(series, rows.list[begin])) &&
		    examine(s, series, q, rows.list[begin], &found))
			count = keep(list, count, &found, q);
		begin = end;
	}
	free(series);
	free(rows.list);
	return count;
}

size_t trends_broken(const struct summary *s, struct trend list[static TRENDS_MAX])
{
	return find_all(s, &broken, list);
}

size_t trends_approved(const struct summary *s, struct trend list[static TRENDS_MAX])
{
	return find_all(s, &approved, list);
}

size_t trends_mis_signed(const struct summary *s, struct trend list[static TRENDS_MAX])
{
	return find_all(s, &mis_signed, list);
}

/* --- sources that stopped sending --------------------------------------------------- */

static bool is_gone(const struct summary *s, const struct tally *const *rows, size_t count,
		    uint64_t of_author, struct trend *trend)
{
	const int64_t first = day_of(rows[0]), last = day_of(rows[count - 1]);
	const size_t span = (size_t)((last - first) / DAY) + 1;
	uint64_t passed = 0;

	for (size_t i = 0; i < count; i++)
		passed = count_sum(passed, rows[i]->counts[TREND_PASSED]);
	if (s->last - last < TREND_GONE_DAYS * DAY || passed < TREND_LEAST_MESSAGES ||
	    count < TREND_GONE_DAYS || count < span / 2 || passed < of_author / TREND_GONE_SHARE)
		return false;
	*trend = (struct trend){
		.kind = kind_of(rows[0]),
		.author = rows[0]->texts[TREND_AUTHOR_DOMAIN],
		.name = rows[0]->texts[TREND_NAME],
		.first = first,
		.last = last,
		.ended = true,
		.before = passed / span,
		.passed = passed,
	};
	return true;
}

size_t trends_gone(const struct summary *s, struct trend list[static TRENDS_MAX])
{
	struct rows rows = sorted_rows(s);
	uint64_t of_author = 0;
	size_t count = 0;

	for (size_t begin = 0, end; begin < rows.count && count < TRENDS_MAX; begin = end) {
		const enum trend_kind kind = kind_of(rows.list[begin]);

		end = source_end(&rows, begin);
		if (kind == TREND_AUTHOR) {
			of_author = 0;
			for (size_t i = begin; i < end; i++)
				of_author = count_sum(of_author,
						      rows.list[i]->counts[TREND_PASSED]);
		} else if (kind == TREND_SERVICE) {
			count += is_gone(s, rows.list + begin, end - begin, of_author,
					 &list[count]);
		}
	}
	free(rows.list);
	return count;
}

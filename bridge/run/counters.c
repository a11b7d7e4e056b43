/* counters.c - counters of a worker, in memory that the supervisor reads
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/counters.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ingest/report/document.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

static const int64_t batch_bounds[COUNTER_BUCKETS - 1] = {
	10,          30,          100,          300,          SECOND,        3 * SECOND,
	10 * SECOND, 30 * SECOND, 100 * SECOND, 300 * SECOND, 1000 * SECOND,
};

static const int64_t lag_bounds[COUNTER_BUCKETS - 1] = {
	HOUR,    3 * HOUR, 6 * HOUR, 12 * HOUR, 18 * HOUR, DAY,
	2 * DAY, 4 * DAY,  7 * DAY,  14 * DAY,  30 * DAY,
};

#define HISTOGRAM(name, label, bounds, meaning) \
	const int64_t *const counter_bounds_##name = (bounds);
#define COUNTER(name, a, b, c, meaning)
#define GAUGE(name, meaning)
#include "bridge/run/counter_table.h"
#undef COUNTER
#undef HISTOGRAM
#undef GAUGE

const struct counter_row counter_rows[] = {
#define COUNTER(name_, a, b, c, meaning_)                \
	{ .type = COUNTER_COUNTER,                       \
	  .name = #name_,                                \
	  .meaning = meaning_,                           \
	  .labels = { LABEL_##a, LABEL_##b, LABEL_##c }, \
	  .sizes = { SIZE_##a, SIZE_##b, SIZE_##c },     \
	  .offset = offsetof(struct counters, name_) },
#define HISTOGRAM(name_, label, bounds, meaning_)        \
	{ .type = COUNTER_HISTOGRAM,                     \
	  .name = #name_,                                \
	  .meaning = meaning_,                           \
	  .labels = { LABEL_##label },                   \
	  .sizes = { SIZE_##label, COUNTER_BUCKETS, 1 }, \
	  .bounds_ms = (bounds),                         \
	  .offset = offsetof(struct counters, name_),    \
	  .sum_offset = offsetof(struct counters, name_##_sum) },
#define GAUGE(name_, meaning_)   \
	{ .type = COUNTER_GAUGE, \
	  .name = #name_,        \
	  .meaning = meaning_,   \
	  .sizes = { 1, 1, 1 },  \
	  .offset = offsetof(struct counters, name_) },
#include "bridge/run/counter_table.h"
#undef COUNTER
#undef HISTOGRAM
#undef GAUGE
	{ .name = NULL },
};

const char *counter_label_name(enum counter_label label)
{
	static const char *const names[] = {
		[LABEL_FATE] = "fate",       [LABEL_REASON] = "reason", [LABEL_REPORT] = "kind",
		[LABEL_QUIRK] = "quirk",     [LABEL_DOCUMENT] = "kind", [LABEL_OUTPUT] = "output",
		[LABEL_VERDICT] = "verdict", [LABEL_LOOKUP] = "result", [LABEL_TENANT] = "tenant",
	};

	return names[label];
}

const char *counter_label_value(enum counter_label label, size_t value)
{
	static const char *const fates[] = {
		[MAIL_KEEP] = "kept",       [MAIL_AGGREGATE] = "aggregate",
		[MAIL_FAILURE] = "failure", [MAIL_SMTP_TLS] = "smtp_tls",
		[MAIL_INVALID] = "invalid",
	};
	static const char *const verdicts[] = {
		[COUNT_STORED] = "stored",   [COUNT_DUPLICATE] = "duplicate",
		[COUNT_REFUSED] = "refused", [COUNT_RETRY] = "retry",
		[COUNT_HELD] = "held",
	};
	static const char *const lookups[] = {
		[COUNT_CACHED] = "cached",
		[COUNT_ASKED] = "asked",
		[COUNT_FAILED] = "failed",
	};

	switch (label) {
	case LABEL_FATE: return fates[value];
	case LABEL_REASON: return reasons[value].code;
	case LABEL_REPORT: return report_kind_name((enum report_kind)value);
	case LABEL_QUIRK: return quirk_code((enum quirk)value);
	case LABEL_DOCUMENT: return document_kind_name((enum document_kind)value);
	case LABEL_VERDICT: return verdicts[value];
	case LABEL_LOOKUP: return lookups[value];
	default: return "";
	}
}

static _Atomic uint64_t *cells(struct counters *counters, const struct counter_row *row)
{
	return (_Atomic uint64_t *)(void *)((char *)counters + row->offset);
}

size_t counter_cells(const struct counter_row *row)
{
	return row->sizes[0] * row->sizes[1] * row->sizes[2];
}

static uint64_t sum_at(const struct counters *first, size_t count, size_t stride, size_t offset)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += *(const _Atomic uint64_t *)(const void *)((const char *)first + i * stride +
								 offset);
	return sum;
}

uint64_t counter_sum(const struct counters *first, size_t count, size_t stride,
		     const struct counter_row *row, size_t cell)
{
	return sum_at(first, count, stride, row->offset + cell * sizeof(uint64_t));
}

uint64_t counter_sum_ms(const struct counters *first, size_t count, size_t stride,
			const struct counter_row *row, size_t label)
{
	return sum_at(first, count, stride, row->sum_offset + label * sizeof(uint64_t));
}

size_t counter_bucket(const int64_t *bounds_ms, int64_t ms)
{
	size_t bucket = 0;

	while (bucket < COUNTER_BUCKETS - 1 && ms > bounds_ms[bucket])
		bucket++;
	return bucket;
}

void counters_end_gauges(struct counters *counters)
{
	for (const struct counter_row *row = counter_rows; row->name; row++)
		if (row->type == COUNTER_GAUGE)
			*cells(counters, row) = 0;
}

/* A name usually keeps its position. */
static size_t number_of(const char *const *names, size_t size, const char *name, size_t place)
{
	size_t i = 0;

	if (names[place] && strcmp(names[place], name) == 0)
		return place;
	while (i < size && (!names[i] || strcmp(names[i], name) != 0))
		i++;
	return i;
}

/* Position of the label among the dimensions; 3: it is none of them. */
static size_t dimension_of(const struct counter_row *row, enum counter_label label)
{
	size_t i = 0;

	while (i < 3 && row->labels[i] != label)
		i++;
	return i;
}

/* One value's share of a row is `inner` cells in each of `outer` places. */
static void renumber_cells(_Atomic uint64_t *cell, size_t outer, size_t inner, const size_t *from,
			   size_t size)
{
	for (size_t o = 0; o < outer; o++, cell += size * inner) {
		uint64_t *before = xcalloc(size * inner, sizeof(*before));

		for (size_t i = 0; i < size * inner; i++)
			before[i] = cell[i];
		for (size_t i = 0; i < size * inner; i++)
			cell[i] = from[i / inner] < size
					  ? before[from[i / inner] * inner + i % inner]
					  : 0;
		free(before);
	}
}

static void renumber_row(struct counters *counters, const struct counter_row *row, size_t dimension,
			 const size_t *from)
{
	size_t outer = 1, inner = 1;

	for (size_t i = 0; i < 3; i++)
		*(i < dimension ? &outer : &inner) *= i == dimension ? 1 : row->sizes[i];
	renumber_cells(cells(counters, row), outer, inner, from, row->sizes[dimension]);
	if (row->type == COUNTER_HISTOGRAM)
		renumber_cells((_Atomic uint64_t *)(void *)((char *)counters + row->sum_offset), 1,
			       1, from, row->sizes[dimension]);
}

void counters_renumber(struct counters *counters, enum counter_label label, size_t size,
		       const char *const *old, const char *const *new)
{
	size_t *from = xcalloc(size, sizeof(*from));

	for (size_t i = 0; i < size; i++)
		from[i] = new[i] ? number_of(old, size, new[i], i) : size;
	for (const struct counter_row *row = counter_rows; row->name; row++) {
		const size_t dimension = dimension_of(row, label);

		if (dimension < 3)
			renumber_row(counters, row, dimension, from);
	}
	free(from);
}

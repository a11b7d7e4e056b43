/* counters.h - counters of a worker, in memory that the supervisor reads
 *
 * SPDX-License-Identifier: MIT
 *
 * One struct per worker; only the worker writes it. All counters are in one table,
 * counter_table.h; a member is an array with a dimension per label:
 *
 *	counters->mails[fate][0][0]++;
 */
#ifndef BRIDGE_RUN_COUNTERS_H
#define BRIDGE_RUN_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/report/quirk.h"
#include "ingest/report/reason.h"
#include "ingest/report/report.h"
#include "mailbox/mailbox.h"

#define COUNTER_BUCKETS 12 /* of a histogram, the last without an upper bound */

/* Classes of answers about documents. */
enum counter_verdict {
	COUNT_STORED,
	COUNT_DUPLICATE,
	COUNT_REFUSED,
	COUNT_RETRY, /* retried soon, or at the next poll */
	COUNT_HELD,  /* waits until the index is repaired or the circuit breaker closes */
	COUNT_VERDICTS
};
/* Where the key of a signature or the name of an address came from. */
enum counter_lookup { COUNT_CACHED, COUNT_ASKED, COUNT_FAILED, COUNT_LOOKUPS };

enum counter_label {
	LABEL_NONE,
	LABEL_FATE,
	LABEL_REASON,
	LABEL_REPORT,
	LABEL_QUIRK,
	LABEL_DOCUMENT,
	LABEL_OUTPUT,
	LABEL_VERDICT,
	LABEL_LOOKUP,
	LABEL_TENANT,
};

#define REASON(id, code, meaning) +1
enum counter_size {
	SIZE_NONE = 1,
	SIZE_FATE = MAIL_FATES,
	SIZE_REASON = REASONS(REASON),
	SIZE_REPORT = REPORT_TLSRPT + 1,
	SIZE_QUIRK = QUIRK_COUNT,
	SIZE_DOCUMENT = DOCUMENT_SMTP_TLS + 1,
	SIZE_OUTPUT = 32, /* bits of a mailbox's outputs */
	SIZE_VERDICT = COUNT_VERDICTS,
	SIZE_LOOKUP = COUNT_LOOKUPS,
	SIZE_TENANT = 1024, /* tenant_numbers.h */
};
#undef REASON

struct counters {
#define COUNTER(name, a, b, c, meaning) _Atomic uint64_t name[SIZE_##a][SIZE_##b][SIZE_##c];
#define HISTOGRAM(name, label, bounds, meaning)                  \
	_Atomic uint64_t name[SIZE_##label][COUNTER_BUCKETS][1]; \
	_Atomic uint64_t name##_sum[SIZE_##label];
#define GAUGE(name, meaning) _Atomic uint64_t name[1][1][1];
#include "bridge/run/counter_table.h"
#undef COUNTER
#undef HISTOGRAM
#undef GAUGE
};

/* The index of the output that has this bit. */
static inline size_t counter_output(uint32_t bit)
{
	return (size_t)__builtin_ctz(bit);
}

enum counter_type { COUNTER_COUNTER, COUNTER_HISTOGRAM, COUNTER_GAUGE };

/* A row of the table, for code that prints all rows. */
struct counter_row {
	enum counter_type type;
	const char *name, *meaning;
	enum counter_label labels[3];
	size_t sizes[3];
	const int64_t *bounds_ms;  /* of a histogram, all but the last bucket's */
	size_t offset, sum_offset; /* in struct counters */
};
extern const struct counter_row counter_rows[]; /* ended by a NULL name */

/* "fate"; NULL for LABEL_NONE. */
const char *counter_label_name(enum counter_label label);
/* Of all labels but LABEL_OUTPUT and LABEL_TENANT, whose values are the configuration's. */
const char *counter_label_value(enum counter_label label, size_t value);

/* Sum of the row over `count` structs, which are `stride` bytes apart. */
uint64_t counter_sum(const struct counters *first, size_t count, size_t stride,
		     const struct counter_row *row, size_t cell);
uint64_t counter_sum_ms(const struct counters *first, size_t count, size_t stride,
			const struct counter_row *row, size_t label);

size_t counter_cells(const struct counter_row *row);

/* Counts a duration in the bucket of its size. */
#define counters_time(counters, histogram, label, ms)                                              \
	do {                                                                                       \
		(counters)->histogram[label][counter_bucket(counter_bounds_##histogram, ms)][0]++; \
		(counters)->histogram##_sum[label] += (uint64_t)(ms);                              \
	} while (0)
#define HISTOGRAM(name, label, bounds, meaning) extern const int64_t *const counter_bounds_##name;
#define COUNTER(name, a, b, c, meaning)
#define GAUGE(name, meaning)
#include "bridge/run/counter_table.h"
#undef COUNTER
#undef HISTOGRAM
#undef GAUGE
size_t counter_bucket(const int64_t *bounds_ms, int64_t ms);

/* Resets the gauges of a worker that has ended. */
void counters_end_gauges(struct counters *counters);

/* Outputs and tenants have other numbers in a new configuration: moves the counts of
 * old[n] to the position of the same name in the new list.  Both lists have `size` names,
 * the size of the label. */
void counters_renumber(struct counters *counters, enum counter_label label, size_t size,
		       const char *const *old, const char *const *new);

#endif

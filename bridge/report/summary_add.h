/* summary_add.h - code shared by the files that sum documents
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SUMMARY_ADD_H
#define BRIDGE_REPORT_SUMMARY_ADD_H

#include "base/utf8.h"
#include "bridge/report/summary_tables.h"
#include "ingest/report/report.h"

/* Limit of a name or text; names in DNS have 253 bytes at most. */
#define TEXT_BYTES 512

static inline struct slice cut(struct slice text)
{
	return utf8_prefix(text, TEXT_BYTES);
}

/* A text of the current document. */
static inline struct slice text_of(const struct summary *s, enum field field)
{
	return cut(s->view->texts[field]);
}

static inline uint64_t number_of(const struct summary *s, enum field field)
{
	return document_view_number(s->view, field);
}

static inline bool text_is(const struct summary *s, enum field field, const char *word)
{
	return slice_is(s->view->texts[field], word);
}

static inline bool start_of(const struct summary *s, int64_t *start)
{
	*start = s->start;
	return s->has_start;
}

/* Saturating: sums of untrusted numbers must not wrap. */
static inline void add(uint64_t *sum, uint64_t more)
{
	*sum = count_sum(*sum, more);
}

/* The tally whose key consists of these texts; keeps the texts. */
struct tally *tally_by(struct summary *s, unsigned table, const struct slice *texts,
		       unsigned count);
/* The tally for the day of the document. */
struct tally *tally_of_day(struct summary *s, enum summary_table table);

/* Adds a record of an aggregate report, or a failure report. */
void summary_add_record(struct summary *s);
void summary_add_failure_report(struct summary *s);
/* Adds a check of a domain. */
void summary_add_records(struct summary *s);

#endif

/* summary_add.h - what the files that add documents up share
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SUMMARY_ADD_H
#define BRIDGE_REPORT_SUMMARY_ADD_H

#include "base/utf8.h"
#include "bridge/report/summary_tables.h"
#include "ingest/report/report.h"

/* One name or text.  Names in DNS have 253 bytes at most. */
#define TEXT_BYTES 512

static inline struct slice cut(struct slice text)
{
	return utf8_prefix(text, TEXT_BYTES);
}

/* Of the document in the view. */
static inline struct slice text_of(const struct summary *s, enum field field)
{
	return cut(s->view.texts[field]);
}

static inline uint64_t number_of(const struct summary *s, enum field field)
{
	return document_view_number(&s->view, field);
}

static inline bool text_is(const struct summary *s, enum field field, const char *word)
{
	return slice_is(s->view.texts[field], word);
}

static inline bool start_of(const struct summary *s, int64_t *start)
{
	bool no_zone;

	return datetime_parse(s->view.texts[FIELD_ID_TIMESTAMP], start, &no_zone);
}

/* Sums of what reports claim do not wrap. */
static inline void add(uint64_t *sum, uint64_t more)
{
	*sum = count_sum(*sum, more);
}

/* The tally of a key made of texts, which it keeps. */
struct tally *tally_by(struct summary *s, unsigned table, const struct slice *texts, unsigned count);
/* That of the day of the document. */
struct tally *tally_of_day(struct summary *s, enum summary_table table);

/* A record of an aggregate report; a failure report. */
void summary_add_record(struct summary *s);
void summary_add_failure_report(struct summary *s);
/* A check of a domain. */
void summary_add_records(struct summary *s);

#endif

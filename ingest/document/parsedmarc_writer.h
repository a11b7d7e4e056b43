/* parsedmarc_writer.h - nested JSON, member by member, from parsedmarc's table
 *
 * SPDX-License-Identifier: MIT
 *
 * The same reports under parsedmarc's names and in its shapes, so that
 * dashboards made for it go on working.  Ids are made as those of our own
 * documents are.  Differences from parsedmarc 11, each for a reason:
 *
 *  - counts of long periods are not divided among days: nobody counted those
 *    numbers;
 *  - of a sample, no body and no unknown header field is stored: senders would
 *    choose the names of members;
 *  - a report on several tenants' domains becomes one document per tenant;
 *  - a TLS report that is too large for one document continues in others.
 *
 * A member is written under the last part of its dotted name; the objects and
 * lists around it are opened by jw_object() and jw_array() of the json_writer.
 * Types are asserted; absent and empty texts are left out.
 */
#ifndef INGEST_DOCUMENT_PARSEDMARC_WRITER_H
#define INGEST_DOCUMENT_PARSEDMARC_WRITER_H

#include "base/json_writer.h"
#include "ingest/document/parsedmarc_field.h"
#include "ingest/report/document.h"
#include "ingest/report/report.h"

/* A document holds some texts twice, once bound together. */
#define PARSEDMARC_DOCUMENT_BYTES (2 * LIMIT_DOCUMENT_BYTES)

/* The key a member is written under. */
const char *parsedmarc_key(enum parsedmarc_field field);

void parsedmarc_text(struct json_writer *jw, enum parsedmarc_field field, struct slice value);
/* Appends with ASCII letters in lower case. */
void parsedmarc_add_lower(struct strbuf *text, struct slice value);
/* With ASCII letters in lower case; scratch holds them meanwhile. */
void parsedmarc_lower(struct json_writer *jw, enum parsedmarc_field field, struct slice value,
		      struct strbuf *scratch);
void parsedmarc_uint(struct json_writer *jw, enum parsedmarc_field field, uint64_t value);
void parsedmarc_bool(struct json_writer *jw, enum parsedmarc_field field, bool value);
void parsedmarc_time(struct json_writer *jw, enum parsedmarc_field field, int64_t unix_seconds);
/* Nothing is written for an empty list. */
void parsedmarc_list(struct json_writer *jw, enum parsedmarc_field field,
		     const struct slice *values, size_t count);
/* What is known about the address; name and type belong to aggregate reports
 * alone. */
void parsedmarc_source(struct json_writer *jw, const struct source_address *source, bool with_name);
/* date_range, date_begin and date_end. */
void parsedmarc_period(struct json_writer *jw, const struct report_summary *summary);

/* value, or word where there is none */
static inline struct slice slice_or(struct slice value, const char *word)
{
	return value.size > 0 ? value : slice_of(word);
}

/* Names a document, which is valid as long as json and name are.  REJECT
 * "too-large". */
bool parsedmarc_end(const struct strbuf *json, struct document_name *name,
		    struct document *document, struct error *err);

#endif

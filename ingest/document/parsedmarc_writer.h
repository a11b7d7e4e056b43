/* parsedmarc_writer.h - writes documents in parsedmarc's schema
 *
 * SPDX-License-Identifier: MIT
 *
 * Writes reports with parsedmarc's names and structure, so that its dashboards keep
 * working.  IDs are derived as those of our own documents.  Deliberate differences
 * from parsedmarc 11:
 *
 *  - counts of long periods are not divided among days: such numbers would
 *    be invented;
 *  - of a sample, no body and no unknown header field is stored: senders would
 *    choose the names of members;
 *  - a report on several tenants' domains becomes one document per tenant;
 *  - a TLS report that is too large for one document continues in others.
 *
 * A member is written under the last part of its dotted name; the objects and
 * lists around it are opened by jw_object() and jw_array() of the json_writer.
 * Types are asserted; absent and empty texts are omitted.
 */
#ifndef INGEST_DOCUMENT_PARSEDMARC_WRITER_H
#define INGEST_DOCUMENT_PARSEDMARC_WRITER_H

#include "base/json_writer.h"
#include "ingest/document/parsedmarc_field.h"
#include "ingest/report/document.h"
#include "ingest/report/report.h"

/* A document contains some texts twice, once in a combined text. */
#define PARSEDMARC_DOCUMENT_BYTES (2 * LIMIT_DOCUMENT_BYTES)

/* Returns the key under which a member is written. */
const char *parsedmarc_key(enum parsedmarc_field field);

void parsedmarc_text(struct json_writer *jw, enum parsedmarc_field field, struct slice value);
/* Appends value with ASCII letters in lower case. */
void parsedmarc_add_lower(struct strbuf *text, struct slice value);
/* Writes value with ASCII letters in lower case; scratch is a temporary buffer. */
void parsedmarc_lower(struct json_writer *jw, enum parsedmarc_field field, struct slice value,
		      struct strbuf *scratch);
void parsedmarc_uint(struct json_writer *jw, enum parsedmarc_field field, uint64_t value);
void parsedmarc_bool(struct json_writer *jw, enum parsedmarc_field field, bool value);
void parsedmarc_time(struct json_writer *jw, enum parsedmarc_field field, int64_t unix_seconds);
/* Omits an empty list. */
void parsedmarc_list(struct json_writer *jw, enum parsedmarc_field field,
		     const struct slice *values, size_t count);
/* Writes the facts about the address; name and type only for aggregate reports. */
void parsedmarc_source(struct json_writer *jw, const struct source_address *source, bool with_name);
/* Writes date_range, date_begin and date_end. */
void parsedmarc_period(struct json_writer *jw, const struct report_summary *summary);

/* Returns value, or word if value is empty. */
static inline struct slice slice_or(struct slice value, const char *word)
{
	return value.size > 0 ? value : slice_of(word);
}

/* Names a document, which is valid as long as json and name.  REJECT "too-large". */
bool parsedmarc_end(const struct strbuf *json, struct document_name *name,
		    struct document *document, struct error *err);

#endif

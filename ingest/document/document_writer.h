/* document_writer.h - writes a document, member by member
 *
 * SPDX-License-Identifier: MIT
 *
 * Members are written under their dotted names.  A member must belong to the kind
 * of document and have the type of the function (asserted); absent and empty texts
 * are omitted.  Texts longer than LIMIT_KEYWORD_CHARS characters are stored whole:
 * the index keeps them in _source, but they are not searchable.
 */
#ifndef INGEST_DOCUMENT_DOCUMENT_WRITER_H
#define INGEST_DOCUMENT_DOCUMENT_WRITER_H

#include "base/json_writer.h"
#include "ingest/document/field.h"
#include "ingest/report/quirk.h"
#include "ingest/report/report.h"

struct document_writer {
	enum document_kind kind;
	struct strbuf json;
	struct json_writer jw;
};

void document_writer_init(struct document_writer *w);
void document_writer_release(struct document_writer *w);

/* Starts a document and drops the previous one. */
void document_begin(struct document_writer *w, enum document_kind kind);

/* Drops the members after the mark, even of a finished document, so that shared leading
 * members need not be written again. */
struct document_mark {
	size_t len;
	struct json_writer jw;
};
struct document_mark document_mark(const struct document_writer *w);
void document_cut(struct document_writer *w, const struct document_mark *mark);

void document_string(struct document_writer *w, enum field field, struct slice value);
void document_text(struct document_writer *w, enum field field, const char *value);
void document_uint(struct document_writer *w, enum field field, uint64_t value);
void document_bool(struct document_writer *w, enum field field, bool value);
/* Writes degrees as a geo_point. */
void document_place(struct document_writer *w, enum field field, double latitude, double longitude);
void document_time(struct document_writer *w, enum field field, int64_t unix_seconds);
/* Writes a list of texts; keeps empty texts, so that the positions of parallel lists agree.
 * Omits an empty list. */
void document_strings(struct document_writer *w, enum field field, const struct slice *values,
		      size_t count);
/* Writes the codes of a set. */
void document_quirks(struct document_writer *w, const struct quirk_set *quirks);

/* Writes @timestamp, event.*, organization.name and report.*, which all documents of a
 * report share, except event.outcome. */
void document_common(struct document_writer *w, const struct ingest_settings *settings,
		     const struct report_source *source, const struct report_summary *summary,
		     const char *tenant);

/* Returns the members written so far, to be copied into later documents of the same kind;
 * valid until the next member is written. */
struct slice document_members(const struct document_writer *w);
void document_copy_members(struct document_writer *w, struct slice members);

/* Finishes the document, which is valid until the next one begins.  REJECT "too-large" if
 * it exceeds LIMIT_DOCUMENT_BYTES. */
bool document_end(struct document_writer *w, const struct document_name *name,
		  struct document *document, struct error *err);

/* Names the documents of a report.  The ID is the hash of kind, tenant, the report's key
 * (report id verbatim, begin, end, policy domain), its digest and the ordinals, so a
 * reformatted copy is a duplicate and different reports never share an ID.  The digest
 * includes the organisation as written, not the fallback for a missing one, which comes
 * from the mail and differs between copies.  Test vectors pin the recipe: changing it would
 * store everything again. */
struct document_series {
	struct hash hash; /* of the shared parts of the names */
	struct document_name name;
};
void document_series_begin(struct document_series *series, enum document_kind kind,
			   const char *tenant, const struct report_summary *summary,
			   struct slice domain);
/* The name is valid until the next one of the series. */
const struct document_name *document_series_next(struct document_series *series, uint64_t ordinal,
						 uint64_t sub_ordinal);
/* Names a single document. */
void document_name_of(struct document_name *name, enum document_kind kind, const char *tenant,
		      const struct report_summary *summary, struct slice domain, uint64_t ordinal,
		      uint64_t sub_ordinal);

#endif

/* parsedmarc_field.h - the members of documents in parsedmarc's schema
 *
 * SPDX-License-Identifier: MIT
 *
 * parsedmarc_field_table.h has one row per member, like field_table.h for our own
 * schema; the writer and the index template use it.  Dotted names are nested
 * objects in the documents too.
 */
#ifndef INGEST_DOCUMENT_PARSEDMARC_FIELD_H
#define INGEST_DOCUMENT_PARSEDMARC_FIELD_H

#include "ingest/document/field.h"

#define IN_SMTP_TLS (1u << DOCUMENT_SMTP_TLS)

enum parsedmarc_field {
#define FIELD(id, name, type, kinds, meaning) PARSEDMARC_##id,
#include "ingest/document/parsedmarc_field_table.h"
#undef FIELD
	PARSEDMARC_FIELD_COUNT
};

const struct field_info *parsedmarc_field_info(enum parsedmarc_field field);

#endif

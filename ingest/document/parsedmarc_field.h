/* parsedmarc_field.h - every member of a document in the schema of parsedmarc
 *
 * SPDX-License-Identifier: MIT
 *
 * parsedmarc_field_table.h holds a row per member, as field_table.h does for
 * our own schema: the writer and the index template are made from it.  Dotted
 * names are nested objects, in the documents as well.
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

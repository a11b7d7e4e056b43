/* field.h - the members of documents
 *
 * SPDX-License-Identifier: MIT
 *
 * field_table.h has one row per member: name, type, kinds of documents and meaning.
 * The writer (document_writer.h), the index templates (bridge/setup/template.c) and
 * the field reference use it, so a field exists in all of them or in none.
 */
#ifndef INGEST_DOCUMENT_FIELD_H
#define INGEST_DOCUMENT_FIELD_H

#include "ingest/report/document.h"

enum field_type {
	FIELD_KEYWORD, /* text, or a list of texts */
	FIELD_TEXT,    /* the same, full-text searchable, with a keyword subfield */
	FIELD_LONG,
	FIELD_DATE,
	FIELD_IP,
	FIELD_BOOLEAN,
	FIELD_GEO_POINT,
};

/* The kinds with a field, as bits of enum document_kind. */
#define IN_AGGREGATE (1u << DOCUMENT_DMARC_AGGREGATE)
#define IN_FAILURE (1u << DOCUMENT_DMARC_FAILURE)
#define IN_TLS_POLICY (1u << DOCUMENT_TLSRPT_POLICY)
#define IN_TLS_FAILURE (1u << DOCUMENT_TLSRPT_FAILURE)
#define IN_FEED (1u << DOCUMENT_FEED)
#define IN_DOMAIN (1u << DOCUMENT_DOMAIN_CHECK)
#define IN_DMARC (IN_AGGREGATE | IN_FAILURE)
#define IN_TLSRPT (IN_TLS_POLICY | IN_TLS_FAILURE)
#define IN_REPORTS (IN_DMARC | IN_TLSRPT)
#define IN_ALL (IN_REPORTS | IN_FEED) /* documents made from mail */
#define IN_EVERY (IN_ALL | IN_DOMAIN)

enum field {
#define FIELD(id, name, type, kinds, meaning) FIELD_ID_##id,
#include "ingest/document/field_table.h"
#undef FIELD
	FIELD_COUNT
};

struct field_info {
	const char *name; /* dotted, as in the document */
	size_t name_size;
	const char *quoted; /* the name in quotes and with a colon */
	enum field_type type;
	unsigned kinds;
	const char *meaning;
};

extern const struct field_info field_infos[FIELD_COUNT];

static inline const struct field_info *field_info(enum field field)
{
	return &field_infos[field];
}

#endif

/* document.h - JSON documents with an index and an ID
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_REPORT_DOCUMENT_H
#define INGEST_REPORT_DOCUMENT_H

#include "base/datetime.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

enum document_kind {
	DOCUMENT_DMARC_AGGREGATE, /* one per record */
	DOCUMENT_DMARC_FAILURE,   /* one per failure report */
	DOCUMENT_TLSRPT_POLICY,   /* one per policy of a report */
	DOCUMENT_TLSRPT_FAILURE,  /* one per failure detail of a policy */
	DOCUMENT_FEED,            /* one per mail and tenant */
	DOCUMENT_DOMAIN_CHECK,    /* one per domain, day and state of its records */
	DOCUMENT_KINDS,           /* of SCHEMA_ECS */
	/* SCHEMA_PARSEDMARC has the first two kinds, and this one for a whole TLS report */
	DOCUMENT_SMTP_TLS = DOCUMENT_KINDS,
};

/* Names and structure of documents; an output uses one schema. */
enum document_schema {
	SCHEMA_ECS,        /* ours: flat, field_table.h */
	SCHEMA_PARSEDMARC, /* parsedmarc's: nested, parsedmarc_field_table.h */
};

/* Returns "dmarc_aggregate" and so on: part of the index name, and event.dataset. */
const char *document_kind_name(enum document_kind kind);

struct document_name {
	enum document_schema schema;
	enum document_kind kind;
	const char *tenant;              /* valid tenant name */
	char month[DATETIME_MONTH_SIZE]; /* of the start of the period, UTC */
	char day[DATETIME_DAY_SIZE];     /* the same */
	char id[HASH_ID_SIZE];           /* derived only from the report */
};

/* One JSON object, without a line end. */
struct document {
	const struct document_name *name;
	struct slice json;
};

#endif

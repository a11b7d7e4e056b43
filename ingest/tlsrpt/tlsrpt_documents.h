/* tlsrpt_documents.h - writes the documents of an SMTP TLS report
 *
 * SPDX-License-Identifier: MIT
 *
 * Our schema: one per policy and one per failure detail.  parsedmarc's schema: one
 * per report and tenant.
 */
#ifndef INGEST_TLSRPT_TLSRPT_DOCUMENTS_H
#define INGEST_TLSRPT_TLSRPT_DOCUMENTS_H

#include "ingest/document/document_writer.h"
#include "ingest/document/parsedmarc_writer.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

/* State shared by the documents of one report. */
struct tlsrpt_flattener {
	const struct ingest_settings *settings;
	const struct report_source *source;
	const struct tlsrpt_report *report;
	const struct report_summary *summary;
	struct document_writer writer;
	/* Members shared by all documents of a kind and tenant, as last written. */
	struct tlsrpt_shared {
		struct strbuf members;
		const char *tenant;
	} policy_shared, failure_shared;
	struct document_name policy_name;     /* of the last policy */
	struct document_series failure_names; /* of its failures */
};

void tlsrpt_flattener_init(struct tlsrpt_flattener *flattener);
void tlsrpt_flattener_release(struct tlsrpt_flattener *flattener);

/* The policy or failure must be interpreted. */
bool tlsrpt_flatten(struct tlsrpt_flattener *flattener, const struct tlsrpt_item *item,
		    struct document *document, struct error *err);

/* Builds documents policy by policy.  A document is returned when a policy of another
 * tenant follows, when it is full, and at the end. */
struct parsedmarc_tls {
	const struct tlsrpt_report *report;
	const struct report_summary *summary;
	/* of the current document */
	const char *tenant; /* NULL: no document */
	uint64_t first_policy, first_failure;
	struct strbuf domain; /* of its first policy, which may have been freed */
	struct strbuf policies, policy_names, failure_names, json, scratch;
	struct json_writer policies_jw, policy_names_jw, failure_names_jw;
	struct document_name name; /* of the last document returned */
	bool in_failures;          /* the failure list of the last policy is open */
};

void parsedmarc_tls_init(struct parsedmarc_tls *t);
void parsedmarc_tls_release(struct parsedmarc_tls *t);
/* Adds a policy or one of its failures, which must be interpreted.  If the current document
 * must be finished first, returns it; else *document has no name.  REJECT "too-large". */
bool parsedmarc_tls_add(struct parsedmarc_tls *t, const struct tlsrpt_item *item,
			struct document *document, struct error *err);
/* Returns the current document, if any. */
bool parsedmarc_tls_end(struct parsedmarc_tls *t, struct document *document, struct error *err);
/* Returns the document of a report without policies. */
bool parsedmarc_tls_empty(struct parsedmarc_tls *t, const struct report_share *share,
			  struct document *document, struct error *err);

#endif

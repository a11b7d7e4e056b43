/* tlsrpt_documents.h - the documents of an SMTP TLS report, in either schema
 *
 * SPDX-License-Identifier: MIT
 *
 * Ours: one per policy and one per failure detail.  parsedmarc's: one per report
 * and tenant.
 */
#ifndef INGEST_TLSRPT_TLSRPT_DOCUMENTS_H
#define INGEST_TLSRPT_TLSRPT_DOCUMENTS_H

#include "ingest/document/document_writer.h"
#include "ingest/document/parsedmarc_writer.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

/* What the documents of one report share. */
struct tlsrpt_flattener {
	const struct ingest_settings *settings;
	const struct report_source *source;
	const struct tlsrpt_report *report;
	const struct report_summary *summary;
	struct document_writer writer;
	/* The members all documents of a kind and tenant share, as written last. */
	struct tlsrpt_shared {
		struct strbuf members;
		const char *tenant;
	} policy_shared, failure_shared;
	struct document_name policy_name;     /* of the last policy */
	struct document_series failure_names; /* of its failures */
};

void tlsrpt_flattener_init(struct tlsrpt_flattener *flattener);
void tlsrpt_flattener_release(struct tlsrpt_flattener *flattener);

/* The policy or failure must have been interpreted. */
bool tlsrpt_flatten(struct tlsrpt_flattener *flattener, const struct tlsrpt_item *item,
		    struct document *document, struct error *err);

/* A TLS report grows policy by policy.  A document leaves when another tenant's
 * policy comes, when it is full, and at the end. */
struct parsedmarc_tls {
	const struct tlsrpt_report *report;
	const struct report_summary *summary;
	/* of the document at hand */
	const char *tenant; /* NULL: there is none */
	uint64_t first_policy, first_failure;
	struct strbuf domain; /* of its first policy, which may be gone by then */
	struct strbuf policies, policy_names, failure_names, json, scratch;
	struct json_writer policies_jw, policy_names_jw, failure_names_jw;
	struct document_name name; /* of the last one that left */
	bool in_failures; /* the list of details of the last policy is open */
};

void parsedmarc_tls_init(struct parsedmarc_tls *t);
void parsedmarc_tls_release(struct parsedmarc_tls *t);
/* Adds a policy or one of its failures; both must have been interpreted.
 * Where a document leaves to make room for it, that one is returned; no name:
 * none did.  REJECT "too-large". */
bool parsedmarc_tls_add(struct parsedmarc_tls *t, const struct tlsrpt_item *item,
			struct document *document, struct error *err);
/* The document at hand, if there is one. */
bool parsedmarc_tls_end(struct parsedmarc_tls *t, struct document *document, struct error *err);
/* For a report without any policy. */
bool parsedmarc_tls_empty(struct parsedmarc_tls *t, const struct report_share *share,
			  struct document *document, struct error *err);

#endif

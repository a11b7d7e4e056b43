/* parsedmarc_tls.h - SMTP TLS reports as parsedmarc writes them
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TLSRPT_PARSEDMARC_TLS_H
#define INGEST_TLSRPT_PARSEDMARC_TLS_H

#include "ingest/document/parsedmarc_writer.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

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

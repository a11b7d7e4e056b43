/* parsedmarc.h - documents as parsedmarc 11 writes them
 *
 * SPDX-License-Identifier: MIT
 *
 * The same reports under parsedmarc's names and in its shapes, so that
 * dashboards made for it go on working.  Ids are made as those of our own
 * documents are.  What differs, for a reason:
 *
 *  - counts of long periods are not divided among days, which makes up
 *    numbers nobody counted;
 *  - of a sample no body and no unknown header field is stored: senders would
 *    choose the names of members;
 *  - a report on several tenants' domains becomes a document for each;
 *  - a TLS report that is too large for one document goes on in others.
 */
#ifndef INGEST_PARSEDMARC_H
#define INGEST_PARSEDMARC_H

#include "ingest/dmarc_report.h"
#include "ingest/failure_report.h"
#include "ingest/parsedmarc_writer.h"
#include "ingest/tlsrpt_report.h"

struct parsedmarc_aggregate {
	const struct dmarc_report *report;
	const struct report_summary *summary;
	const char *tenant;
	struct slice policy_domain; /* normalised */
	struct strbuf json, scratch;
};

void parsedmarc_aggregate_init(struct parsedmarc_aggregate *a);
void parsedmarc_aggregate_release(struct parsedmarc_aggregate *a);
/* One record; ordinal counts from 0. */
bool parsedmarc_aggregate_write(struct parsedmarc_aggregate *a, const struct dmarc_record *record,
				uint64_t ordinal, struct document_sink *sink, struct error *err);

bool parsedmarc_failure_write(const struct failure *failure, const struct failure_facts *facts,
			      const struct report_summary *summary, const char *tenant,
			      struct document_sink *sink, struct error *err);

/* A TLS report grows policy by policy.  A document leaves when another tenant's
 * policy comes, when it is full, and at the end. */
struct parsedmarc_tls {
	const struct tlsrpt_report *report;
	const struct report_summary *summary;
	struct document_sink *sink;
	/* of the document at hand */
	const char *tenant; /* NULL: there is none */
	uint64_t first_policy, first_failure;
	struct strbuf domain; /* of its first policy, which may be gone by then */
	struct strbuf policies, policy_names, failure_names, json, scratch;
	struct json_writer policies_jw, policy_names_jw, failure_names_jw;
	bool in_failures; /* the list of details of the last policy is open */
};

void parsedmarc_tls_init(struct parsedmarc_tls *t);
void parsedmarc_tls_release(struct parsedmarc_tls *t);
/* Policy and failure must have been interpreted; failures belong to the last
 * policy, index counts them from 0. */
bool parsedmarc_tls_policy(struct parsedmarc_tls *t, const struct tlsrpt_policy *policy,
			   struct error *err);
bool parsedmarc_tls_failure(struct parsedmarc_tls *t, const struct tlsrpt_policy *policy,
			    const struct tlsrpt_failure *failure, uint64_t index,
			    struct error *err);
bool parsedmarc_tls_end(struct parsedmarc_tls *t, struct error *err);
/* For a report without any policy. */
bool parsedmarc_tls_empty(struct parsedmarc_tls *t, const struct report_share *share,
			  struct error *err);

/* Names a document and gives it to the sink.  REJECT "too-large". */
bool parsedmarc_give(struct strbuf *json, enum document_kind kind, const char *tenant,
		     const struct report_summary *summary, struct slice domain, uint64_t ordinal,
		     uint64_t sub_ordinal, struct document_sink *sink, struct error *err);

#endif

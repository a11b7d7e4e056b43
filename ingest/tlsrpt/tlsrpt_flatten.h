/* tlsrpt_flatten.h - a document per policy and per failure detail
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TLSRPT_TLSRPT_FLATTEN_H
#define INGEST_TLSRPT_TLSRPT_FLATTEN_H

#include "ingest/document/document_writer.h"
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

#endif

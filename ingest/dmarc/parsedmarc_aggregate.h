/* parsedmarc_aggregate.h - writes aggregate reports as parsedmarc does
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_DMARC_PARSEDMARC_AGGREGATE_H
#define INGEST_DMARC_PARSEDMARC_AGGREGATE_H

#include "ingest/dmarc/dmarc_report.h"
#include "ingest/document/parsedmarc_writer.h"

struct parsedmarc_aggregate {
	const struct dmarc_report *report;
	const struct report_summary *summary;
	const char *tenant;
	struct slice policy_domain; /* normalised */
	struct strbuf json, scratch;
	struct document_name name; /* of the last document */
};

void parsedmarc_aggregate_init(struct parsedmarc_aggregate *a);
void parsedmarc_aggregate_release(struct parsedmarc_aggregate *a);
/* Writes one record; ordinal starts at 0. */
bool parsedmarc_aggregate_write(struct parsedmarc_aggregate *a, const struct dmarc_record *record,
				uint64_t ordinal, struct document *document, struct error *err);

#endif

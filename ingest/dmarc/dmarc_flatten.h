/* dmarc_flatten.h - writes one document per record of an aggregate report
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_DMARC_DMARC_FLATTEN_H
#define INGEST_DMARC_DMARC_FLATTEN_H

#include "ingest/dmarc/dmarc_report.h"
#include "ingest/document/document_writer.h"

/* State shared by the documents of one report. */
struct dmarc_flattener {
	const struct ingest_settings *settings;
	const struct report_source *source;
	const struct dmarc_report *report;
	const struct report_summary *summary;
	const char *tenant;
	struct slice policy_domain; /* normalised */
	struct document_writer writer;
	bool begun;                  /* names and shared are set */
	struct document_mark shared; /* after the members shared by all documents */
	struct document_series names;
	struct strbuf combined; /* scratch */
};

void dmarc_flattener_init(struct dmarc_flattener *flattener);
void dmarc_flattener_release(struct dmarc_flattener *flattener);

/* The record must be interpreted; ordinal starts at 0. */
bool dmarc_flatten(struct dmarc_flattener *flattener, const struct dmarc_record *record,
		   uint64_t ordinal, struct document *document, struct error *err);

#endif

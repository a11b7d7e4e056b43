/* dmarc.h - one DMARC aggregate report, run by run
 *
 * SPDX-License-Identifier: MIT
 *
 * The first reading collects totals, digest and quirks, and keeps the records
 * when they fit into memory; nearly every report does.  From one that does not,
 * a second reading delivers its records run by run.
 */
#ifndef INGEST_DMARC_DMARC_H
#define INGEST_DMARC_DMARC_H

#include "ingest/report/report.h"

struct dmarc_reading;

/* The first reading.  settings, arena (of the mail), source and its input must
 * outlive the result; so must the summary, which is filled.  REJECT: the report
 * is unusable.  RETRY: it could not be read. */
struct dmarc_reading *dmarc_open(const struct ingest_settings *settings, struct arena *arena,
				 const struct report_source *source,
				 struct report_summary *summary, struct error *err);
void dmarc_close(struct dmarc_reading *reading);

/* The next run of records; errors as above. */
bool dmarc_next_run(struct dmarc_reading *reading, struct run *run, struct error *err);

/* What the record of a source in a run says. */
void dmarc_source_evidence(const struct source_address *source, struct source_evidence *evidence);

/* The next document of the last run, valid until the next call; no name: there
 * is none.  REJECT "too-large". */
bool dmarc_next_document(struct dmarc_reading *reading, struct document *document,
			 struct error *err);

#endif

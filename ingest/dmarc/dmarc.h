/* dmarc.h - reads a DMARC aggregate report, run by run
 *
 * SPDX-License-Identifier: MIT
 *
 * The first reading collects totals, digest and quirks, and keeps the records if
 * they fit into memory, as in nearly every report.  Otherwise a second reading
 * returns them run by run.
 */
#ifndef INGEST_DMARC_DMARC_H
#define INGEST_DMARC_DMARC_H

#include "ingest/report/report.h"

struct dmarc_reading;

/* Performs the first reading and fills the summary.  settings, arena (of the mail), source,
 * its input and the summary must outlive the result.  REJECT: the report is unusable.
 * RETRY: it could not be read. */
struct dmarc_reading *dmarc_open(const struct ingest_settings *settings, struct arena *arena,
				 const struct report_source *source, struct report_summary *summary,
				 struct error *err);
void dmarc_close(struct dmarc_reading *reading);

/* Returns the next run of records; errors as above. */
bool dmarc_next_run(struct dmarc_reading *reading, struct run *run, struct error *err);

/* Returns the evidence of a record about the sender. */
void dmarc_source_evidence(const struct source_address *source, struct source_evidence *evidence);

/* Returns the next document of the last run, valid until the next call; a document without
 * a name marks the end.  REJECT "too-large". */
bool dmarc_next_document(struct dmarc_reading *reading, struct document *document,
			 struct error *err);

#endif

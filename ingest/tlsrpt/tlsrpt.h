/* tlsrpt.h - reads an SMTP TLS report (RFC 8460), run by run
 *
 * SPDX-License-Identifier: MIT
 *
 * The first reading collects totals, digest and quirks, and keeps policies and
 * failure details if they fit into memory, as in nearly every report.  Otherwise a
 * second reading returns them run by run.
 */
#ifndef INGEST_TLSRPT_TLSRPT_H
#define INGEST_TLSRPT_TLSRPT_H

#include "ingest/report/report.h"

struct tlsrpt_reading;

/* Performs the first reading and fills the summary.  settings, arena (of the mail), source,
 * its input and the summary must outlive the result.  REJECT: the report is unusable.
 * RETRY: it could not be read. */
struct tlsrpt_reading *tlsrpt_open(const struct ingest_settings *settings, struct arena *arena,
				   const struct report_source *source,
				   struct report_summary *summary, struct error *err);
void tlsrpt_close(struct tlsrpt_reading *reading);

/* Returns the next run of policies and failure details; errors as above. */
bool tlsrpt_next_run(struct tlsrpt_reading *reading, struct run *run, struct error *err);

/* Returns the next document of the last run or, after the last run, of the report as a
 * whole; valid until the next call; a document without a name marks the end.  REJECT
 * "too-large". */
bool tlsrpt_next_document(struct tlsrpt_reading *reading, struct document *document,
			  struct error *err);

#endif

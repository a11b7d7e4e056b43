/* tlsrpt.h - one SMTP TLS report (RFC 8460), run by run
 *
 * SPDX-License-Identifier: MIT
 *
 * The first reading collects totals, digest and quirks, and keeps policies and
 * failure details when they fit into memory; nearly every report does.  From
 * one that does not, a second reading delivers them run by run.
 */
#ifndef INGEST_TLSRPT_TLSRPT_H
#define INGEST_TLSRPT_TLSRPT_H

#include "ingest/report/report.h"

struct tlsrpt_reading;

/* The first reading.  settings, arena (of the mail), source and its input must
 * outlive the result; so must the summary, which is filled.  REJECT: the report
 * is unusable.  RETRY: it could not be read. */
struct tlsrpt_reading *tlsrpt_open(const struct ingest_settings *settings, struct arena *arena,
				   const struct report_source *source,
				   struct report_summary *summary, struct error *err);
void tlsrpt_close(struct tlsrpt_reading *reading);

/* The next run of policies and failure details; errors as above. */
bool tlsrpt_next_run(struct tlsrpt_reading *reading, struct run *run, struct error *err);

/* The next document of the last run, or behind the last run those of the report
 * as a whole; valid until the next call; no name: there is none.  REJECT
 * "too-large". */
bool tlsrpt_next_document(struct tlsrpt_reading *reading, struct document *document,
			  struct error *err);

#endif

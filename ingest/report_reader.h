/* report_reader.h - a report of any kind, run by run
 *
 * SPDX-License-Identifier: MIT
 *
 * The one place that knows which parser reads which kind.
 */
#ifndef INGEST_REPORT_READER_H
#define INGEST_REPORT_READER_H

#include "ingest/report/report.h"

struct failure;

struct report_reader {
	enum report_kind kind; /* NONE: it is closed */
	union {
		struct dmarc_reading *dmarc;
		struct tlsrpt_reading *tlsrpt;
		struct failure_reading *failure;
	};
};

/* Reads the whole report once and fills the summary.  settings, arena, source
 * and its input, failure (of a failure report) and summary must stay until it
 * is closed.  REJECT: the report is unusable.  RETRY: it could not be read. */
bool report_reader_open(struct report_reader *reader, enum report_kind kind,
			const struct ingest_settings *settings, struct arena *arena,
			const struct report_source *source, const struct failure *failure,
			struct report_summary *summary, struct error *err);
void report_reader_close(struct report_reader *reader);

/* The next run of records; no records: there is none. */
bool report_reader_next_run(struct report_reader *reader, struct run *run, struct error *err);

/* The next document of the last run, valid until the next call; no name: there
 * is none.  The run without records has documents too: those of the report as a
 * whole. */
bool report_reader_next_document(struct report_reader *reader, struct document *document,
				 struct error *err);

#endif

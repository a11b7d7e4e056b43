/* report_reader.h - reads a report of any kind, run by run
 *
 * SPDX-License-Identifier: MIT
 *
 * Only this file knows which parser reads which kind.
 */
#ifndef INGEST_REPORT_READER_H
#define INGEST_REPORT_READER_H

#include "ingest/report/report.h"

struct failure;

struct report_reader {
	enum report_kind kind; /* NONE: closed */
	union {
		struct dmarc_reading *dmarc;
		struct tlsrpt_reading *tlsrpt;
		struct failure_reading *failure;
	};
};

/* Reads the whole report once and fills the summary.  settings, arena, source and its
 * input, failure (for a failure report) and summary must stay valid until the report is
 * closed.  REJECT: the report is unusable.  RETRY: it could not be read. */
bool report_reader_open(struct report_reader *reader, enum report_kind kind,
			const struct ingest_settings *settings, struct arena *arena,
			const struct report_source *source, const struct failure *failure,
			struct report_summary *summary, struct error *err);
void report_reader_close(struct report_reader *reader);

/* Reads the next run of records; a run without records is the last. */
bool report_reader_next_run(struct report_reader *reader, struct run *run, struct error *err);

/* Returns the next document of the last run, valid until the next call; a document without
 * a name marks the end.  The run without records yields the documents of the report as a
 * whole. */
bool report_reader_next_document(struct report_reader *reader, struct document *document,
				 struct error *err);

#endif

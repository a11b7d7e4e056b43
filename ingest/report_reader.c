/* SPDX-License-Identifier: MIT */
#include "ingest/report_reader.h"

#include "ingest/dmarc/dmarc.h"
#include "ingest/failure/failure.h"
#include "ingest/tlsrpt/tlsrpt.h"

bool report_reader_open(struct report_reader *reader, enum report_kind kind,
			const struct ingest_settings *settings, struct arena *arena,
			const struct report_source *source, const struct failure *failure,
			struct report_summary *summary, struct error *err)
{
	bool good = false;

	switch (kind) {
	case REPORT_AGGREGATE:
		reader->dmarc = dmarc_open(settings, arena, source, summary, err);
		good = reader->dmarc;
		break;
	case REPORT_TLSRPT:
		reader->tlsrpt = tlsrpt_open(settings, arena, source, summary, err);
		good = reader->tlsrpt;
		break;
	case REPORT_FAILURE:
		reader->failure = failure_open(failure, settings, source, summary, err);
		good = reader->failure;
		break;
	case REPORT_NONE: break;
	}
	reader->kind = good ? kind : REPORT_NONE;
	return good;
}

void report_reader_close(struct report_reader *reader)
{
	switch (reader->kind) {
	case REPORT_AGGREGATE: dmarc_close(reader->dmarc); break;
	case REPORT_TLSRPT: tlsrpt_close(reader->tlsrpt); break;
	case REPORT_FAILURE: failure_close(reader->failure); break;
	case REPORT_NONE: break;
	}
	reader->kind = REPORT_NONE;
}

bool report_reader_next_run(struct report_reader *reader, struct run *run, struct error *err)
{
	run->count = 0;
	switch (reader->kind) {
	case REPORT_AGGREGATE: return dmarc_next_run(reader->dmarc, run, err);
	case REPORT_TLSRPT: return tlsrpt_next_run(reader->tlsrpt, run, err);
	case REPORT_FAILURE: failure_next_run(reader->failure, run); return true;
	case REPORT_NONE: break;
	}
	return true;
}

bool report_reader_next_document(struct report_reader *reader, struct document *document,
				 struct error *err)
{
	document->name = NULL;
	switch (reader->kind) {
	case REPORT_AGGREGATE: return dmarc_next_document(reader->dmarc, document, err);
	case REPORT_TLSRPT: return tlsrpt_next_document(reader->tlsrpt, document, err);
	case REPORT_FAILURE: return failure_next_document(reader->failure, document, err);
	case REPORT_NONE: break;
	}
	return true;
}

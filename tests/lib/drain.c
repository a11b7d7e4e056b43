/* drain.c - all documents of a report or a mail, one after the other
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/drain.h"

#include "ingest/report_reader.h"

static bool drain_runs(struct report_reader *reader, struct taker *taker, struct error *err)
{
	struct document document;
	struct run run;

	do {
		if (!report_reader_next_run(reader, &run, err))
			return false;
		do
			if (!report_reader_next_document(reader, &document, err) ||
			    (document.name &&
			     !taker->take(taker, document.name, document.json, err)))
				return false;
		while (document.name);
	} while (run.count > 0);
	return true;
}

bool drain_report(enum report_kind kind, const struct ingest_settings *settings,
		  struct arena *arena, const struct report_source *source,
		  const struct failure *failure, struct taker *taker,
		  struct report_summary *summary, struct error *err)
{
	struct report_reader reader;
	bool good;

	if (!report_reader_open(&reader, kind, settings, arena, source, failure, summary, err))
		return false;
	good = drain_runs(&reader, taker, err);
	report_reader_close(&reader);
	return good;
}

static bool drain_documents(struct ingest *ingest, struct taker *taker, struct error *err)
{
	struct document document;

	do
		if (!ingest_next_document(ingest, &document, err) ||
		    (document.name && !taker->take(taker, document.name, document.json, err)))
			return false;
	while (document.name);
	return true;
}

bool drain(struct ingest *ingest, struct taker *taker, struct error *err)
{
	const struct report_summary *report;
	struct run run = { .count = 1 };

	do {
		if (!ingest_next_report(ingest, &report, err))
			return false;
		for (run.count = 1; report && run.count > 0;)
			if (!ingest_next_run(ingest, &run, err) ||
			    !drain_documents(ingest, taker, err))
				return false;
	} while (report);
	return drain_documents(ingest, taker, err);
}

/* drain.h - all documents of a report or a mail, one after the other
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_LIB_DRAIN_H
#define TESTS_LIB_DRAIN_H

#include "ingest/ingest.h"

/* Embedded as first member by what takes documents. */
struct taker {
	/* name and json are valid during the call.  false: the error ends the
	 * reading. */
	bool (*take)(struct taker *taker, const struct document_name *name, struct slice json,
		     struct error *err);
};

struct failure;

/* A report that is neither in a mail nor in a file; failure as for
 * report_reader_open(). */
bool drain_report(enum report_kind kind, const struct ingest_settings *settings,
		  struct arena *arena, const struct report_source *source,
		  const struct failure *failure, struct taker *taker,
		  struct report_summary *summary, struct error *err);

/* What has been begun. */
bool drain(struct ingest *ingest, struct taker *taker, struct error *err);

#endif

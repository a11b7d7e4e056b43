/* documents.h - documents as they leave ingest, held against what the
 * summaries of their reports say
 *
 * SPDX-License-Identifier: MIT
 *
 * It aborts on a document that is not one flat JSON object in valid
 * UTF-8, has a number no index can hold, or a name that is no name.
 */
#ifndef FUZZ_DOCUMENTS_H
#define FUZZ_DOCUMENTS_H

#include "tests/lib/drain.h"

/* What one document counts. */
struct document_counts {
	enum document_kind kind;
	const char *tenant;
	uint64_t messages, successful_sessions, failed_sessions;
	uint64_t reports, documents; /* feed documents only */
};

struct documents {
	struct taker taker; /* first: it is cast back */
	struct document_counts *counts;
	size_t count, alloc;
	struct hash ids;
	uint64_t *member; /* the number at hand goes here; NULL: nowhere */
};

void documents_init(struct documents *documents);
void documents_release(struct documents *documents);

/* Aborts unless the documents from *position on are those of the report; sets
 * *position to the first behind them. */
void documents_check_report(const struct documents *documents, size_t *position,
			    const struct report_summary *report);

/* Aborts unless the documents of a report are JSON and add up to its summary,
 * or it is refused before any of them. */
void documents_of_report(enum report_kind kind, struct slice report);

#endif

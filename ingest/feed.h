/* feed.h - the feed documents: contents of a mail and the outcome
 *
 * SPDX-License-Identifier: MIT
 *
 * There is one feed document per mail and tenant.  Its ID is derived from the
 * contents of the mail, so the same report in a second mail yields a duplicate feed
 * document.
 */
#ifndef INGEST_FEED_H
#define INGEST_FEED_H

#include "ingest/document/document_writer.h"
#include "ingest/report/result.h"

/* An iterator.  The caller sets the members up to quirks, then calls feed_begin(). */
struct feed {
	const struct ingest_settings *settings;
	const struct ingest_result *result;
	const struct mail_headers *headers;
	/* hash of the reports' digests and of the bytes of unusable parts */
	uint8_t digest[HASH_SIZE];
	/* fallback domain of the tenant, used if no report names one */
	struct slice domain;
	struct quirk_set quirks;
	/* current position */
	const struct report_summary *report;
	const struct report_share *share;
	bool with_rejects; /* the next document reports the rejects */
	bool written;
	struct document_name name; /* name of the last document */
};

void feed_begin(struct feed *feed);

/* Writes the next document, which is valid until the writer is used again.  A document
 * without a name marks the end. */
bool feed_next(struct feed *feed, struct document_writer *writer, struct document *document,
	       struct error *err);

#endif

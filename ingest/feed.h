/* feed.h - the feed documents: what a mail held and what became of it
 *
 * SPDX-License-Identifier: MIT
 *
 * One per mail and tenant.  Its id is made from what was in the mail, so a
 * report that is sent again in another mail is a duplicate here too.
 */
#ifndef INGEST_FEED_H
#define INGEST_FEED_H

#include "ingest/document/document_writer.h"
#include "ingest/report/result.h"

/* An iterator; filled by who begins it. */
struct feed {
	const struct ingest_settings *settings;
	const struct ingest_result *result;
	const struct mail_headers *headers;
	/* of the reports' digests and the bytes of what could not be used */
	uint8_t digest[HASH_SIZE];
	/* a tenant's domain, when no report says so */
	struct slice domain;
	struct quirk_set quirks;
	/* where it stands */
	const struct report_summary *report;
	const struct report_share *share;
	bool with_rejects; /* still to be told */
	bool written;
	struct document_name name; /* of the last document */
};

void feed_begin(struct feed *feed);

/* The next document, valid until the writer is used again; no name: there is
 * none. */
bool feed_next(struct feed *feed, struct document_writer *writer, struct document *document,
	       struct error *err);

#endif

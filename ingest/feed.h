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
#include "ingest/ingest.h"

struct feed {
	const struct ingest_settings *settings;
	const struct ingest_result *result;
	const struct mail_headers *headers;
	/* of the reports' digests and the bytes of what could not be used */
	uint8_t digest[HASH_SIZE];
	/* a tenant's domain, when no report says so */
	struct slice domain;
	struct quirk_set quirks;
};

bool feed_write(const struct feed *feed, struct document_writer *writer,
		struct document_sink *sink, struct error *err);

#endif

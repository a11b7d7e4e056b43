/* zip.h - reads the members of a zip archive
 *
 * SPDX-License-Identifier: MIT
 *
 * Sizes and counts in the archive are never trusted: unpacked bytes count against
 * the budget, members against their limit.  Without a readable central directory,
 * members are found by their local headers, each with QUIRK_ZIP_CUT; their
 * checksums are not verified.
 */
#ifndef INGEST_UNWRAP_ZIP_H
#define INGEST_UNWRAP_ZIP_H

#include "ingest/report/budget.h"
#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

struct unzip;

struct unzip_member {
	struct slice name;    /* untrusted and never used as a path; valid until unzip_close() */
	struct input *input;  /* the caller closes it before the archive; NULL: see refusal */
	struct error refusal; /* why the member cannot be read */
};

/* packed must be seekable (input.h); packed and budget must outlive the archive.  REJECT:
 * "bad-zip" or "too-many-parts". */
bool unzip_open(struct input *packed, struct budget *budget, unsigned max_members,
		struct unzip **unzip, struct error *err);
void unzip_close(struct unzip *unzip);

/* Returns the next member that is not a directory; false at the end.  Reading the member
 * adds to the quirks, which must outlive its input. */
bool unzip_next(struct unzip *unzip, struct quirk_set *quirks, struct unzip_member *member);

#endif

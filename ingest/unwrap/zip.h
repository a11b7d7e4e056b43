/* zip.h - the members of a zip archive, each an input
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing the archive says about sizes or counts is believed: the bytes that
 * come out are counted against the budget, and so are the members.  Without a
 * readable table of contents the members are found by their own headers, each
 * with QUIRK_ZIP_CUT; checksums are then not looked at.
 */
#ifndef INGEST_UNWRAP_ZIP_H
#define INGEST_UNWRAP_ZIP_H

#include "ingest/report/budget.h"
#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

struct unzip;

struct unzip_member {
	struct slice name;    /* foreign text, never a path; lives until unzip_close() */
	struct input *input;  /* the caller closes it before the archive; NULL: see refusal */
	struct error refusal; /* why this member cannot be read */
};

/* packed must be readable anywhere (input.h: size and read_at); it and the
 * budget must outlive the archive.  REJECT: "bad-zip" or "too-many-parts". */
bool unzip_open(struct input *packed, struct budget *budget, unsigned max_members,
		struct unzip **unzip, struct error *err);
void unzip_close(struct unzip *unzip);

/* The next member that is not a directory; false at the end.  Reading it adds
 * to the quirks, which must outlive its input. */
bool unzip_next(struct unzip *unzip, struct quirk_set *quirks, struct unzip_member *member);

#endif

/* zip_local.h - the members of a zip archive by their local headers
 *
 * SPDX-License-Identifier: MIT
 *
 * For archives whose table of contents, which stands at the end, is missing or
 * damaged: each member begins with a header of its own (APPNOTE 4.3.7).
 */
#ifndef INGEST_UNWRAP_ZIP_LOCAL_H
#define INGEST_UNWRAP_ZIP_LOCAL_H

#include "ingest/report/budget.h"
#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

struct zip_local {
	struct slice name; /* foreign text */
	unsigned method;
	bool encrypted;
	/* As packed.  It may end early, where the archive does, or where a size
	 * that is not told could not be found better. */
	struct slice data;
};

/* The next member of *bytes whose header is whole; *bytes is moved behind it.
 * false: no more. */
bool zip_local_next(struct slice *bytes, struct zip_local *member);

/* Its content; the bytes must outlive it.  NULL: see *err. */
struct input *zip_local_open(const struct zip_local *member, struct budget *budget,
			     struct quirk_set *quirks, struct error *err);

/* REJECT "unsupported", with the name of the method. */
bool zip_refuse_method(unsigned method, struct error *err);

#endif

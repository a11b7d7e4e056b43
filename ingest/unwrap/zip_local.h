/* zip_local.h - finds the members of a zip archive by their local headers
 *
 * SPDX-License-Identifier: MIT
 *
 * For archives whose central directory, at the end, is missing or damaged: each
 * member begins with its own header (APPNOTE 4.3.7).
 */
#ifndef INGEST_UNWRAP_ZIP_LOCAL_H
#define INGEST_UNWRAP_ZIP_LOCAL_H

#include "ingest/report/budget.h"
#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

struct zip_local {
	struct slice name; /* untrusted */
	unsigned method;
	bool encrypted;
	/* Packed data.  It is incomplete if the archive is truncated, or if an unstated
	 * size was determined wrongly. */
	struct slice data;
};

/* Returns the next member of *bytes with a complete header and moves *bytes past it.
 * false: no more. */
bool zip_local_next(struct slice *bytes, struct zip_local *member);

/* Opens the contents; the bytes must outlive it.  NULL: see *err. */
struct input *zip_local_open(const struct zip_local *member, struct budget *budget,
			     struct quirk_set *quirks, struct error *err);

/* REJECT "unsupported" with the name of the method. */
bool zip_refuse_method(unsigned method, struct error *err);

#endif

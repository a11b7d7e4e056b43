/* gunzip.h - the content of gzip data (RFC 1952) as an input
 *
 * SPDX-License-Identifier: MIT
 *
 * Streams in constant memory; concatenated members are one content.  What
 * follows the last member is the quirk TRAILING_DATA; a trailer that is cut
 * or missing after complete data is GZIP_TRAILER.  Anything else that is
 * wrong is a REJECT "bad-gzip", more than the budget one of "too-large".
 */
#ifndef INGEST_UNWRAP_GUNZIP_H
#define INGEST_UNWRAP_GUNZIP_H

#include "ingest/report/budget.h"
#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* packed is at its start; it, the budget and the quirks must outlive the
 * result. */
struct input *gunzip_open(struct input *packed, struct budget *budget, struct quirk_set *quirks);

/* The same for deflate data alone, as members of archives are; what follows it
 * is not looked at, and what is wrong is a "bad-zip". */
struct input *inflate_open(struct input *packed, struct budget *budget, struct quirk_set *quirks);

#endif

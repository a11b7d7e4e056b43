/* gunzip.h - unpacks gzip data (RFC 1952)
 *
 * SPDX-License-Identifier: MIT
 *
 * Streams in constant memory; concatenated members form one content.  Data after
 * the last member is the quirk TRAILING_DATA; a truncated or missing trailer after
 * complete data is GZIP_TRAILER.  Any other fault is a REJECT "bad-gzip"; exceeding
 * the budget is "too-large".
 */
#ifndef INGEST_UNWRAP_GUNZIP_H
#define INGEST_UNWRAP_GUNZIP_H

#include "ingest/report/budget.h"
#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* packed is at its start; packed, budget and quirks must outlive the result. */
struct input *gunzip_open(struct input *packed, struct budget *budget, struct quirk_set *quirks);

/* The same for bare deflate data, as in archive members.  Ignores data after it; faults are
 * "bad-zip". */
struct input *inflate_open(struct input *packed, struct budget *budget, struct quirk_set *quirks);

#endif

/* tlsrpt_count.h - session counts as reporters write them
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TLSRPT_TLSRPT_COUNT_H
#define INGEST_TLSRPT_TLSRPT_COUNT_H

#include "base/slice.h"

enum tlsrpt_count_kind {
	TLSRPT_COUNT_WHOLE,   /* 5, "5", 5.0, 5e0 */
	TLSRPT_COUNT_CLAMPED, /* negative, a fraction, too large: brought into range */
	TLSRPT_COUNT_NONE,    /* no number at all */
};

/* number becomes 0..2^53-1; it is not written for TLSRPT_COUNT_NONE.  Reads
 * numbers of any length. */
enum tlsrpt_count_kind tlsrpt_count_parse(struct slice text, uint64_t *number);

#endif

/* number.h - counts as reporters write them
 *
 * SPDX-License-Identifier: MIT
 *
 * RFC 7489 and RFC 8460 have integers.  Software prints them as floating point
 * numbers, with an exponent, or with the separators of its locale.
 */
#ifndef INGEST_REPORT_NUMBER_H
#define INGEST_REPORT_NUMBER_H

#include "base/slice.h"

/* The largest number that every JSON implementation represents exactly (RFC 7493). */
#define NUMBER_MAX ((UINT64_C(1) << 53) - 1)

enum number_form {
	NUMBER_WHOLE,   /* 5, 5.0, 5e0 */
	NUMBER_GROUPED, /* 1,234 and 1 234 567 */
	NUMBER_CLAMPED, /* negative, fractional or too large: clamped */
	NUMBER_NONE,    /* not a number */
};

/* Sets number to 0..NUMBER_MAX, except for NUMBER_NONE.  Accepts texts of any length. */
enum number_form number_parse(struct slice text, uint64_t *number);

#endif

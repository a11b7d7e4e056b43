/* datetime.h - converts between Unix seconds and RFC 3339
 *
 * SPDX-License-Identifier: MIT
 *
 * Times of reports are int64_t Unix seconds, always UTC.  Pure: base/clock.h
 * reads the clock.
 */
#ifndef BASE_DATETIME_H
#define BASE_DATETIME_H

#include "base/slice.h"

#define DATETIME_SIZE sizeof("2026-11-24T00:00:00Z")
#define DATETIME_MONTH_SIZE sizeof("2026.11")
#define DATETIME_DAY_SIZE sizeof("2026-11-24")

/* Years 0000 to 9999; times outside are clamped. */
#define DATETIME_MIN INT64_C(-62167219200)
#define DATETIME_MAX INT64_C(253402300799)

void datetime_format(int64_t unix_seconds, char text[static DATETIME_SIZE]);
/* "YYYY.MM", for index names. */
void datetime_format_month(int64_t unix_seconds, char text[static DATETIME_MONTH_SIZE]);
/* "YYYY-MM-DD", for index names. */
void datetime_format_day(int64_t unix_seconds, char text[static DATETIME_DAY_SIZE]);

/* Returns Unix seconds of a civil UTC date and time; checks no ranges. */
int64_t datetime_from_civil(int64_t year, unsigned month, unsigned day, unsigned hour,
			    unsigned minute, unsigned second);

/* Parses RFC 3339 section 5.6 and the deviations of reporters: a space or
 * lower-case letter between date and time, a fraction (cut off), a leap second, an
 * offset (applied), or no zone, which means UTC and sets *no_zone.  A date alone is
 * midnight.  false: not a time. */
bool datetime_parse(struct slice text, int64_t *unix_seconds, bool *no_zone);

/* Parses any common format: the above, "20261001000000", "2026/10/01", "01.10.2026", a
 * mail's Date, RFC 850, ctime, date(1), Go's time.String(), seconds since 1970 or a finer
 * unit.  Applies a named zone if the
 * name is unambiguous; otherwise, and without a zone, it assumes UTC and sets
 * *no_zone. */
bool datetime_parse_any(struct slice text, int64_t *unix_seconds, bool *no_zone);

/* Seconds since 1970 or a finer unit; the magnitude of the number decides. */
int64_t datetime_from_epoch(uint64_t number);

/* Parses a mail's Date (RFC 5322 section 3.3, obsolete zones included). */
bool datetime_parse_mail(struct slice text, int64_t *unix_seconds);

#endif

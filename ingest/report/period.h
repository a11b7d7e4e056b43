/* period.h - reads and validates periods, and determines their month
 *
 * SPDX-License-Identifier: MIT
 *
 * The start of a period determines the index, and a forged report must not create
 * indices at will.
 */
#ifndef INGEST_REPORT_PERIOD_H
#define INGEST_REPORT_PERIOD_H

#include "base/datetime.h"
#include "base/error.h"
#include "ingest/report/quirk.h"

/* Is it between the year 2000 and eight days after now? */
bool period_is_likely(int64_t time, int64_t now);

/* false: before the year 2000, under which reports without a period are filed too. */
bool period_is_known(int64_t begin);

/* Corrects a time that is unlikely and years away from a likely other one: programs write 0
 * or the year 1 if they have no time.  An end becomes the start, a start the midnight before the
 * end; returns true if one was corrected. */
bool period_mend(int64_t *begin, int64_t *end, int64_t now);

/* What the format of a report has in place of a time. */
enum period_form { PERIOD_UNIX_SECONDS, PERIOD_RFC_3339 };

/* Reads both ends of a period in any form, the smaller one first; one that is no time is made
 * from the other, as by period_mend(). Both are 0, with NO_PERIOD, if neither is a time. REJECT
 * "bad-date" as below. */
bool period_read(enum period_form form, struct slice begin_text, struct slice end_text, int64_t now,
		 int64_t *begin, int64_t *end, struct quirk_set *quirks, struct error *err);

/* REJECT "bad-date" if begin is more than eight days after now.  A begin before the year
 * 2000 adds a quirk: all such reports are filed under one month. */
bool period_check(int64_t begin, int64_t now, struct quirk_set *quirks, struct error *err);

/* Formats begin as "YYYY.MM" in UTC; "1970.01" before the year 2000. */
void period_month(int64_t begin, char month[static DATETIME_MONTH_SIZE]);

/* Formats begin as "YYYY-MM-DD" in UTC; "1970-01-01" before the year 2000. */
void period_day(int64_t begin, char day[static DATETIME_DAY_SIZE]);

#endif

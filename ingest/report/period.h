/* period.h - which periods are taken, and under which month they are filed
 *
 * SPDX-License-Identifier: MIT
 *
 * The start of a period names an index, and a forged report must not create
 * indices at will.
 */
#ifndef INGEST_REPORT_PERIOD_H
#define INGEST_REPORT_PERIOD_H

#include "base/datetime.h"
#include "base/error.h"
#include "ingest/report/quirk.h"

/* Not before the year 2000 and not more than eight days after now. */
bool period_is_likely(int64_t time, int64_t now);

/* A good time is not given up for one that is not likely and years away
 * from it: programs write 0 or year 1
 * where they have no time.  Such a one becomes the other; true: one was. */
bool period_mend(int64_t *begin, int64_t *end, int64_t now);

/* REJECT "bad-date" when begin is more than eight days after now.  Before the
 * year 2000 it is noted: all of that is filed under one month. */
bool period_check(int64_t begin, int64_t now, struct quirk_set *quirks, struct error *err);

/* "YYYY.MM" of begin, in UTC; "1970.01" for everything before the year 2000. */
void period_month(int64_t begin, char month[static DATETIME_MONTH_SIZE]);

/* "YYYY-MM-DD" of begin, and "1970-01-01" likewise. */
void period_day(int64_t begin, char day[static DATETIME_DAY_SIZE]);

#endif

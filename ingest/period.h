/* period.h - which periods are taken, and under which month they are filed
 *
 * SPDX-License-Identifier: MIT
 *
 * The start of a period names an index, and a forged report must not create
 * indices at will.  Of what begins long before its mail came there is one index
 * a year.  That the mail was sent late is told by its mailbox and not by a
 * clock of ours: a mail that is read again is filed where it was.
 */
#ifndef INGEST_PERIOD_H
#define INGEST_PERIOD_H

#include "base/datetime.h"
#include "base/error.h"
#include "ingest/quirk.h"

struct period_clock {
	int64_t now;
	int64_t arrived; /* when the mailbox got the mail; 0: not known */
};

/* REJECT "bad-date" when begin is more than eight days after now.  It is noted
 * when begin is before the year 2000, or 92 days before the mail. */
bool period_check(int64_t begin, const struct period_clock *clock, struct quirk_set *quirks,
		  struct error *err);

/* "YYYY.MM" of begin, in UTC; the last month of its year when that is more than
 * 92 days before the mail; "1970.01" for everything before the year 2000. */
void period_month(int64_t begin, int64_t arrived, char month[static DATETIME_MONTH_SIZE]);

/* "YYYY-MM-DD" of begin, the last day of its year, and "1970-01-01" likewise. */
void period_day(int64_t begin, int64_t arrived, char day[static DATETIME_DAY_SIZE]);

#endif

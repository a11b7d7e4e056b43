/* calendar.h - computes when a scheduled command is due
 *
 * SPDX-License-Identifier: MIT
 *
 * "every 1h", "daily 03:00", "weekly mon 07:00" or "monthly 1 07:00". Times of day are UTC,
 * so that daylight saving time neither skips nor repeats one.
 */
#ifndef BRIDGE_CONFIG_CALENDAR_H
#define BRIDGE_CONFIG_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

enum calendar_kind {
	CALENDAR_NEVER,
	CALENDAR_EVERY,
	CALENDAR_DAILY,
	CALENDAR_WEEKLY,
	CALENDAR_MONTHLY,
};

struct calendar {
	enum calendar_kind kind;
	int64_t every;  /* seconds, at least one minute */
	unsigned day;   /* of the week, 0 for Monday, or of the month, 1 to 28 */
	int64_t second; /* of that day */
};

/* false: none of these forms. */
bool calendar_read(struct slice text, struct calendar *calendar);

/* The first due time after `after`, both in Unix seconds; 0 for CALENDAR_NEVER. */
int64_t calendar_next(const struct calendar *calendar, int64_t after);

#endif

/* calendar.c - computes when a scheduled command is due
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/config/calendar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/datetime.h"
#include "bridge/config/option.h"

#define DAY INT64_C(86400)
/* Tests set less. */
#ifndef SHORTEST_EVERY_MS
#define SHORTEST_EVERY_MS (60 * 1000)
#endif
/* The last day that every month has. */
#define LAST_DAY 28
/* 1 January 1970 was a Thursday; the week begins on Monday. */
#define FIRST_WEEKDAY 3

static struct slice next_word(struct slice *rest)
{
	struct slice word;

	*rest = slice_trim(*rest);
	word = slice_split(*rest, ' ', rest);
	return word;
}

/* "03:00" */
static bool read_time_of_day(struct slice text, int64_t *second)
{
	struct slice minutes;
	const struct slice hours = slice_split(text, ':', &minutes);
	uint64_t hour, minute;

	if (hours.size != 2 || minutes.size != 2 || !slice_to_uint(hours, 23, &hour) ||
	    !slice_to_uint(minutes, 59, &minute))
		return false;
	*second = (int64_t)(hour * 3600 + minute * 60);
	return true;
}

static bool read_weekday(struct slice text, unsigned *day)
{
	static const char names[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

	for (*day = 0; *day < 7; (*day)++)
		if (slice_is_nocase(text, names[*day]))
			return true;
	return false;
}

static bool read_month_day(struct slice text, unsigned *day)
{
	uint64_t number;

	if (!slice_to_uint(text, LAST_DAY, &number) || number == 0)
		return false;
	*day = (unsigned)number;
	return true;
}

static bool read_every(struct slice text, int64_t *every)
{
	int64_t ms;

	if (!option_read_time(text, &ms) || ms < SHORTEST_EVERY_MS)
		return false;
	*every = ms / 1000;
	return true;
}

bool calendar_read(struct slice text, struct calendar *calendar)
{
	struct slice rest = text;
	const struct slice word = next_word(&rest);

	*calendar = (struct calendar){ .kind = CALENDAR_NEVER };
	if (slice_is(word, "every")) {
		calendar->kind = CALENDAR_EVERY;
		return read_every(slice_trim(rest), &calendar->every);
	}
	if (slice_is(word, "daily")) {
		calendar->kind = CALENDAR_DAILY;
	} else if (slice_is(word, "weekly")) {
		calendar->kind = CALENDAR_WEEKLY;
		if (!read_weekday(next_word(&rest), &calendar->day))
			return false;
	} else if (slice_is(word, "monthly")) {
		calendar->kind = CALENDAR_MONTHLY;
		if (!read_month_day(next_word(&rest), &calendar->day))
			return false;
	} else {
		return false;
	}
	return read_time_of_day(slice_trim(rest), &calendar->second);
}

static int64_t midnight_of(int64_t time)
{
	return time - time % DAY;
}

/* The time of the calendar in the month that is `months` after that of `time`. */
static int64_t in_month(const struct calendar *calendar, int64_t time, int months)
{
	const time_t seconds = (time_t)time;
	struct tm parts;
	int month;

	gmtime_r(&seconds, &parts);
	month = parts.tm_mon + months;
	return datetime_from_civil(parts.tm_year + 1900 + month / 12, (unsigned)(month % 12) + 1,
				   calendar->day, 0, 0, 0) +
	       calendar->second;
}

int64_t calendar_next(const struct calendar *calendar, int64_t after)
{
	int64_t next = midnight_of(after) + calendar->second;

	switch (calendar->kind) {
	case CALENDAR_NEVER: return 0;
	case CALENDAR_EVERY: return after + calendar->every;
	case CALENDAR_DAILY: return next > after ? next : next + DAY;
	case CALENDAR_WEEKLY:
		while (next <= after || (next / DAY + FIRST_WEEKDAY) % 7 != calendar->day)
			next += DAY;
		return next;
	case CALENDAR_MONTHLY:
		next = in_month(calendar, after, 0);
		return next > after ? next : in_month(calendar, after, 1);
	}
	return 0;
}

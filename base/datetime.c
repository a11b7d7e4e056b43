/* datetime.c - points in time: Unix seconds in, RFC 3339 out and back
 *
 * SPDX-License-Identifier: MIT
 *
 * Days and civil dates are converted by counting 400-year eras from
 * 0000-03-01, so that the leap day is the last of a year.
 */
#include "base/datetime.h"

#include "base/ascii.h"

struct civil {
	int64_t year;
	unsigned month, day, hour, minute, second;
};

static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t era, day_of_era;
	unsigned year_of_era, day_of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = (unsigned)(year - era * 400);
	day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	day_of_era = (int64_t)year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_unix(int64_t unix_seconds)
{
	struct civil c;
	int64_t days, seconds, era;
	unsigned day_of_era, year_of_era, day_of_year, shifted_month;

	if (unix_seconds < DATETIME_MIN)
		unix_seconds = DATETIME_MIN;
	if (unix_seconds > DATETIME_MAX)
		unix_seconds = DATETIME_MAX;
	days = unix_seconds / 86400;
	seconds = unix_seconds % 86400;
	if (seconds < 0) {
		seconds += 86400;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = (unsigned)(days - era * 146097);
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
		      365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	shifted_month = (5 * day_of_year + 2) / 153;
	c.day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
	c.month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	c.year = (int64_t)year_of_era + era * 400 + (c.month <= 2);
	c.hour = (unsigned)(seconds / 3600);
	c.minute = (unsigned)(seconds / 60 % 60);
	c.second = (unsigned)(seconds % 60);
	return c;
}

static char *put_digits(char *at, unsigned width, uint64_t value)
{
	for (unsigned i = width; i > 0; i--) {
		at[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	return at + width;
}

void datetime_format(int64_t unix_seconds, char text[static DATETIME_SIZE])
{
	const struct civil c = civil_from_unix(unix_seconds);
	char *at = put_digits(text, 4, (uint64_t)c.year);

	*at++ = '-';
	at = put_digits(at, 2, c.month);
	*at++ = '-';
	at = put_digits(at, 2, c.day);
	*at++ = 'T';
	at = put_digits(at, 2, c.hour);
	*at++ = ':';
	at = put_digits(at, 2, c.minute);
	*at++ = ':';
	at = put_digits(at, 2, c.second);
	*at++ = 'Z';
	*at = '\0';
}

void datetime_format_month(int64_t unix_seconds, char text[static DATETIME_MONTH_SIZE])
{
	const struct civil c = civil_from_unix(unix_seconds);
	char *at = put_digits(text, 4, (uint64_t)c.year);

	*at++ = '.';
	at = put_digits(at, 2, c.month);
	*at = '\0';
}

void datetime_format_day(int64_t unix_seconds, char text[static DATETIME_DAY_SIZE])
{
	const struct civil c = civil_from_unix(unix_seconds);
	char *at = put_digits(text, 4, (uint64_t)c.year);

	*at++ = '-';
	at = put_digits(at, 2, c.month);
	*at++ = '-';
	at = put_digits(at, 2, c.day);
	*at = '\0';
}

int64_t datetime_from_civil(int64_t year, unsigned month, unsigned day, unsigned hour,
			    unsigned minute, unsigned second)
{
	return days_from_civil(year, month, day) * 86400 + (int64_t)hour * 3600 +
	       (int64_t)minute * 60 + second;
}

/* Takes between least and most digits from the front of *text. */
static bool take_digits(struct slice *text, size_t least, size_t most, unsigned *value)
{
	size_t n = 0;
	unsigned v = 0;

	while (n < most && n < text->size && ascii_is_digit(text->data[n]))
		v = v * 10 + (unsigned)(text->data[n++] - '0');
	if (n < least)
		return false;
	*text = (struct slice){ text->data + n, text->size - n };
	*value = v;
	return true;
}

static bool take_byte(struct slice *text, const char *set)
{
	if (text->size == 0 || text->data[0] == '\0' || !strchr(set, text->data[0]))
		return false;
	*text = (struct slice){ text->data + 1, text->size - 1 };
	return true;
}

static void skip_spaces(struct slice *text)
{
	while (text->size > 0 && ascii_is_space(text->data[0]))
		*text = (struct slice){ text->data + 1, text->size - 1 };
}

static bool valid_civil(const struct civil *c)
{
	static const unsigned char lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;

	return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= lengths[c->month - 1] &&
	       (c->month != 2 || c->day <= 28 || leap) &&
	       /* 24:00:00 is how RFC 8460 writes the end of a day. */
	       (c->hour <= 23 || (c->hour == 24 && c->minute == 0 && c->second == 0)) &&
	       c->minute <= 59 && c->second <= 60;
}

static bool take_offset(struct slice *text, int64_t *offset)
{
	bool east, west;
	unsigned hours, minutes;

	east = take_byte(text, "+");
	west = !east && take_byte(text, "-");
	if ((!east && !west) || !take_digits(text, 2, 2, &hours))
		return false;
	take_byte(text, ":");
	if (!take_digits(text, 2, 2, &minutes))
		return false;
	*offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	if (west)
		*offset = -*offset;
	return hours <= 23 && minutes <= 59;
}

static int64_t unix_of(const struct civil *c)
{
	return datetime_from_civil(c->year, c->month, c->day, c->hour, c->minute,
				   c->second == 60 ? 59 : c->second);
}

bool datetime_parse(struct slice text, int64_t *unix_seconds, bool *no_zone)
{
	struct civil c = { 0 };
	unsigned year, ignored;
	int64_t offset = 0;
	bool zone = false;

	text = slice_trim(text);
	if (!take_digits(&text, 4, 4, &year) || !take_byte(&text, "-") ||
	    !take_digits(&text, 2, 2, &c.month) || !take_byte(&text, "-") ||
	    !take_digits(&text, 2, 2, &c.day))
		return false;
	c.year = year;
	if (text.size > 0) {
		if (!take_byte(&text, "Tt ") || !take_digits(&text, 2, 2, &c.hour) ||
		    !take_byte(&text, ":") || !take_digits(&text, 2, 2, &c.minute))
			return false;
		if (take_byte(&text, ":") && !take_digits(&text, 2, 2, &c.second))
			return false;
		if (take_byte(&text, ".,")) {
			if (!take_digits(&text, 1, 1, &ignored))
				return false;
			while (take_digits(&text, 1, 1, &ignored))
				;
		}
		skip_spaces(&text);
		zone = text.size > 0;
		if (zone && !take_byte(&text, "Zz") && !take_offset(&text, &offset))
			return false;
	}
	if (text.size > 0 || !valid_civil(&c))
		return false;
	*unix_seconds = unix_of(&c) - offset;
	*no_zone = !zone;
	return true;
}

static bool take_month(struct slice *text, unsigned *month)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (unsigned i = 0; text->size >= 3 && i < 12; i++) {
		if (!slice_equal_nocase((struct slice){ text->data, 3 },
					(struct slice){ names + 3 * i, 3 }))
			continue;
		*text = (struct slice){ text->data + 3, text->size - 3 };
		*month = i + 1;
		return true;
	}
	return false;
}

/* RFC 5322 section 4.3: unknown alphabetic zones count as UTC. */
static int64_t named_zone(struct slice text)
{
	static const struct { const char *name; int hours; } zones[] = {
		{ "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
		{ "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
	};

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (text.size >= 3 && slice_is_nocase((struct slice){ text.data, 3 }, zones[i].name))
			return zones[i].hours * INT64_C(3600);
	return 0;
}

bool datetime_parse_mail(struct slice text, int64_t *unix_seconds)
{
	struct civil c = { 0 };
	struct slice rest;
	unsigned year;
	int64_t offset = 0;

	text = slice_trim(text);
	slice_split(text, ',', &rest); /* the day's name says nothing new */
	if (rest.data)
		text = rest;
	skip_spaces(&text);
	if (!take_digits(&text, 1, 2, &c.day))
		return false;
	skip_spaces(&text);
	if (!take_month(&text, &c.month))
		return false;
	skip_spaces(&text);
	if (!take_digits(&text, 2, 4, &year))
		return false;
	c.year = year < 50 ? year + 2000 : year < 1000 ? year + 1900 : year;
	skip_spaces(&text);
	if (!take_digits(&text, 1, 2, &c.hour) || !take_byte(&text, ":") ||
	    !take_digits(&text, 2, 2, &c.minute))
		return false;
	if (take_byte(&text, ":") && !take_digits(&text, 2, 2, &c.second))
		return false;
	skip_spaces(&text);
	if (!valid_civil(&c))
		return false;
	if (!take_offset(&text, &offset))
		offset = named_zone(text);
	*unix_seconds = unix_of(&c) - offset;
	return true;
}

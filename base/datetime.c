/* datetime.c - converts between Unix seconds and RFC 3339
 *
 * SPDX-License-Identifier: MIT
 *
 * Days and civil dates are converted by counting 400-year eras from 0000-03-01,
 * so that the leap day is the last day of a year.
 */
#include "base/datetime.h"

#include "base/ascii.h"

/* Seconds in the years 2001 to 5138: smaller numbers are no report's time, larger
 * ones count milliseconds or smaller units. */
#define EPOCH_LEAST UINT64_C(1000000000)
#define EPOCH_MOST UINT64_C(100000000000)

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

/* Reads between least and most digits from the front of *text. */
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
	       /* RFC 8460 writes the end of a day as 24:00:00. */
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
	if (hours > 23 || minutes > 59)
		return false;
	*offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
	if (west)
		*offset = -*offset;
	return true;
}

static int64_t unix_of(const struct civil *c)
{
	return datetime_from_civil(c->year, c->month, c->day, c->hour, c->minute,
				   c->second == 60 ? 59 : c->second);
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

/* Abbreviations that mean a single zone in mail; others (IST, AST, BST in Asia) are
 * ambiguous.  RFC 5322 section 4.3: unknown alphabetic zones count as UTC. */
static const struct zone {
	const char *name;
	int minutes; /* east of UTC */
} zones[] = {
	{ "Z", 0 },      { "UTC", 0 },    { "GMT", 0 },    { "UT", 0 },     { "WET", 0 },
	{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 }, { "MST", -420 },
	{ "MDT", -360 }, { "PST", -480 }, { "PDT", -420 }, { "CET", 60 },   { "CEST", 120 },
	{ "MEZ", 60 },   { "MESZ", 120 }, { "MET", 60 },   { "MEST", 120 }, { "WEST", 60 },
	{ "EET", 120 },  { "EEST", 180 }, { "MSK", 180 },  { "JST", 540 },  { "KST", 540 },
	{ "AEST", 600 }, { "AEDT", 660 }, { "ACST", 570 }, { "AWST", 480 }, { "NZST", 720 },
	{ "NZDT", 780 }, { "HKT", 480 },  { "SGT", 480 },
};

static size_t letters_of(struct slice text)
{
	size_t n = 0;

	while (n < text.size && ascii_is_alpha(text.data[n]))
		n++;
	return n;
}

/* Reads a zone name from the front of *text; *known is false if it is not one. */
static bool take_zone_name(struct slice *text, int64_t *offset, bool *known)
{
	const struct slice name = { text->data, letters_of(*text) };

	if (name.size == 0)
		return false;
	*text = (struct slice){ text->data + name.size, text->size - name.size };
	*offset = 0;
	*known = false;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (!slice_is_nocase(name, zones[i].name))
			continue;
		*offset = zones[i].minutes * INT64_C(60);
		*known = true;
		break;
	}
	return true;
}

/* "+0200", "EDT" and "UTC+2" are zones; the text after them repeats them. */
static bool take_zone(struct slice *text, int64_t *offset, bool *known)
{
	struct slice rest = *text;

	if (take_offset(&rest, offset)) {
		*text = rest;
		*known = true;
		return true;
	}
	return take_zone_name(text, offset, known);
}

static bool take_fraction(struct slice *text)
{
	unsigned ignored;

	if (!take_byte(text, ".,"))
		return true;
	if (!take_digits(text, 1, 1, &ignored))
		return false;
	while (take_digits(text, 1, 1, &ignored))
		;
	return true;
}

/* "04:00", "4:00:00.123", "4:00:00 AM" */
static bool take_clock(struct slice *text, struct civil *c)
{
	if (!take_digits(text, 1, 2, &c->hour) || !take_byte(text, ":") ||
	    !take_digits(text, 2, 2, &c->minute))
		return false;
	if (take_byte(text, ":") && !take_digits(text, 2, 2, &c->second))
		return false;
	if (!take_fraction(text))
		return false;
	skip_spaces(text);
	if (text->size >= 2 && letters_of(*text) == 2 && ascii_lower(text->data[1]) == 'm' &&
	    strchr("aApP", text->data[0]) && c->hour >= 1 && c->hour <= 12) {
		c->hour = c->hour % 12 + (ascii_lower(text->data[0]) == 'p' ? 12 : 0);
		*text = (struct slice){ text->data + 2, text->size - 2 };
		skip_spaces(text);
	}
	return true;
}

bool datetime_parse(struct slice text, int64_t *unix_seconds, bool *no_zone)
{
	struct civil c = { 0 };
	unsigned year;
	int64_t offset = 0;
	bool zone = false, known;

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
		if (!take_fraction(&text))
			return false;
		skip_spaces(&text);
		zone = text.size > 0;
		if (zone && (!take_zone(&text, &offset, &known) || !known))
			return false;
	}
	if (text.size > 0 || !valid_civil(&c))
		return false;
	*unix_seconds = unix_of(&c) - offset;
	*no_zone = !zone;
	return true;
}

static bool take_year(struct slice *text, struct civil *c)
{
	unsigned year;

	if (!take_digits(text, 2, 4, &year))
		return false;
	c->year = year < 50 ? year + 2000 : year < 1000 ? year + 1900 : year;
	return true;
}

/* The day name, in any language, is redundant. */
static void skip_day_name(struct slice *text)
{
	struct slice rest;

	slice_split(*text, ',', &rest);
	if (rest.data) {
		*text = rest;
	} else if (letters_of(*text) > 0 && letters_of(*text) < text->size &&
		   ascii_is_space(text->data[letters_of(*text)])) {
		*text = (struct slice){ text->data + letters_of(*text),
					text->size - letters_of(*text) };
	}
	skip_spaces(text);
}

static bool finish(const struct civil *c, struct slice rest, int64_t *unix_seconds, bool *no_zone)
{
	int64_t offset = 0;
	bool known = false;

	skip_spaces(&rest);
	if (!valid_civil(c))
		return false;
	(void)take_zone(&rest, &offset, &known);
	*unix_seconds = unix_of(c) - offset;
	*no_zone = !known;
	return true;
}

/* RFC 5322 "2 Oct 2026 04:00:00 +0000" and RFC 850 "02-Oct-2026 04:00:00 GMT" */
static bool parse_day_first(struct slice text, int64_t *unix_seconds, bool *no_zone)
{
	struct civil c = { 0 };

	skip_day_name(&text);
	if (!take_digits(&text, 1, 2, &c.day))
		return false;
	(void)take_byte(&text, "-");
	skip_spaces(&text);
	if (!take_month(&text, &c.month))
		return false;
	text = (struct slice){ text.data + letters_of(text), text.size - letters_of(text) };
	(void)take_byte(&text, "-");
	skip_spaces(&text);
	if (!take_year(&text, &c))
		return false;
	skip_spaces(&text);
	return take_clock(&text, &c) && finish(&c, text, unix_seconds, no_zone);
}

/* ctime "Fri Oct  2 04:00:00 2026" and date(1) "Fri Oct  2 00:00:00 EDT 2026" */
static bool parse_month_first(struct slice text, int64_t *unix_seconds, bool *no_zone)
{
	struct civil c = { 0 };
	struct slice zone;
	int64_t ignored;
	bool known;

	if (!take_month(&text, &c.month)) {
		skip_day_name(&text);
		if (!take_month(&text, &c.month))
			return false;
	}
	skip_spaces(&text);
	if (!take_digits(&text, 1, 2, &c.day))
		return false;
	skip_spaces(&text);
	if (!take_clock(&text, &c))
		return false;
	zone = text;
	if (letters_of(text) > 0)
		(void)take_zone_name(&text, &ignored, &known);
	else
		zone = slice_of("");
	skip_spaces(&text);
	if (!take_year(&text, &c))
		return false;
	return finish(&c, zone.size > 0 ? zone : text, unix_seconds, no_zone);
}

int64_t datetime_from_epoch(uint64_t number)
{
	while (number > EPOCH_MOST)
		number /= 1000;
	return (int64_t)number;
}

/* "1790812800" and "1790812800.5"; the fraction is cut off. */
static bool parse_epoch(struct slice text, int64_t *unix_seconds)
{
	struct slice rest, digits = { text.data, 0 };
	uint64_t number;

	while (digits.size < text.size && ascii_is_digit(text.data[digits.size]))
		digits.size++;
	rest = slice_skip(text, digits.size);
	if (!slice_to_uint(digits, INT64_MAX, &number) || number < EPOCH_LEAST ||
	    !take_fraction(&rest) || rest.size > 0)
		return false;
	*unix_seconds = datetime_from_epoch(number);
	return true;
}

/* "2026/10/01", "20261001" and "01.10.2026".  With slashes and without a year in front, day
 * and month are ambiguous. */
static bool take_numeric_date(struct slice *text, struct civil *c)
{
	const struct slice whole = *text;
	unsigned year;

	if (take_digits(text, 4, 4, &year)) {
		const bool slash = take_byte(text, "/");

		c->year = year;
		return take_digits(text, 2, 2, &c->month) && (!slash || take_byte(text, "/")) &&
		       take_digits(text, 2, 2, &c->day);
	}
	*text = whole;
	if (!take_digits(text, 1, 2, &c->day) || !take_byte(text, ".") ||
	    !take_digits(text, 1, 2, &c->month) || !take_byte(text, ".") ||
	    !take_digits(text, 4, 4, &year))
		return false;
	c->year = year;
	return true;
}

/* "000000" */
static bool take_compact_clock(struct slice *text, struct civil *c)
{
	return take_digits(text, 2, 2, &c->hour) && take_digits(text, 2, 2, &c->minute) &&
	       take_digits(text, 2, 2, &c->second);
}

/* The date alone, or with a time such as "000000", "T000000Z" and " 00:00:00 +0000". */
static bool parse_numeric(struct slice text, int64_t *unix_seconds, bool *no_zone)
{
	struct civil c = { 0 };
	struct slice clock;

	if (!take_numeric_date(&text, &c) || c.year < 1970 || c.year > 2100)
		return false;
	if (text.size > 0) {
		(void)take_byte(&text, "Tt,");
		skip_spaces(&text);
		clock = text;
		if (!take_clock(&text, &c)) {
			text = clock;
			if (!take_compact_clock(&text, &c))
				return false;
		}
		if (text.size > 0 && ascii_is_digit(text.data[0]))
			return false;
	}
	return finish(&c, text, unix_seconds, no_zone);
}

/* Go's time.String(): "2026-10-01 00:00:00 +0000 UTC" */
static struct slice without_second_zone(struct slice text)
{
	const size_t plus = slice_find_text(text, " +");
	size_t end = plus + sizeof("+0000");

	if (plus == text.size || end >= text.size || text.data[end] != ' ')
		return text;
	return (struct slice){ text.data, end };
}

bool datetime_parse_any(struct slice text, int64_t *unix_seconds, bool *no_zone)
{
	text = slice_trim(text);
	*no_zone = false;
	return parse_numeric(text, unix_seconds, no_zone) || parse_epoch(text, unix_seconds) ||
	       datetime_parse(text, unix_seconds, no_zone) ||
	       datetime_parse(without_second_zone(text), unix_seconds, no_zone) ||
	       parse_day_first(text, unix_seconds, no_zone) ||
	       parse_month_first(text, unix_seconds, no_zone);
}

bool datetime_parse_mail(struct slice text, int64_t *unix_seconds)
{
	bool no_zone;

	return parse_day_first(slice_trim(text), unix_seconds, &no_zone);
}

/* words.c - formats numbers, days and lists for people
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/words.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/datetime.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define NAME_BYTES 72
#define DASH "\xe2\x80\x93"

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

bool is_month(struct slice name)
{
	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++)
		if (slice_is(name, months[i]))
			return true;
	return false;
}

void day_text(int64_t unix_seconds, char text[static DAY_TEXT_SIZE])
{
	char time[DATETIME_SIZE];
	uint64_t month = 1, day = 1;

	datetime_format(unix_seconds, time);
	slice_to_uint((struct slice){ time + 5, 2 }, 12, &month);
	slice_to_uint((struct slice){ time + 8, 2 }, 31, &day);
	snprintf(text, DAY_TEXT_SIZE, "%u %s %.4s", (unsigned)day, months[month - 1], time);
}

const char *number_text(uint64_t number, char text[static NUMBER_TEXT_SIZE])
{
	char digits[24];
	const int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *out = text;

	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return text;
}

const char *share_text(uint64_t part, uint64_t whole, char text[static SHARE_TEXT_SIZE])
{
	const double share = whole > 0 ? 100.0 * (double)part / (double)whole : 0;

	if (whole == 0)
		snprintf(text, SHARE_TEXT_SIZE, DASH);
	else if (part > 0 && share < 0.1)
		snprintf(text, SHARE_TEXT_SIZE, "< 0.1 %%");
	else if (part < whole && share > 99.9)
		snprintf(text, SHARE_TEXT_SIZE, "> 99.9 %%");
	else
		snprintf(text, SHARE_TEXT_SIZE, part == whole || part == 0 ? "%.0f %%" : "%.1f %%",
			 share);
	return text;
}

void name_list_add(struct name_list *list, struct slice name)
{
	for (size_t i = 0; i < list->count && i < NAME_LIST_SHOWN; i++)
		if (slice_equal(list->names[i], name))
			return;
	if (list->count < NAME_LIST_SHOWN)
		list->names[list->count] = name;
	list->count++;
}

struct slice name_list_text(struct arena *arena, const struct name_list *list)
{
	const size_t shown = list->count < NAME_LIST_SHOWN ? list->count : NAME_LIST_SHOWN;
	struct strbuf text;
	struct slice copy;

	if (list->count == 0)
		return slice_of(NULL);
	strbuf_init(&text, KIB);
	for (size_t i = 0; i < shown; i++) {
		strbuf_add_text(&text, i == 0 ? "" : i + 1 == list->count ? " and " : ", ");
		strbuf_add_slice(&text, utf8_prefix(list->names[i], NAME_BYTES));
		strbuf_add_text(&text, list->names[i].size > NAME_BYTES ? "\xe2\x80\xa6" : "");
	}
	if (list->count > shown)
		strbuf_add_format(&text, " and %zu more", list->count - shown);
	copy = arena_slice(arena, strbuf_slice(&text));
	strbuf_release(&text);
	return copy;
}

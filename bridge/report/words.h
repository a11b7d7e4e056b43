/* words.h - numbers, days and lists as people write them
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_WORDS_H
#define BRIDGE_REPORT_WORDS_H

#include "base/arena.h"

/* "20 Nov 2026" */
#define DAY_TEXT_SIZE sizeof("20 Nov 2026")
void day_text(int64_t unix_seconds, char text[static DAY_TEXT_SIZE]);

/* "1,234,567" */
#define NUMBER_TEXT_SIZE sizeof("18,446,744,073,709,551,615")
const char *number_text(uint64_t number, char text[static NUMBER_TEXT_SIZE]);

/* "96.1 %", "< 0.1 %", "100 %"; a dash without a whole. */
#define SHARE_TEXT_SIZE sizeof("> 99.9 %.")
const char *share_text(uint64_t part, uint64_t whole, char text[static SHARE_TEXT_SIZE]);

/* "s" where a number wants a plural. */
static inline const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

/* Names for a sentence: the first ones, and how many there are. */
#define NAME_LIST_SHOWN 3
struct name_list {
	struct slice names[NAME_LIST_SHOWN];
	size_t count;
};

/* A name that is among the first ones already counts once. */
void name_list_add(struct name_list *list, struct slice name);
/* "a, b, c and 4 more"; absent without a name. */
struct slice name_list_text(struct arena *arena, const struct name_list *list);

#endif

/* words.h - formats numbers, days and lists for people
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_WORDS_H
#define BRIDGE_REPORT_WORDS_H

#include "base/arena.h"

/* "20 Nov 2026" */
#define DAY_TEXT_SIZE sizeof("20 Nov 2026")
void day_text(int64_t unix_seconds, char text[static DAY_TEXT_SIZE]);
bool is_month(struct slice name); /* as day_text writes it */

/* "1,234,567" */
#define NUMBER_TEXT_SIZE sizeof("18,446,744,073,709,551,615")
const char *number_text(uint64_t number, char text[static NUMBER_TEXT_SIZE]);

/* "96.1 %", "< 0.1 %", "100 %"; a dash if the whole is 0. */
#define SHARE_TEXT_SIZE sizeof("> 99.9 %.")
const char *share_text(uint64_t part, uint64_t whole, char text[static SHARE_TEXT_SIZE]);

/* "s" if the number needs a plural. */
static inline const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

/* Names for a sentence: the first ones, and their total number. */
#define NAME_LIST_SHOWN 3
struct name_list {
	struct slice names[NAME_LIST_SHOWN];
	size_t count;
};

/* A name that is already among the first ones is not counted again. */
void name_list_add(struct name_list *list, struct slice name);
/* "a, b, c and 4 more"; absent if there is no name. */
struct slice name_list_text(struct arena *arena, const struct name_list *list);

#endif

/* imap_guard.c - stops answers that would break their parser
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/imap_guard.h"

#include "base/ascii.h"

#define NUMBER_MAX (UINT64_C(1) << 40)

/* "* 12 FETCH" and "* LIST" carry literals.  In "* OK words {9}" the braces
 * are words; believing them would let the next nine bytes pass unseen. */
static void look_at_start(struct imap_guard *guard, char c)
{
	static const unsigned kind_column = 2;

	if (guard->column == kind_column)
		guard->has_literals = ascii_is_digit(c) || ascii_lower(c) == 'l';
	if (guard->column <= kind_column)
		guard->column++;
}

static void end_line(struct imap_guard *guard)
{
	guard->depth = guard->column = 0;
	guard->has_literals = false;
}

static void look_for_literal(struct imap_guard *guard, char c)
{
	if (guard->state == IMAP_GUARD_DIGITS && ascii_is_digit(c)) {
		if (guard->number < NUMBER_MAX)
			guard->number = guard->number * 10 + (uint64_t)(c - '0');
	} else if (guard->state == IMAP_GUARD_DIGITS && c == '}') {
		guard->state = IMAP_GUARD_CLOSED;
	} else if (c == '{') {
		guard->state = IMAP_GUARD_DIGITS;
		guard->number = 0;
	} else if (c != '\r') {
		guard->state = IMAP_GUARD_TEXT;
	}
}

const char *imap_guard_feed(struct imap_guard *guard, struct slice bytes,
			    uint64_t literal_most)
{
	for (size_t i = 0; i < bytes.size; i++) {
		const char c = bytes.data[i];

		if (guard->literal > 0) {
			const size_t left = bytes.size - i;
			const size_t skip = guard->literal < left ? (size_t)guard->literal : left;

			guard->literal -= skip;
			i += skip - 1;
			continue;
		}
		if (c == '\n') {
			if (guard->state == IMAP_GUARD_CLOSED && guard->has_literals) {
				if (guard->number > literal_most)
					return "the server announces more bytes than were asked for";
				guard->literal = guard->number;
			} else {
				end_line(guard);
			}
			guard->state = IMAP_GUARD_TEXT;
			continue;
		}
		look_at_start(guard, c);
		look_for_literal(guard, c);
		if (c == '(' && ++guard->depth > IMAP_GUARD_DEPTH)
			return "the server's answer is nested too deeply";
		if (c == ')' && guard->depth > 0)
			guard->depth--;
	}
	return NULL;
}

/* tally.h - sums by key, and the largest of them
 *
 * SPDX-License-Identifier: MIT
 *
 * Keys come from reports, so their number is limited: what does not fit any
 * more is counted under one key, "others", and nothing is lost from the sums.
 */
#ifndef BRIDGE_REPORT_TALLY_H
#define BRIDGE_REPORT_TALLY_H

#include "base/arena.h"

#define TALLY_COUNTS 10
#define TALLY_TEXTS 8

struct tally {
	struct slice key;
	uint64_t counts[TALLY_COUNTS];
	struct slice texts[TALLY_TEXTS]; /* set by the first user of the key */
	int64_t first, last;		 /* times it was met; 0 and 0: never */
};

struct tally_table {
	struct arena arena;
	struct tally **slots;
	size_t count, alloc;
	struct tally others;
};

/* max_bytes: memory for keys, texts and tallies together. */
void tally_init(struct tally_table *table, size_t max_bytes);
void tally_release(struct tally_table *table);

/* The tally of a key; *added tells whether it is new.  Never NULL. */
struct tally *tally_of(struct tally_table *table, struct slice key, bool *added);

/* Copies a text into a tally; where there is no room the old one stays. */
void tally_set_text(struct tally_table *table, struct tally *tally, unsigned which,
		    struct slice text);

/* Notes that the key was met at this time. */
void tally_met(struct tally *tally, int64_t when);

/* Up to most tallies, the largest counts[by] first, ties by key; "others" is
 * among them if it was needed.  Returns how many. */
size_t tally_largest(const struct tally_table *table, unsigned by, size_t most,
		     const struct tally **largest);

/* The name of a row of sums: its first text, or its key. */
static inline struct slice tally_name(const struct tally *tally)
{
	return tally->texts[0].data ? tally->texts[0] : tally->key;
}

/* Keys in the table; those that are counted under "others" are not known. */
static inline size_t tally_keys(const struct tally_table *table)
{
	return table->count + (table->others.counts[0] > 0 ? 1 : 0);
}

#endif

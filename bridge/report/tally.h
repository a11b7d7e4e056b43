/* tally.h - sums by key, and the largest of them
 *
 * SPDX-License-Identifier: MIT
 *
 * Keys come from reports, so their number is limited: further keys are counted as "others",
 * so that the sums stay complete.
 */
#ifndef BRIDGE_REPORT_TALLY_H
#define BRIDGE_REPORT_TALLY_H

#include "base/arena.h"

#define TALLY_COUNTS 10
#define TALLY_TEXTS 8

struct tally {
	struct slice key;
	uint64_t counts[TALLY_COUNTS];
	struct slice texts[TALLY_TEXTS]; /* set when the key is added */
	int64_t times[TALLY_TEXTS];      /* of texts set by tally_set_latest() */
	int64_t first, last;             /* earliest and latest time; 0 and 0: never */
};

struct tally_table {
	struct arena arena;
	struct tally **slots;
	size_t count, alloc;
	struct tally others;
};

/* max_bytes: limit for keys, texts and tallies together. */
void tally_init(struct tally_table *table, size_t max_bytes);
void tally_release(struct tally_table *table);

/* The tally of a key, never NULL; *added: the key is new. */
struct tally *tally_of(struct tally_table *table, struct slice key, bool *added);

/* Copies a text into a tally; keeps the old text if there is no room. */
void tally_set_text(struct tally_table *table, struct tally *tally, unsigned which,
		    struct slice text);

/* Keeps the text with the latest time, in whatever order texts arrive; of two with the same
 * time, the one that sorts last. */
void tally_set_latest(struct tally_table *table, struct tally *tally, unsigned which,
		      struct slice text, int64_t when);

static inline bool tally_has_time(const struct tally *tally)
{
	return tally->first != 0 || tally->last != 0;
}

/* Records that the key occurred at this time. */
void tally_met(struct tally *tally, int64_t when);

/* The tallies with the largest counts[by], descending, ties by key, at most `most`; may
 * include "others". Returns their number. */
size_t tally_largest(const struct tally_table *table, unsigned by, size_t most,
		     const struct tally **largest);

/* The name of a row: its first text, otherwise its key. */
static inline struct slice tally_name(const struct tally *tally)
{
	return tally->texts[0].data ? tally->texts[0] : tally->key;
}

/* Number of keys in the table, without those counted as "others". */
static inline size_t tally_keys(const struct tally_table *table)
{
	return table->count + (table->others.counts[0] > 0 ? 1 : 0);
}

#endif

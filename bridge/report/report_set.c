/* report_set.c - the reports that were summed, to find different ones with the same id
 *
 * SPDX-License-Identifier: MIT
 *
 * All reports of a name are in one run of slots, which ends at an empty one.
 */
#include "bridge/report/report_set.h"

#include <stdlib.h>

#include "base/xalloc.h"

#define FIRST_SLOTS 64
/* 16 MiB of slots: a year of 1,400 reports a day. */
#define REPORTS_MAX ((size_t)1 << 19)

void report_set_release(struct report_set *set)
{
	free(set->slots);
	*set = (struct report_set){ 0 };
}

static struct report_version *slot_of(const struct report_set *set, uint64_t name, uint64_t content,
				      bool *other)
{
	size_t at = (size_t)name & (set->alloc - 1);

	*other = false;
	for (; set->slots[at].name != 0; at = (at + 1) & (set->alloc - 1)) {
		if (set->slots[at].name == name && set->slots[at].content == content)
			break;
		*other |= set->slots[at].name == name;
	}
	return &set->slots[at];
}

static void grow(struct report_set *set)
{
	struct report_set larger = { .count = set->count,
				     .alloc = set->alloc ? 2 * set->alloc : FIRST_SLOTS };
	bool other;

	larger.slots = xcalloc(larger.alloc, sizeof(*larger.slots));
	for (size_t i = 0; i < set->alloc; i++)
		if (set->slots[i].name != 0)
			*slot_of(&larger, set->slots[i].name, set->slots[i].content,
				 &other) = set->slots[i];
	free(set->slots);
	*set = larger;
}

bool report_set_conflicts(struct report_set *set, uint64_t name, uint64_t content)
{
	struct report_version *slot;
	bool other;

	name += name == 0;
	if (set->count == set->alloc / 2 && set->count < REPORTS_MAX)
		grow(set);
	slot = slot_of(set, name, content, &other);
	if (slot->name != 0)
		return false;
	if (set->count < REPORTS_MAX) {
		*slot = (struct report_version){ name, content };
		set->count++;
	}
	return other;
}

/* report_set.h - the reports that were summed, to find different ones with the same id
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_REPORT_SET_H
#define BRIDGE_REPORT_REPORT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hashes of what names a report and of its content; an empty slot has the name 0. */
struct report_version {
	uint64_t name, content;
};

/* Begins as zeros. */
struct report_set {
	struct report_version *slots;
	size_t count, alloc;
};

void report_set_release(struct report_set *set);

/* Adds a report. true: it is new, and another one has its name. Does not add to a full set,
 * so further reports only conflict with those before. */
bool report_set_conflicts(struct report_set *set, uint64_t name, uint64_t content);

#endif

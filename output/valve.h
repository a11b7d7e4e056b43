/* valve.h - when most documents of an index are refused, it is not the documents
 *
 * SPDX-License-Identifier: MIT
 *
 * A wrong index template refuses everything for one reason.  From then on
 * refused documents of that index are held, their mails stay, and nothing more
 * becomes a dead letter until documents are taken again.  Pure.
 */
#ifndef OUTPUT_VALVE_H
#define OUTPUT_VALVE_H

#include <stdbool.h>

#include "base/slice.h"

/* Indices that are watched: only those that refused something, the latest. */
#define VALVE_INDICES 64

struct valve_index {
	char name[256], type[64];
	uint64_t refused[2]; /* the last 128 documents, one bit each */
};

struct valve {
	struct valve_index *indices;
	size_t count, next; /* next: to be given to another index */
};

void valve_release(struct valve *valve); /* a zeroed struct is ready for use */

/* A document of the index was taken. */
void valve_taken(struct valve *valve, struct slice index);

/* One was refused for an error of that type.  true: hold it, for so were most
 * of the last hundred. */
bool valve_refused(struct valve *valve, struct slice index, struct slice type);

#endif

/* circuit_breaker.h - stops dead letters when an index refuses most documents
 *
 * SPDX-License-Identifier: MIT
 *
 * A wrong index template makes the server refuse every document for one reason,
 * which is not the documents' fault.  While the breaker is open, refused
 * documents of that index are held and their mails stay, until the index
 * accepts documents again.  Pure.
 */
#ifndef OUTPUT_CIRCUIT_BREAKER_H
#define OUTPUT_CIRCUIT_BREAKER_H

#include <stdbool.h>

#include "base/slice.h"

/* Indices tracked: the latest ones that refused a document. */
#define CIRCUIT_BREAKER_INDICES 64

struct circuit_breaker_index {
	char name[256], type[64];
	uint64_t refused[2]; /* the last 128 documents, one bit each */
};

struct circuit_breaker {
	struct circuit_breaker_index *indices;
	size_t count, next; /* next: the slot to reuse */
};

/* A zeroed struct is ready for use. */
void circuit_breaker_release(struct circuit_breaker *breaker);

/* Records that the index accepted a document. */
void circuit_breaker_accepted(struct circuit_breaker *breaker, struct slice index);

/* Records that the index refused a document with an error of that type.  true: the
 * breaker is open, because most of the latest documents were refused with this
 * error; hold the document. */
bool circuit_breaker_refused(struct circuit_breaker *breaker, struct slice index,
			     struct slice type);

/* Some index refused its latest document, and its breaker is open. */
bool circuit_breaker_is_open(const struct circuit_breaker *breaker);

#endif

/* header_fields.h - "Name: value" lines with folding (RFC 5322 section 2.2)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_UNWRAP_HEADER_FIELDS_H
#define INGEST_UNWRAP_HEADER_FIELDS_H

#include "base/arena.h"

struct header_field {
	struct slice name;
	struct slice value; /* folded as it stands, outer blanks cut off */
};

/* Takes the next field off the text; lines that are none are skipped.  False
 * at the end. */
bool header_field_next(struct slice *text, struct header_field *field);

/* The value on one line, each fold a single blank; absent: the arena is full. */
struct slice header_unfold(struct arena *arena, struct slice value);

#endif

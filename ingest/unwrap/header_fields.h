/* header_fields.h - parses header fields with folding (RFC 5322 section 2.2)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_UNWRAP_HEADER_FIELDS_H
#define INGEST_UNWRAP_HEADER_FIELDS_H

#include "base/arena.h"

struct header_field {
	struct slice name;
	struct slice value; /* still folded, without surrounding blanks */
};

/* Removes the next field from the text; skips other lines.  false at the end. */
bool header_field_next(struct slice *text, struct header_field *field);

/* Returns the value on one line, each fold as a single blank; absent: the arena is full. */
struct slice header_unfold(struct arena *arena, struct slice value);

#endif

/* record_tags.h - parses "name=value; name=value" strictly, with positions
 *
 * SPDX-License-Identifier: MIT
 *
 * DMARC, DKIM, MTA-STS and TLSRPT records are such lists (RFC 6376 section 3.2).  A
 * finding names a fault and its position, so the parser keeps faulty tags.
 */
#ifndef DOMAIN_RECORD_TAGS_H
#define DOMAIN_RECORD_TAGS_H

#include "base/arena.h"

enum tag_fault {
	TAG_GOOD,
	TAG_NO_EQUALS,
	TAG_BAD_NAME, /* empty, or not letters, digits and '_' */
	TAG_REPEATED,
};

struct record_tag {
	struct slice name, value; /* without surrounding blanks */
	struct slice whole;       /* as published, without surrounding blanks */
	size_t position;          /* octet of the record, from 1 */
	enum tag_fault fault;
};

#define RECORD_TAGS_MAX 50

struct record_tags {
	struct record_tag list[RECORD_TAGS_MAX];
	size_t count;
	bool more; /* tags beyond the maximum were not read */
};

/* Ignores empty tags, as in ";;" or after a final ';'. */
void record_tags_read(struct slice text, struct record_tags *tags);

/* Returns the first valid tag of that name (case-sensitive), or NULL. */
const struct record_tag *record_tag_find(const struct record_tags *tags, const char *name);
struct slice record_tag_value(const struct record_tags *tags, const char *name);

/* A correction; value NULL removes the tag. */
struct tag_change {
	const char *name, *value;
};

/* Returns the corrected record: version first, then p if present or changed, then the other
 * valid tags in their order and spelling, then new tags. */
const char *record_tags_rewrite(struct arena *arena, const struct record_tags *tags,
				const char *version, const struct tag_change *changes,
				size_t count);

#endif

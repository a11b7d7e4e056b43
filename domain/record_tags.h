/* record_tags.h - "name=value; name=value" read strictly, with positions
 *
 * SPDX-License-Identifier: MIT
 *
 * DMARC, DKIM, MTA-STS and TLSRPT records are such lists (RFC 6376 section
 * 3.2).  A check has to say what is wrong and where, so nothing is skipped.
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
	struct slice name, value; /* blanks around both cut */
	struct slice whole;	  /* as written, blanks around cut */
	size_t position;	  /* octet of the record, from 1 */
	enum tag_fault fault;
};

#define RECORD_TAGS_MAX 50

struct record_tags {
	struct record_tag list[RECORD_TAGS_MAX];
	size_t count;
	bool more; /* tags beyond the maximum were not read */
};

/* Empty parts (";;", and after a final ';') are no tags. */
void record_tags_read(struct slice text, struct record_tags *tags);

/* The first good tag of that name, told apart by case; NULL: none. */
const struct record_tag *record_tag_find(const struct record_tags *tags, const char *name);
struct slice record_tag_value(const struct record_tags *tags, const char *name);

/* What a corrected record changes; value NULL: the tag is dropped. */
struct tag_change {
	const char *name, *value;
};

/* The record with the changes made: version first, then p if it is changed or
 * there, then the rest in its order and spelling without faulty parts; tags
 * that were missing come last. */
const char *record_tags_rewrite(struct arena *arena, const struct record_tags *tags,
				const char *version, const struct tag_change *changes,
				size_t count);

#endif

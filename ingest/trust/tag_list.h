/* tag_list.h - parses tag lists such as "v=DKIM1; k=rsa" (RFC 6376 section 3.2)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TRUST_TAG_LIST_H
#define INGEST_TRUST_TAG_LIST_H

#include "base/slice.h"

/* Removes the next "name=value" from the list, without surrounding blanks; skips parts
 * without "=".  false: the list is empty. */
bool tag_next(struct slice *list, struct slice *name, struct slice *value);

/* Returns the value of the first tag of that name (case-sensitive), or absent. */
struct slice tag_value(struct slice list, const char *name);

/* Is word in a list such as "sha1:sha256" (case-insensitive)? */
bool tag_value_has(struct slice value, const char *word);

#endif

/* tag_list.h - "v=DKIM1; k=rsa": what DKIM writes lists in (RFC 6376 section 3.2)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TRUST_TAG_LIST_H
#define INGEST_TRUST_TAG_LIST_H

#include "base/slice.h"

/* Takes the next "name=value" off the list, blanks around both cut; what has no
 * "=" is skipped.  false: there is none left. */
bool tag_next(struct slice *list, struct slice *name, struct slice *value);

/* The value of the first tag of that name; absent when there is none.  Names are
 * told apart by case. */
struct slice tag_value(struct slice list, const char *name);

/* "sha1:sha256": is word among them, in any case? */
bool tag_value_has(struct slice value, const char *word);

#endif

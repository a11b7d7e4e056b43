/* setup_kind.h - how each kind of object that setup leaves is written and read
 *
 * SPDX-License-Identifier: MIT
 *
 * For setup_object.c alone.
 */
#ifndef OUTPUT_SETUP_KIND_H
#define OUTPUT_SETUP_KIND_H

#include "output/setup_object.h"

#define SETUP_KINDS (SETUP_OPENSEARCH_USER + 1)

struct setup_kind {
	const char *label;
	const char *path, *all;		 /* of one, before its name; of all */
	struct elastic_object_list list; /* where the answer holds all */
	const char *place;		 /* where it holds one; *: its name */
	bool meta_is_text;		 /* the member that takes our note takes text only */
	const char *wrap;		 /* the member of a request that it is wrapped into */
	const char *privilege;
	bool as_sent; /* servers keep it as it is sent, defaults that are empty apart */
};

extern const struct setup_kind setup_kinds[SETUP_KINDS];

void setup_source_digest(struct slice content, char id[static HASH_ID_SIZE]);

/* The content with our note as its first member, wrapped as the kind wants. */
void setup_kind_body(const struct setup_kind *kind, const struct setup_content *content,
		     const char *source, const char *stored, struct strbuf *body);

#endif

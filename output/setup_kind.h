/* setup_kind.h - API paths and formats of the objects of setup
 *
 * SPDX-License-Identifier: MIT
 *
 * Used only by setup_object.c.
 */
#ifndef OUTPUT_SETUP_KIND_H
#define OUTPUT_SETUP_KIND_H

#include "output/setup_object.h"

#define SETUP_KINDS (SETUP_OPENSEARCH_USER + 1)

struct setup_kind {
	const char *label;
	const char *path, *all;          /* of one, before its name; of all */
	struct elastic_object_list list; /* where the answer holds all */
	const char *place;               /* path of one object; *: its name */
	bool meta_is_text;               /* the metadata member accepts only a string */
	const char *wrap;                /* member that wraps the object in a request */
	const char *privilege;
	bool as_sent; /* servers keep it unchanged, except for empty defaults */
};

extern const struct setup_kind setup_kinds[SETUP_KINDS];

void setup_source_digest(struct slice content, char id[static HASH_ID_SIZE]);

/* Writes the content with our metadata as its first member, wrapped as the kind
 * requires. */
void setup_kind_body(const struct setup_kind *kind, const struct setup_content *content,
		     const char *source, const char *stored, struct strbuf *body);

#endif

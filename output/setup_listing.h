/* setup_listing.h - what a server has of one kind of object, by name
 *
 * SPDX-License-Identifier: MIT
 *
 * Read by one request, whatever the number of objects: who compares hundreds of
 * tenants with what is there must not ask for each.
 */
#ifndef OUTPUT_SETUP_LISTING_H
#define OUTPUT_SETUP_LISTING_H

#include "output/elastic_answer.h"

struct setup_listing;

struct setup_listed {
	char *name;
	struct elastic_object object;
	char *text; /* the object as JSON, as it was when the list was read */
};

struct setup_listing *setup_listing_new(void);
void setup_listing_free(struct setup_listing *listing);

/* Adds what an answer holds; FATAL: it is no list. */
bool setup_listing_read(struct setup_listing *listing, struct slice body,
			const struct elastic_object_list *list, struct error *err);

/* NULL: the server has none of that name. */
const struct setup_listed *setup_listing_find(const struct setup_listing *listing,
					      const char *name);
/* What we have just written, or (object NULL) deleted. */
void setup_listing_note(struct setup_listing *listing, const char *name,
			const struct elastic_object *object);

size_t setup_listing_count(const struct setup_listing *listing);
/* In the order of the answer; NULL: it was deleted since. */
const struct setup_listed *setup_listing_at(const struct setup_listing *listing, size_t position);

#endif

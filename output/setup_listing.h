/* setup_listing.h - a server's objects of one kind, by name
 *
 * SPDX-License-Identifier: MIT
 *
 * Read with one request, whatever the number of objects, so that comparing
 * hundreds of tenants does not need a request for each.
 */
#ifndef OUTPUT_SETUP_LISTING_H
#define OUTPUT_SETUP_LISTING_H

#include "output/elastic_answer.h"

struct setup_listing;

struct setup_listed {
	char *name;
	struct elastic_object object;
	char *text; /* the object as JSON at the time of the listing */
};

struct setup_listing *setup_listing_new(void);
void setup_listing_free(struct setup_listing *listing);

/* Adds the objects of an answer; FATAL: it is not a list. */
bool setup_listing_read(struct setup_listing *listing, struct slice body,
			const struct elastic_object_list *list, struct error *err);

/* Returns NULL if the server has no object of that name. */
const struct setup_listed *setup_listing_find(const struct setup_listing *listing,
					      const char *name);
/* Records an object that we have just written, or (object NULL) deleted. */
void setup_listing_note(struct setup_listing *listing, const char *name,
			const struct elastic_object *object);

size_t setup_listing_count(const struct setup_listing *listing);
/* In the order of the answer; NULL: deleted since. */
const struct setup_listed *setup_listing_at(const struct setup_listing *listing, size_t position);

#endif

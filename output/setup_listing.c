/* setup_listing.c - a server's objects of one kind, by name
 *
 * SPDX-License-Identifier: MIT
 */
#include "output/setup_listing.h"

#include <search.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct setup_listing {
	struct setup_listed **list;
	size_t count, alloc;
	void *by_name;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct setup_listed *)a)->name,
		      ((const struct setup_listed *)b)->name);
}

static void nothing_to_free(void *listed)
{
	(void)listed;
}

static void free_listed(struct setup_listed *listed)
{
	if (!listed)
		return;
	free(listed->name);
	free(listed->text);
	free(listed);
}

struct setup_listing *setup_listing_new(void)
{
	return xcalloc(1, sizeof(struct setup_listing));
}

void setup_listing_free(struct setup_listing *listing)
{
	if (!listing)
		return;
	tdestroy(listing->by_name, nothing_to_free);
	for (size_t i = 0; i < listing->count; i++)
		free_listed(listing->list[i]);
	free(listing->list);
	free(listing);
}

static struct setup_listed *find(const struct setup_listing *listing, const char *name)
{
	struct setup_listed key = { .name = (char *)(uintptr_t)name };
	struct setup_listed *const *found = tfind(&key, &listing->by_name, by_name);

	return found ? *found : NULL;
}

static struct setup_listed *add(struct setup_listing *listing, const char *name, const char *text)
{
	struct setup_listed *listed = xcalloc(1, sizeof(*listed));

	listed->name = xstrdup(name);
	listed->text = xstrdup(text);
	listing->list = xgrow(listing->list, listing->count, &listing->alloc,
			      sizeof(*listing->list));
	listing->list[listing->count++] = listed;
	tsearch(listed, &listing->by_name, by_name);
	return listed;
}

static bool take(void *context, const char *name, const struct elastic_object *object,
		 const char *text, struct error *err)
{
	struct setup_listing *listing = context;
	struct setup_listed *listed = find(listing, name);

	(void)err;
	if (!listed)
		listed = add(listing, name, text);
	listed->object = *object;
	return true;
}

bool setup_listing_read(struct setup_listing *listing, struct slice body,
			const struct elastic_object_list *list, struct error *err)
{
	return elastic_answer_objects(body, list, take, listing, err);
}

const struct setup_listed *setup_listing_find(const struct setup_listing *listing, const char *name)
{
	return find(listing, name);
}

static void drop(struct setup_listing *listing, struct setup_listed *listed)
{
	tdelete(listed, &listing->by_name, by_name);
	for (size_t i = 0; i < listing->count; i++)
		if (listing->list[i] == listed)
			listing->list[i] = NULL;
	free_listed(listed);
}

void setup_listing_note(struct setup_listing *listing, const char *name,
			const struct elastic_object *object)
{
	struct setup_listed *listed = find(listing, name);

	if (object) {
		if (!listed)
			listed = add(listing, name, "");
		listed->object = *object;
	} else if (listed) {
		drop(listing, listed);
	}
}

size_t setup_listing_count(const struct setup_listing *listing)
{
	return listing->count;
}

const struct setup_listed *setup_listing_at(const struct setup_listing *listing, size_t position)
{
	return listing->list[position];
}

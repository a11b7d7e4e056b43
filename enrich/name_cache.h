/* name_cache.h - names of addresses, kept across rounds and restarts
 *
 * SPDX-License-Identifier: MIT
 *
 * Sources of mail recur every day, so what has been asked once is rarely asked
 * again: that an address has no name as well as that its name servers fail.
 * Bounded; the entry that was used longest ago makes room.
 */
#ifndef ENRICH_NAME_CACHE_H
#define ENRICH_NAME_CACHE_H

#include "base/error.h"
#include "enrich/ip_address.h"

#define NAME_CACHE_ENTRIES 50000

enum name_state {
	NAME_NONE,	  /* the address has none */
	NAME_CONFIRMED,	  /* and the name leads back to the address */
	NAME_UNCONFIRMED, /* it does not */
	NAME_FAILED,	  /* nobody could tell */
};

struct cached_name {
	struct ip_address address;
	enum name_state state;
	unsigned failures; /* in a row, of NAME_FAILED */
	int64_t until;	   /* Unix seconds */
	char *name;	   /* of the two that have one, else NULL */
	/* Where its registered_domain() begins; name_cache_registered() */
	unsigned registered;
};

struct name_cache;

struct name_cache *name_cache_new(size_t entries);
void name_cache_free(struct name_cache *cache);
size_t name_cache_count(const struct name_cache *cache);

/* What is known; NULL: nothing.  It may have expired.  Valid until the next put. */
struct cached_name *name_cache_find(struct name_cache *cache, const struct ip_address *address);

/* The registered_domain() of its name, found once. */
struct slice name_cache_registered(struct cached_name *entry);

/* In place of what was known; name is copied. */
void name_cache_put(struct name_cache *cache, const struct cached_name *entry);

/* Adds what is in the file and has not expired by now, where it holds for
 * longer than what is known; that there is no file is no error.  RETRY: it
 * cannot be read or is damaged, and nothing was added. */
bool name_cache_load(struct name_cache *cache, const char *path, int64_t now, struct error *err);

/* Replaces the file in one step.  RETRY: it could not be written. */
bool name_cache_save(struct name_cache *cache, const char *path, int64_t now, struct error *err);

/* Has anything been put since the last load or save? */
bool name_cache_changed(const struct name_cache *cache);

#endif

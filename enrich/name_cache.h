/* name_cache.h - host names of addresses, kept across restarts
 *
 * SPDX-License-Identifier: MIT
 *
 * The same sources send mail every day, so most answers can be reused, including
 * that an address has no name or that its name servers fail.  The cache is bounded
 * and evicts the least recently used entry.
 */
#ifndef ENRICH_NAME_CACHE_H
#define ENRICH_NAME_CACHE_H

#include "base/error.h"
#include "enrich/ip_address.h"

#define NAME_CACHE_ENTRIES 50000

enum name_state {
	NAME_NONE,        /* the address has no name */
	NAME_CONFIRMED,   /* the name resolves to the address */
	NAME_UNCONFIRMED, /* the name does not resolve to the address */
	NAME_FAILED,      /* the look-up failed */
};

struct cached_name {
	struct ip_address address;
	enum name_state state;
	unsigned failures; /* consecutive failed look-ups */
	int64_t until;     /* expiry, Unix seconds */
	char *name;        /* NULL for NAME_NONE and NAME_FAILED */
	/* Offset of its registered_domain(), for name_cache_registered() */
	unsigned registered;
	bool fresh; /* looked up, and not used since */
};

struct name_cache;

struct name_cache *name_cache_new(size_t entries);
void name_cache_free(struct name_cache *cache);
size_t name_cache_count(const struct name_cache *cache);

/* Returns the entry, which may have expired, or NULL.  Valid until the next put. */
struct cached_name *name_cache_find(struct name_cache *cache, const struct ip_address *address);

/* Returns the registered_domain() of the name and remembers it. */
struct slice name_cache_registered(struct cached_name *entry);

/* Adds or replaces an entry; name is copied. */
void name_cache_put(struct name_cache *cache, const struct cached_name *entry);

/* Adds the entries of the file that have not expired by now and that expire later than
 * ours.  A missing file is not an error.  RETRY: the file cannot be read or is damaged;
 * nothing was added. */
bool name_cache_load(struct name_cache *cache, const char *path, int64_t now, struct error *err);

/* Replaces the file atomically.  RETRY: it could not be written. */
bool name_cache_save(struct name_cache *cache, const char *path, int64_t now, struct error *err);

/* Has the cache changed since the last load or save? */
bool name_cache_changed(const struct name_cache *cache);

#endif

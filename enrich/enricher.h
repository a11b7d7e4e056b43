/* enricher.h - looks up all facts about source addresses
 *
 * SPDX-License-Identifier: MIT
 *
 * The enricher is opened before fork(), so processes share its databases and
 * tables; each process then starts its own copy.  A session belongs to one fiber
 * and remembers facts for a minute.
 */
#ifndef ENRICH_ENRICHER_H
#define ENRICH_ENRICHER_H

#include "enrich/attribution.h"
#include "enrich/name_cache.h"

struct enrich_settings {
	const char *const *databases;        /* NULL-terminated, or NULL */
	const char *senders_file, *map_file; /* or NULL */
	bool reverse_dns;
	bool offline;           /* send no queries: use only files and the cache */
	const char *resolvers;  /* as for name_lookup(); NULL: the system's */
	int64_t budget_ms;      /* per batch, for waiting on name servers */
	const char *cache_file; /* of names; NULL: keep them in memory only */
};

struct enricher;

/* The settings and what they point to must outlive the result.  FATAL: a file is missing or
 * invalid. */
struct enricher *enricher_open(const struct enrich_settings *settings, struct error *err);
void enricher_close(struct enricher *enricher);

/* Call this in the process that does look-ups.  RETRY: the name cache is damaged; the
 * enricher starts with an empty cache and can be used. */
bool enricher_start(struct enricher *enricher, struct error *err);

/* Reloads replaced databases; checks at most once a minute.  *renewed: processes forked
 * earlier still have the old data.  false: the old data of a file is kept; the caller logs
 * *err. */
bool enricher_renew(struct enricher *enricher, bool *renewed, struct error *err);

/* Writes the name cache when due, or at exit if finally is set.  false: the caller logs
 * *err. */
bool enricher_save(struct enricher *enricher, bool finally, struct error *err);

/* Build time of the oldest database, Unix seconds; 0: unknown, or no databases. */
int64_t enricher_databases_built(const struct enricher *enricher);

/* Returns the tables for attributing a tenant's mail; own may be NULL. */
struct attribution_tables enricher_tables(const struct enricher *enricher,
					  const struct own_senders *own);

struct address_facts {
	bool partial;    /* its name did not arrive in time */
	char country[3]; /* "" if unknown */
	uint32_t as_number;
	struct slice as_name, as_domain, city;
	bool has_place;
	double latitude, longitude;
	struct slice name;              /* confirmed host name; absent if none or unknown */
	struct slice other_name;        /* host name that does not resolve to the address */
	struct slice registered_domain; /* of name or other_name */
};

struct enrich_session;

struct enrich_session *enrich_session_new(struct enricher *enricher);
void enrich_session_free(struct enrich_session *session);

/* Resets the time budget. */
void enrich_session_begin_batch(struct enrich_session *session);

/* Maximum number of addresses per look-up. */
#define ENRICH_ADDRESSES_MAX 1000

/* Looks up all addresses concurrently within the budget; *facts has one element per
 * address.  If all addresses look anonymised, no names are queried.  Texts are valid until
 * the next look-up. */
void enrich_addresses(struct enrich_session *session, const struct ip_address *addresses,
		      size_t count, struct address_facts *facts);

/* Starts a look-up without waiting, so that several can be waited for together with
 * enrich_wait() and then completed as above.  false: a name is still in flight and budget
 * is left. */
bool enrich_begin(struct enrich_session *session, const struct ip_address *addresses, size_t count);
/* Is the maximum number of queries in flight? */
bool enrich_is_busy(const struct enrich_session *session);
void enrich_wait(struct enrich_session *session);

struct enrich_counts {
	/* partial, cached, asked: addresses without a name in time, with a cached name, and
	 * with a query */
	uint64_t addresses, partial, cached, asked, questions, failures;
	bool paused; /* no queries are sent, since the resolver does not answer */
};
struct enrich_counts enricher_counts(const struct enricher *enricher);

#endif

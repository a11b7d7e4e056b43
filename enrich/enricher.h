/* enricher.h - all that is known about source addresses, looked up together
 *
 * SPDX-License-Identifier: MIT
 *
 * The enricher is opened before processes are forked, which then share its
 * databases and tables; each process starts it for itself.  A session belongs
 * to one fiber.  What is asked again within a minute is not looked up again.
 */
#ifndef ENRICH_ENRICHER_H
#define ENRICH_ENRICHER_H

#include "enrich/attribution.h"
#include "enrich/name_cache.h"

struct enrich_settings {
	const char *const *databases; /* NULL-terminated, or NULL */
	const char *senders_file, *map_file; /* NULL: none */
	bool reverse_dns;
	bool offline; /* nothing leaves the host: files and cache alone */
	const char *resolvers; /* as for name_lookup(); NULL: those of the system */
	int64_t budget_ms;     /* of a batch, for answers of name servers */
	const char *cache_file; /* of names; NULL: in memory alone */
};

struct enricher;

/* What the settings point to must outlive it.  FATAL: a file is missing or wrong. */
struct enricher *enricher_open(const struct enrich_settings *settings, struct error *err);
void enricher_close(struct enricher *enricher);

/* In the process that looks up.  RETRY: the cache of names is damaged; it begins
 * anew, and the enricher can be used. */
bool enricher_start(struct enricher *enricher, struct error *err);

/* Takes up databases that have been replaced; looks at most once a minute.
 * *renewed: processes forked before have the old data.  false: *err is to be
 * shown; the old data of a file stays. */
bool enricher_renew(struct enricher *enricher, bool *renewed, struct error *err);

/* Writes the cache of names when it is time, or at the end with finally.  false:
 * *err is to be shown. */
bool enricher_save(struct enricher *enricher, bool finally, struct error *err);

/* Of the oldest database, Unix seconds; 0: there is none, or it does not say. */
int64_t enricher_databases_built(const struct enricher *enricher);

/* What the tables have for a tenant's senders (own may be NULL). */
struct attribution_tables enricher_tables(const struct enricher *enricher,
					  const struct own_senders *own);

struct address_facts {
	bool partial; /* its name could not be had in time */
	char country[3]; /* "" unknown */
	uint32_t as_number;
	struct slice as_name, as_domain, city;
	bool has_place;
	double latitude, longitude;
	struct slice name;	/* of the host, confirmed; absent: none or unknown */
	struct slice other_name; /* a name that does not lead back to the address */
	struct slice registered_domain; /* of either name */
};

struct enrich_session;

struct enrich_session *enrich_session_new(struct enricher *enricher);
void enrich_session_free(struct enrich_session *session);

/* The budget of time begins anew. */
void enrich_session_begin_batch(struct enrich_session *session);

/* Most addresses of one look-up. */
#define ENRICH_ADDRESSES_MAX 1000

/* Looks up all of them at once, as far as the budget goes; *facts
 * has one element per address.  Where all of them end as anonymised addresses do
 * nobody is asked for their names.  Texts are valid until the next look-up. */
void enrich_addresses(struct enrich_session *session, const struct ip_address *addresses,
		      size_t count, struct address_facts *facts);

/* Several look-ups wait together: begun one by one, waited for once, and then done
 * as above.  false: the name of one of the addresses is under way, and the budget
 * has time left for it. */
bool enrich_begin(struct enrich_session *session, const struct ip_address *addresses,
		  size_t count);
/* As many names are under way as may be. */
bool enrich_is_busy(const struct enrich_session *session);
void enrich_wait(struct enrich_session *session);

struct enrich_counts {
	uint64_t addresses, partial, questions, failures;
	bool paused; /* the resolver is left alone, since it does not answer */
};
struct enrich_counts enricher_counts(const struct enricher *enricher);

#endif

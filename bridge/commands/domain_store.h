/* domain_store.h - stores checks of domains, and the last state of each domain
 *
 * SPDX-License-Identifier: MIT
 *
 * The last states are files of the state directory, domains/TENANT/DOMAIN. They are replaced
 * only after the documents have been stored, so a change that could not be stored is still a
 * change at the next run.
 */
#ifndef BRIDGE_COMMANDS_DOMAIN_STORE_H
#define BRIDGE_COMMANDS_DOMAIN_STORE_H

#include "bridge/config/config.h"
#include "domain/reported.h"

struct domain_store;

/* FATAL: the state directory cannot be used, or no output accepts such documents (schema =
 * parsedmarc does not have them). RETRY: another run is storing. */
bool domain_store_open(struct config *config, struct domain_store **store, struct error *err);
void domain_store_close(struct domain_store *store);

/* The configured tenant of a domain; NULL: none. */
const char *domain_store_tenant(const struct domain_store *store, struct slice domain);

/* Since when the records of the report are known to be published, by the stored state of
 * the domain. */
void domain_store_since(const struct config *config, const struct domain_report *report,
			int64_t now, struct domain_since *since);

/* Reads the last state, adds the findings that depend on it to the report, and keeps the
 * document until domain_store_post(). */
void domain_store_take(struct domain_store *store, struct domain_report *report, int64_t now);

struct domain_store_result {
	size_t domains, changed;
	uint64_t stored, duplicates, refused, kept; /* documents, summed over all outputs */
};

/* RETRY: a required output did not accept all documents; their old states stay. */
bool domain_store_post(struct domain_store *store, struct domain_store_result *result,
		       struct error *err);

#endif

/* domain_store.h - checks of domains kept: documents, and the last state of each
 *
 * SPDX-License-Identifier: MIT
 *
 * The last states stand in files of the state directory, domains/TENANT/DOMAIN.
 * They are replaced only after the documents have been stored, so a change that
 * could not be stored is a change at the next run too.
 */
#ifndef BRIDGE_COMMANDS_DOMAIN_STORE_H
#define BRIDGE_COMMANDS_DOMAIN_STORE_H

#include "bridge/config/config.h"
#include "domain/reported.h"

struct domain_store;

/* FATAL: the state directory cannot be used, or no output takes such documents
 * (schema = parsedmarc has none).  RETRY: another run is storing. */
bool domain_store_open(struct config *config, struct domain_store **store, struct error *err);
void domain_store_close(struct domain_store *store);

/* The configured tenant of a domain; NULL: none has it. */
const char *domain_store_tenant(const struct domain_store *store, struct slice domain);

/* Since when the records of the report are known to stand. */
void domain_store_since(const struct domain_store *store, const struct domain_report *report,
			int64_t now, struct domain_since *since);

/* Reads the last state, adds the findings that only time tells to the report,
 * and keeps the document until domain_store_post(). */
void domain_store_take(struct domain_store *store, struct domain_report *report, int64_t now);

struct domain_store_result {
	size_t domains, changed;
	uint64_t stored, duplicates, refused, kept; /* documents, over all outputs */
};

/* RETRY: a required output did not take all of them; those states stay old. */
bool domain_store_post(struct domain_store *store, struct domain_store_result *result,
		       struct error *err);

#endif

/* enrichment.h - adds facts about the addresses of a run before it is flattened
 *
 * SPDX-License-Identifier: MIT
 *
 * The stage between reading and flattening. Looks up names, networks and countries of the
 * source addresses of a whole run at once, and decides who sent and who delivered. Waits no
 * longer than a time budget; what is unknown by then stays absent.
 */
#ifndef BRIDGE_RUN_ENRICHMENT_H
#define BRIDGE_RUN_ENRICHMENT_H

#include "bridge/config/config.h"
#include "ingest/report/report.h"

struct enrichment;

/* For one fiber. Enricher and configuration must outlive it; configuration NULL: no tenant
 * has senders of its own. */
struct enrichment *enrichment_new(struct enricher *enricher, const struct config *config);
void enrichment_free(struct enrichment *enrichment);

/* Renews the time budget. */
void enrichment_begin_batch(struct enrichment *enrichment);

/* Lets consecutive mails wait for names together. begin() starts the lookups of a run and
 * does not wait; false: some are in flight, so read the mail again after wait().
 * is_busy(): no further lookup can start before wait(). */
bool enrichment_begin(struct enrichment *enrichment, struct run *run);
bool enrichment_is_busy(const struct enrichment *enrichment);
void enrichment_wait(struct enrichment *enrichment);

/* Adds facts to the sources of the run, valid until the next run. Returns how many of them
 * have no name because the time budget ran out. */
size_t enrichment_add(struct enrichment *enrichment, struct run *run);

/* The source of a document that was stored without its name. */
struct stored_source {
	const char *tenant;
	struct source_address address; /* gets facts, valid until the next call */
	bool has_evidence;
	struct source_evidence said;
};
#define STORED_SOURCES_MAX RUN_RECORDS
void enrichment_add_stored(struct enrichment *enrichment, struct stored_source *const *sources,
			   size_t count);

#endif

/* enrichment.h - what is known about the addresses of a run, before it is flattened
 *
 * SPDX-License-Identifier: MIT
 *
 * The stage between reading and flattening: names, networks and countries of
 * source addresses are looked up here, for a whole run at once, and who sent
 * and who delivered is decided.  It waits as everything does, within a budget
 * of time; what is not known by then stays absent.
 */
#ifndef BRIDGE_RUN_ENRICHMENT_H
#define BRIDGE_RUN_ENRICHMENT_H

#include "bridge/config/config.h"
#include "ingest/report/report.h"

struct enrichment;

/* Of one fiber.  Enricher and configuration (NULL: there is none, so no tenant has
 * senders of its own) must outlive it. */
struct enrichment *enrichment_new(struct enricher *enricher, const struct config *config);
void enrichment_free(struct enrichment *enrichment);

/* The budget of time begins anew. */
void enrichment_begin_batch(struct enrichment *enrichment);

/* Mails that come one after the other wait for names together: begin() asks for those
 * of a run and does not wait; false: some are under way, and the mail is better read
 * once more after wait().  is_busy(): no more can be asked about before that. */
bool enrichment_begin(struct enrichment *enrichment, struct run *run);
bool enrichment_is_busy(const struct enrichment *enrichment);
void enrichment_wait(struct enrichment *enrichment);

/* Adds facts to the sources of the run, valid until the next run; returns how
 * many of them lack a name that could not be had in time. */
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

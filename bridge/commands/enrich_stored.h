/* enrich_stored.h - adds missing reverse DNS names to stored documents
 *
 * SPDX-License-Identifier: MIT
 *
 * Collects a group of documents, looks their addresses up together, and sends the results to
 * the server as partial updates (_bulk, "update"). Members that no longer apply are set to
 * null. Updates are idempotent, so a run that was interrupted can simply be started again.
 */
#ifndef BRIDGE_COMMANDS_ENRICH_STORED_H
#define BRIDGE_COMMANDS_ENRICH_STORED_H

#include "bridge/run/enrichment.h"
#include "ingest/document/field.h"
#include "output/elastic_setup.h"

/* Documents per group. */
#define STORED_GROUP 200

/* The fields that are needed from a document, ended by FIELD_COUNT. */
extern const enum field stored_fields[];

struct stored_counts {
	uint64_t completed;
	uint64_t partial; /* the name is still unknown */
	uint64_t changed; /* changed by others meanwhile, or deleted: not updated */
};

struct stored_group;

struct stored_group *stored_group_new(struct enrichment *enrichment, struct elastic_setup *server);
void stored_group_free(struct stored_group *group);

/* Adds a document; completes a full group first. false: as below. */
bool stored_group_add(struct stored_group *group, enum document_kind kind, struct slice index,
		      struct slice id, struct slice json, struct error *err);

/* Looks up and updates the group. false: the server did not accept it; see err. */
bool stored_group_complete(struct stored_group *group, struct error *err);

struct stored_counts stored_group_counts(const struct stored_group *group);

#endif

/* enrich_stored.h - stored documents whose names were not known in time, completed
 *
 * SPDX-License-Identifier: MIT
 *
 * A group of documents is taken in, their addresses are looked up together, and
 * what is known then goes to the server as partial updates (_bulk, "update").
 * Members that no longer hold are set to null.  An update that is repeated changes
 * nothing, so that a run which was stopped is simply started again.
 */
#ifndef BRIDGE_COMMANDS_ENRICH_STORED_H
#define BRIDGE_COMMANDS_ENRICH_STORED_H

#include "bridge/run/enrichment.h"
#include "ingest/document/field.h"
#include "output/elastic_setup.h"

/* Documents that are looked up and updated together. */
#define STORED_GROUP 200

/* The fields of a document that are needed, ended by FIELD_COUNT. */
extern const enum field stored_fields[];

struct stored_counts {
	uint64_t completed;
	uint64_t partial; /* the name is still not known */
	uint64_t changed; /* by others meanwhile, or deleted: left alone */
};

struct stored_group;

struct stored_group *stored_group_new(struct enrichment *enrichment, struct elastic_setup *server);
void stored_group_free(struct stored_group *group);

/* Takes in a document; a full group is completed first.  false: as below. */
bool stored_group_add(struct stored_group *group, enum document_kind kind, struct slice index,
		      struct slice id, struct slice json, struct error *err);

/* Completes what is in it.  false: the server did not take it, and what is wrong. */
bool stored_group_complete(struct stored_group *group, struct error *err);

struct stored_counts stored_group_counts(const struct stored_group *group);

#endif

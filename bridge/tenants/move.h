/* move.h - moves stored documents from one tenant to another
 *
 * SPDX-License-Identifier: MIT
 *
 * Copies documents under the ids that they would have had, reads the copies back, compares
 * them, and only then deletes the originals. After an interruption the next call continues:
 * documents that were copied already are duplicates, and only their originals are deleted.
 */
#ifndef BRIDGE_TENANTS_MOVE_H
#define BRIDGE_TENANTS_MOVE_H

#include "bridge/tenants/moved.h"

struct move {
	struct moved_rule rule;
	bool has_since, has_until; /* by the begin of the period: at or after since, before until */
	int64_t since, until;
	bool only_count;
	/* Results: */
	uint64_t fates[MOVED_FATES]; /* of MOVED: moved, or to be moved */
	uint64_t taken; /* not moved: the other tenant has another document of that id */
	uint64_t kinds[DOCUMENT_KINDS]; /* moved documents by kind */
};

/* For an output with our own schema. false: not all were moved; none is lost. */
bool move_documents(struct move *move, struct config *config, const struct output_config *output,
		    struct error *err);

#endif

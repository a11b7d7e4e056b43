/* move.h - stored documents of one tenant that become those of another
 *
 * SPDX-License-Identifier: MIT
 *
 * Copied under the ids that they would have had, read back and compared, and only
 * then deleted.  Stopped anywhere, the next call goes on: what was copied already is
 * a duplicate, and is deleted where it was.
 */
#ifndef BRIDGE_TENANTS_MOVE_H
#define BRIDGE_TENANTS_MOVE_H

#include "bridge/tenants/moved.h"

struct move {
	struct moved_rule rule;
	bool has_since, has_until; /* periods that begin then or later; before then */
	int64_t since, until;
	bool only_count;
	/* Counted: */
	uint64_t fates[MOVED_FATES]; /* of MOVED: what is moved, or would be */
	uint64_t taken; /* stay, for the other tenant has another document of that id */
	uint64_t kinds[DOCUMENT_KINDS]; /* moved, of each kind */
};

/* Of one output with our own schema.  false: not all were moved, and none is lost. */
bool move_documents(struct move *move, struct config *config, const struct output_config *output,
		    struct error *err);

#endif

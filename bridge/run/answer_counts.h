/* answer_counts.h - counters for the answers to posted documents
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_RUN_ANSWER_COUNTS_H
#define BRIDGE_RUN_ANSWER_COUNTS_H

#include "bridge/run/worker_state.h"
#include "output/bulk.h"

/* Call when the bulk is posted. */
void answer_counts_begin(struct worker_state *state, struct bulk *bulk);

/* Call when the bulk has been answered, wholly or in part. trouble says why answers are
 * missing; its class is ERROR_NONE where none are. */
void answer_counts_end(struct worker_state *state, uint32_t output, const struct bulk *bulk,
		       int64_t duration_ms, const struct error *trouble);

#endif

/* answer_counts.h - what becomes of posted documents, counted for those who watch
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_RUN_ANSWER_COUNTS_H
#define BRIDGE_RUN_ANSWER_COUNTS_H

#include "bridge/run/worker_state.h"
#include "output/bulk.h"

/* The bulk is posted to the output of this bit now. */
void answer_counts_begin(struct worker_state *state, uint32_t output, struct bulk *bulk);

/* It has been answered, wholly or in part; trouble says why not, or has the class
 * ERROR_NONE. */
void answer_counts_end(struct worker_state *state, uint32_t output, const struct bulk *bulk,
		       int64_t duration_ms, const struct error *trouble);

#endif

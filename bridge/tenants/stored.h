/* stored.h - the indices of an output, one by one
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TENANTS_STORED_H
#define BRIDGE_TENANTS_STORED_H

#include "bridge/setup/setup.h"

struct stored_index {
	const char *name;
	struct index_name parts; /* what its name says */
	uint64_t documents; /* counted only where that was asked for */
	bool is_closed;	    /* then too; it does not say how many */
};

typedef bool stored_index_fn(void *context, const struct stored_index *index, struct error *err);

/* Every index whose name is read back as one of ours: one request, and no pattern
 * goes any further.  count: their documents too, for which the login needs the
 * privilege monitor instead of view_index_metadata alone. */
bool stored_indices(const struct setup *setup, bool count, stored_index_fn *take, void *context,
		    struct error *err);

/* Searches pass over a closed index in silence.  FATAL: one of the tenant's is. */
bool stored_is_open(struct config *config, const struct output_config *output, const char *tenant,
		    struct error *err);

#endif

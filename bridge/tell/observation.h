/* observation.h - current findings about tenants and about the bridge itself
 *
 * SPDX-License-Identifier: MIT
 *
 * Findings from reports and problems of the bridge in one form. Each belongs to a scope: a
 * tenant, or one of those below, whose names no tenant can have.
 */
#ifndef BRIDGE_TELL_OBSERVATION_H
#define BRIDGE_TELL_OBSERVATION_H

#include "bridge/report/findings.h"

#define SCOPE_BRIDGE "the-bridge"
#define SCOPE_REPORTERS "the-reporters"
#define SCOPE_STORE "the-output"

struct observed {
	struct slice scope;
	struct slice key;       /* within the scope: the same for the same finding in later runs */
	enum severity severity; /* OK: it has ended */
	struct slice code, subject;                                   /* subject may be absent */
	struct slice title, when, where, amount, why, effect, advice; /* only title is required */
};

struct observed_scope {
	struct slice name;
	bool complete; /* findings that are not in the list have ended; otherwise unknown */
};

struct observation {
	struct arena arena; /* holds all texts */
	struct observed *list;
	size_t count, alloc;
	struct observed_scope *scopes;
	size_t scope_count, scope_alloc;
};

void observation_init(struct observation *observation);
void observation_release(struct observation *observation);
const struct observed_scope *observation_scope(const struct observation *observation,
					       struct slice name);

/* Adds all findings of a tenant. summary NULL: the tenant has no documents, or they could
 * not be read, so nothing is known. */
void observe_tenant(struct observation *observation, const char *tenant,
		    const struct summary *summary);
/* Adds reporters that sent reports regularly and no longer do; NULL as above. */
void observe_reporters(struct observation *observation, const struct summary *all);
/* Adds mailboxes and outputs that the running bridge does not serve; address is the value
 * of `listen`, with "none" nothing is added. */
void observe_bridge(struct observation *observation, const char *address);
/* Adds whether the stored documents could be read; why NULL: yes. */
void observe_store(struct observation *observation, const struct error *why);

#endif

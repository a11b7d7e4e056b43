/* observation.h - what is found now, of tenants and of the bridge itself
 *
 * SPDX-License-Identifier: MIT
 *
 * Findings of reports and troubles of the bridge in one form.  Each belongs to
 * a scope: a tenant, or one of those below, whose names no tenant can have.
 */
#ifndef BRIDGE_TELL_OBSERVATION_H
#define BRIDGE_TELL_OBSERVATION_H

#include "bridge/report/findings.h"

#define SCOPE_BRIDGE "the-bridge"
#define SCOPE_REPORTERS "the-reporters"
#define SCOPE_STORE "the-output"

struct observed {
	struct slice scope;
	struct slice key; /* within the scope: what makes it the same one tomorrow */
	enum severity severity; /* OK: it is over */
	struct slice code, subject; /* subject may be absent */
	struct slice title, when, where, amount, why, effect, advice; /* all but title may be */
};

struct observed_scope {
	struct slice name;
	bool complete; /* what is not in the list is over; else nothing is known of it */
};

struct observation {
	struct arena arena; /* has all texts */
	struct observed *list;
	size_t count, alloc;
	struct observed_scope *scopes;
	size_t scope_count, scope_alloc;
};

void observation_init(struct observation *observation);
void observation_release(struct observation *observation);
const struct observed_scope *observation_scope(const struct observation *observation,
					       struct slice name);

/* All findings of a tenant; summary NULL: it has no documents, or they could not
 * be read, and nothing is known. */
void observe_tenant(struct observation *observation, const char *tenant,
		    const struct summary *summary);
/* Reporters that sent reports regularly and send none any more; NULL as above. */
void observe_reporters(struct observation *observation, const struct summary *all);
/* Mailboxes and outputs that are not served, as the running bridge says; address
 * is that of `listen`, and "none" says nothing. */
void observe_bridge(struct observation *observation, const char *address);
/* Whether the stored documents could be read; why NULL: they could. */
void observe_store(struct observation *observation, const struct error *why);

#endif

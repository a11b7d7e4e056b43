/* bridge_troubles.h - reads from /readyz what the running bridge does not serve
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_BRIDGE_TROUBLES_H
#define BRIDGE_TELL_BRIDGE_TROUBLES_H

#include "base/arena.h"

#define BRIDGE_TROUBLES_MAX 1000

struct bridge_trouble {
	struct slice kind, name;          /* "mailbox" or "output" */
	struct slice last_success, error; /* may be absent */
};

struct bridge_troubles {
	struct bridge_trouble *list; /* texts are in the arena */
	size_t count;
	bool answered;    /* otherwise see why */
	struct slice why; /* why it did not answer */
};

/* false: there is no listener to ask, `listen` is "none". */
bool bridge_troubles_ask(const char *address, struct arena *arena,
			 struct bridge_troubles *troubles);

#endif

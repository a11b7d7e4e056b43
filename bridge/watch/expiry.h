/* expiry.h - certificates of ours that will not be good for ever
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WATCH_EXPIRY_H
#define BRIDGE_WATCH_EXPIRY_H

#include "bridge/config/config.h"

struct expiring {
	const char *kind, *name; /* "mailbox" or "output" */
	const char *file;
	int64_t expires; /* Unix seconds */
};

struct expiry {
	const struct mailbox_config *mailbox; /* the next of each */
	const struct output_config *output;
};

/* The client certificates of mailboxes and outputs that can be read now. */
void expiry_open(struct expiry *expiry, const struct config *config);
bool expiry_next(struct expiry *expiry, struct expiring *found);

/* Logs those that expire within two weeks; to be called once a day. */
void expiry_warn(const struct config *config, int64_t now);

#endif

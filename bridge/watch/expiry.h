/* expiry.h - expiry of our client certificates
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
	const struct mailbox_config *mailbox; /* the next ones to check */
	const struct output_config *output;
};

/* Iterates over the readable client certificates of mailboxes and outputs. */
void expiry_open(struct expiry *expiry, const struct config *config);
bool expiry_next(struct expiry *expiry, struct expiring *found);

/* Logs certificates that expire within two weeks; call once a day. */
void expiry_warn(const struct config *config, int64_t now);

#endif

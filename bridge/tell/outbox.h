/* outbox.h - stores a message, sends it, and deletes it once accepted
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_OUTBOX_H
#define BRIDGE_TELL_OUTBOX_H

#include "base/hash.h"
#include "bridge/tell/store.h"

/* How to send, and to whom. */
struct channel {
	const struct config *config;
	const struct notify_config *webhook; /* NULL: mail */
	const char *const *to;               /* recipients of mail */
	unsigned max_per_hour;               /* 0: no limit */
};

/* The id of a message: made of section, recipient, changes and their times. number: count
 * of earlier messages, since changes may come and go within a second. */
void outbox_id(const struct tell_store *store, const char *recipient, const struct change *changes,
	       size_t count, int64_t number, char id[static HASH_ID_SIZE]);

/* Stores a message with these changes; body is the mail, or the body to post. */
bool outbox_put(const struct tell_store *store, const char *recipient, struct tell_state *state,
		const struct channel *channel, const struct change *changes, size_t count,
		const struct outgoing *message, struct error *err);

/* Sends the stored message, if there is one. *sent: it was accepted. A message for an
 * address or form that has changed since is withdrawn; a message over the rate limit
 * waits. Neither is an error. */
bool outbox_send(const struct tell_store *store, const char *recipient, struct tell_state *state,
		 const struct channel *channel, int64_t now, bool *sent, struct error *err);

#endif

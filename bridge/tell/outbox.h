/* outbox.h - the way of one message: written down, handed over, struck out
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_TELL_OUTBOX_H
#define BRIDGE_TELL_OUTBOX_H

#include "base/hash.h"
#include "bridge/tell/store.h"

/* How and where to. */
struct channel {
	const struct config *config;
	const struct notify_config *webhook; /* NULL: mail */
	const char *const *to;		     /* of mail */
	unsigned max_per_hour;		     /* 0: no bound */
};

/* The id of a message: of the section, the recipient, what is told and since when.
 * number: of the messages before, as changes may come and go within a second. */
void outbox_id(const struct tell_store *store, const char *recipient, const struct change *changes,
	       size_t count, int64_t number, char id[static HASH_ID_SIZE]);

/* Writes a message with these changes down; body is the mail, or what is posted. */
bool outbox_put(const struct tell_store *store, const char *recipient, struct tell_state *state,
		const struct channel *channel, const struct change *changes, size_t count,
		const struct outgoing *message, struct error *err);

/* Hands over what is written down, if anything is.  *sent: it was accepted.  A
 * message that was made for another address or form is withdrawn; one that is
 * over the bound waits.  Neither is an error. */
bool outbox_send(const struct tell_store *store, const char *recipient, struct tell_state *state,
		 const struct channel *channel, int64_t now, bool *sent, struct error *err);

#endif

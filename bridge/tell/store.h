/* store.h - state files of recipients
 *
 * SPDX-License-Identifier: MIT
 *
 * Each section has a directory below the state directory, with a file for each recipient.
 * Only one process at a time can open it.
 */
#ifndef BRIDGE_TELL_STORE_H
#define BRIDGE_TELL_STORE_H

#include "bridge/config/config.h"
#include "bridge/tell/state.h"

/* The recipient that is not a tenant. */
#define RECIPIENT_OPERATOR "the-operator"

struct tell_store {
	const char *kind, *section; /* "notify" or "digest", and its name */
	int directory;              /* locked */
};

/* RETRY: another process has opened it. Creates a missing state directory. */
bool tell_store_open(struct tell_store *store, const struct config *config, const char *kind,
		     const char *section, struct error *err);
void tell_store_close(struct tell_store *store);

/* A missing file gives an empty state. */
bool tell_store_read(const struct tell_store *store, const char *recipient,
		     struct tell_state *state, struct error *err);
/* Durable when it returns. */
bool tell_store_write(const struct tell_store *store, const char *recipient,
		      const struct tell_state *state, struct error *err);

/* Whether one more message may be sent in this hour. Counts it before it is sent, so that
 * a killed run does not send more. */
bool tell_store_count(const struct tell_store *store, unsigned most, int64_t now, bool *may,
		      struct error *err);

/* Deletes the files of tenants that are not configured. */
void tell_store_clean(const struct tell_store *store, const struct config *config);

#endif

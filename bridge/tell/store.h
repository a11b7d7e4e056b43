/* store.h - where it is kept what recipients have been told
 *
 * SPDX-License-Identifier: MIT
 *
 * A directory for each section below the state directory, with a file for each
 * recipient.  One process at a time has it.
 */
#ifndef BRIDGE_TELL_STORE_H
#define BRIDGE_TELL_STORE_H

#include "bridge/config/config.h"
#include "bridge/tell/state.h"

/* The recipient that is no tenant. */
#define RECIPIENT_OPERATOR "the-operator"

struct tell_store {
	const char *kind, *section; /* "notify" or "digest", and its name */
	int directory;		    /* locked */
};

/* RETRY: another process has it.  The state directory is made where it is missing. */
bool tell_store_open(struct tell_store *store, const struct config *config, const char *kind,
		     const char *section, struct error *err);
void tell_store_close(struct tell_store *store);

/* An empty state where there is no file. */
bool tell_store_read(const struct tell_store *store, const char *recipient,
		     struct tell_state *state, struct error *err);
/* Durable when it returns. */
bool tell_store_write(const struct tell_store *store, const char *recipient,
		      const struct tell_state *state, struct error *err);

/* May one more message be sent in this hour?  It is counted before it is sent,
 * so that a run that is killed does not send more. */
bool tell_store_count(const struct tell_store *store, unsigned most, int64_t now, bool *may,
		      struct error *err);

/* Deletes what is kept of tenants that are not configured. */
void tell_store_clean(const struct tell_store *store, const struct config *config);

#endif

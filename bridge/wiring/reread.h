/* reread.h - reads mail again that was settled before
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WIRING_REREAD_H
#define BRIDGE_WIRING_REREAD_H

#include "bridge/config/config.h"

/* Replaces each mailbox by one for every folder at or below `folder` ("/" separates
 * levels); these are read-only and include mail of any age. Secrets must have been read.
 * FATAL: no mailbox has such a folder; RETRY: a server does not answer. */
bool reread_mailboxes(struct config *config, const char *folder, struct error *err);

#endif

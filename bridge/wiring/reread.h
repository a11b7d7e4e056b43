/* reread.h - mail that was settled long ago, read once more
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WIRING_REREAD_H
#define BRIDGE_WIRING_REREAD_H

#include "bridge/config/config.h"

/* Replaces the mailboxes by one for each folder that they have at and below
 * `folder`, "/" between levels; nothing in them is changed, and mail of any age is
 * read.  Secrets are read already.  FATAL: none of them has such a folder; RETRY:
 * a server does not answer. */
bool reread_mailboxes(struct config *config, const char *folder, struct error *err);

#endif

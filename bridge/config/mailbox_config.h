/* mailbox_config.h - checks a [mailbox] section
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_MAILBOX_CONFIG_H
#define BRIDGE_CONFIG_MAILBOX_CONFIG_H

#include "bridge/config/config.h"

/* Call at the end of the section; FATAL names the section and what to change. Splits a
 * mailbox with several folders into consecutive mailboxes. */
bool mailbox_config_check(struct mailbox_config *mailbox, struct arena *arena, struct error *err);

/* Reads the password if one is needed. Tokens are read at every login. */
bool mailbox_config_secrets(struct mailbox_config *mailbox, struct arena *arena, struct error *err);

/* Wipes its secrets, in a process that does not serve it. */
void mailbox_config_forget(struct mailbox_config *mailbox);

/* Makes the mailbox read-only, whatever the configuration says. */
void mailbox_config_examine(struct mailbox_config *mailbox);

#endif

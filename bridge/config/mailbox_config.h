/* mailbox_config.h - what must be true of a [mailbox] section
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_CONFIG_MAILBOX_CONFIG_H
#define BRIDGE_CONFIG_MAILBOX_CONFIG_H

#include "bridge/config/config.h"

/* When the section has ended; FATAL names the section and what to change.  A
 * mailbox of several folders becomes as many, one after the other. */
bool mailbox_config_check(struct mailbox_config *mailbox, struct arena *arena,
			  struct error *err);

/* The password, where one is needed.  Tokens are read at every login. */
bool mailbox_config_secrets(struct mailbox_config *mailbox, struct arena *arena,
			    struct error *err);

/* Wipes its secrets, in a process that has nothing to do with it. */
void mailbox_config_forget(struct mailbox_config *mailbox);

/* Nothing in it is changed, whatever the configuration says. */
void mailbox_config_examine(struct mailbox_config *mailbox);

#endif

/* sample.h - tests what run would do with the first mails of a mailbox
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_COMMANDS_SAMPLE_H
#define BRIDGE_COMMANDS_SAMPLE_H

#include "bridge/config/config.h"

/* Reads up to 50 mails of the open mailbox, moves none of them, and prints how many would
 * go where. false: reading broke off. */
bool sample_print(struct config *config, const struct mailbox_config *m, struct mailbox *mailbox,
		  struct error *err);

#endif

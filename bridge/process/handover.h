/* handover.h - what passes from one configuration to the next
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_PROCESS_HANDOVER_H
#define BRIDGE_PROCESS_HANDOVER_H

#include "bridge/process/bridge.h"

/* For the first configuration. */
void handover_begin(struct bridge *bridge);
void handover_end(struct bridge *bridge);

/* bridge->next takes the place of bridge->config.  Counters, states and deaths
 * stay with the mailboxes and outputs of the same name. */
void handover(struct bridge *bridge);

#endif

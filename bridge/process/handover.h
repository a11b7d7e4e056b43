/* handover.h - carries state from one configuration to the next
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_PROCESS_HANDOVER_H
#define BRIDGE_PROCESS_HANDOVER_H

#include "bridge/process/bridge.h"

/* Call for the first configuration. */
void handover_begin(struct bridge *bridge);
void handover_end(struct bridge *bridge);

/* Replaces bridge->config by bridge->next. Counters, states and crash counts stay with
 * mailboxes and outputs of the same name. */
void handover(struct bridge *bridge);

#endif

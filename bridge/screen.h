/* screen.h - the summary on standard output, as it suits a terminal
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_SCREEN_H
#define BRIDGE_SCREEN_H

#include "bridge/summary.h"

/* As wide as the terminal; in colours where it is one and nobody objects. */
void screen_summary(const struct summary *summary, bool no_color);

#endif

/* log_reference.h - docs/log.md
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WATCH_LOG_REFERENCE_H
#define BRIDGE_WATCH_LOG_REFERENCE_H

#include <stdio.h>

/* The events of the log and their members, as Markdown. */
void log_reference_print(FILE *out);

#endif

/* log_reference.h - generates docs/log.md
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WATCH_LOG_REFERENCE_H
#define BRIDGE_WATCH_LOG_REFERENCE_H

#include <stdio.h>

/* Prints the events of the log and their members as Markdown. */
void log_reference_print(FILE *out);

#endif

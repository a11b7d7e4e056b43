/* output_log.h - what is said of an output that makes us wait
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WIRING_OUTPUT_LOG_H
#define BRIDGE_WIRING_OUTPUT_LOG_H

#include "base/error.h"

/* One line a minute at most, with how often it was so since the last line. */
void output_log_waiting(const struct error *why);

#endif

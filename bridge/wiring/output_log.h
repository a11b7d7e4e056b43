/* output_log.h - log lines about an output
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WIRING_OUTPUT_LOG_H
#define BRIDGE_WIRING_OUTPUT_LOG_H

#include "output/sink.h"

/* Logs what a sink reports: the reason why documents wait at most once a minute, with a
 * count; the same warning at most once an hour. */
void output_log_notice(enum sink_notice kind, const struct error *what);

#endif

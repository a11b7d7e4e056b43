/* metrics.h - metrics of a running bridge in the format of Prometheus
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WATCH_METRICS_H
#define BRIDGE_WATCH_METRICS_H

#include "bridge/watch/watched.h"

/* OpenMetrics 1.0, or the older text format 0.0.4, in which a counter is declared by its
 * full name. */
void metrics_write(const struct watched *watched, bool openmetrics, int64_t now,
		   struct strbuf *out);

/* Prints all metrics as a table in Markdown. */
void metrics_explain(struct strbuf *out);

#endif

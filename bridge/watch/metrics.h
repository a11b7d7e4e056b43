/* metrics.h - a running bridge as the text that Prometheus reads
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_WATCH_METRICS_H
#define BRIDGE_WATCH_METRICS_H

#include "bridge/watch/watched.h"

/* OpenMetrics 1.0, or the older text format 0.0.4, in which a counter's whole
 * name is declared. */
void metrics_write(const struct watched *watched, bool openmetrics, int64_t now,
		   struct strbuf *out);

/* All of them as a table in Markdown. */
void metrics_explain(struct strbuf *out);

#endif

/* metric_lines.h - the lines of the format that Prometheus reads
 *
 * SPDX-License-Identifier: MIT
 *
 * A sample is begun, gets its labels, and is ended with its value.
 */
#ifndef BRIDGE_WATCH_METRIC_LINES_H
#define BRIDGE_WATCH_METRIC_LINES_H

#include "bridge/run/tenant_numbers.h"
#include "bridge/watch/watched.h"

#define METRIC_PREFIX "reportbridge_"

struct metric_writing {
	const struct watched *watched;
	bool openmetrics;
	int64_t now;
	struct strbuf *out;
	const struct tenant_numbers *tenants; /* NULL: there are no metrics per tenant */
};

const char *metric_type_name(enum counter_type type);
const char *metric_suffix(enum counter_type type); /* "_total" or "" */

/* The lines TYPE and HELP. */
void metric_declare(const struct metric_writing *w, const char *name, enum counter_type type,
		    const char *meaning);

void metric_begin(const struct metric_writing *w, const char *name, const char *end);
void metric_label(struct strbuf *out, const char *name, const char *value);
void metric_end(const struct metric_writing *w, uint64_t value);
void metric_end_ms(const struct metric_writing *w, uint64_t ms); /* in seconds */

#endif

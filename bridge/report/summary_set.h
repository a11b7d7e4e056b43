/* summary_set.h - summaries of all reports and of each tenant
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_SUMMARY_SET_H
#define BRIDGE_REPORT_SUMMARY_SET_H

#include "bridge/report/summary.h"

struct tenant_summary {
	char *tenant;
	struct summary *summary;
};

struct summary_set {
	struct summary *all;
	bool by_tenant;
	struct tenant_summary *tenants; /* sorted by name */
	size_t count, alloc;
	int64_t now, since;
};

void summary_set_init(struct summary_set *set, int64_t now, bool by_tenant);
void summary_set_release(struct summary_set *set);

/* Ignores documents of periods that begin before this time; call it first. */
void summary_set_begin(struct summary_set *set, int64_t since);

/* is_repeat: the document is a duplicate. */
void summary_set_add(struct summary_set *set, enum document_kind kind, struct document_view *view,
		     bool is_repeat);

/* Prints a line for each of several tenants, then the sum. width in columns; replaces
 * control characters in untrusted text. */
void summary_print(const struct summary_set *set, FILE *out, unsigned width, bool color);

#endif

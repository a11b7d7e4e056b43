/* report_source.h - documents that were stored, read back into summaries
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_REPORT_SOURCE_H
#define BRIDGE_REPORT_REPORT_SOURCE_H

#include "bridge/config/config.h"
#include "bridge/report/summary_set.h"

struct report_query {
	const char *tenant; /* NULL: all */
	int64_t since;	    /* periods that begin then or later */
};

/* One document, or those members of it that were asked for. */
typedef void report_document_fn(void *context, enum document_kind kind, struct slice json);

/* Every stored document of reports, in no order; fields ends in FIELD_COUNT.
 * false: not all of them were handed over. */
bool report_read_documents(struct config *config, const struct report_query *query,
			   const enum field *fields, report_document_fn *take, void *context,
			   struct error *err);

/* From the output of the configuration, be it a search server or files.
 * false: the set does not hold all there is and must not be shown. */
bool report_read(struct config *config, const struct report_query *query, struct summary_set *set,
		 struct error *err);

#endif

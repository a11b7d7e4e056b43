/* report_source.h - reads stored documents into summaries
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_REPORT_SOURCE_H
#define BRIDGE_REPORT_REPORT_SOURCE_H

#include "bridge/config/config.h"
#include "bridge/report/summary_set.h"

struct report_query {
	const char *tenant; /* NULL: all */
	int64_t since;      /* only periods that begin at or after this time */
};

/* Receives a document; the view is valid during the call. */
typedef void report_document_fn(void *context, enum document_kind kind, struct document_view *view);

/* Reads every stored report document in no particular order.  false: not all were read. */
bool report_read_documents(struct config *config, const struct report_query *query,
			   report_document_fn *take, void *context, struct error *err);

/* Reads from the configured output, a search server or files. false: the set is incomplete
 * and must not be shown. */
bool report_read(struct config *config, const struct report_query *query, struct summary_set *set,
		 struct error *err);

#endif

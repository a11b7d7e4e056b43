/* summary_tables.h - the sums of a summary, shared by adding and printing
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_SUMMARY_TABLES_H
#define BRIDGE_SUMMARY_TABLES_H

#include "bridge/document_view.h"
#include "bridge/summary.h"
#include "bridge/tally.h"

enum summary_table {
	SUMMARY_REPORTERS,     /* reports, messages, sessions */
	SUMMARY_DMARC_DOMAINS, /* messages, passed; texts: p */
	SUMMARY_DMARC_SOURCES, /* messages that failed; texts: disposition, envelope_from */
	SUMMARY_TLS_POLICIES,  /* successful, failed */
	SUMMARY_TLS_FAILURES,  /* failed; texts: cause, advice */
	SUMMARY_QUIRKS,        /* reports; texts: meaning */
	SUMMARY_REJECTS,       /* pieces; texts: the first one's place */
	SUMMARY_TABLES
};

struct summary {
	struct document_view view;
	struct tally_table tables[SUMMARY_TABLES];
	uint64_t documents, reports, incidents;
	int64_t first, last; /* starts of the periods */
};

#endif

/* summary.h - a summary of reports: the figures
 *
 * SPDX-License-Identifier: MIT
 *
 * Reads documents as a dashboard does: it sees only what is stored, so it always agrees with
 * the index. The terminal (summary_print.c) and the page (page.h) print the same figures.
 */
#ifndef BRIDGE_REPORT_SUMMARY_H
#define BRIDGE_REPORT_SUMMARY_H

#include <stdio.h>

#include "bridge/report/document_view.h"

struct summary;

/* now: periods that begin later do not make earlier reports look old. */
struct summary *summary_new(int64_t now);
void summary_free(struct summary *summary);

void summary_add_document(struct summary *summary, enum document_kind kind,
			  struct document_view *view);
/* The same for a duplicate: it is not counted, only listed. */
void summary_add_repeat(struct summary *summary, enum document_kind kind,
			struct document_view *view);
/* Ignores documents of periods that begin before this time. */
void summary_set_since(struct summary *summary, int64_t unix_seconds);

/* Records where a part with this reject reason was found; copies the texts. Feed documents
 * count the rejects themselves. */
void summary_note_place(struct summary *summary, const char *where, const char *reason);

#endif

/* summary.h - what a heap of reports says: the figures
 *
 * SPDX-License-Identifier: MIT
 *
 * A consumer of documents, like a dashboard: it sees only what is stored, so
 * it cannot tell another story than the index would.  The screen
 * (summary_print.c) and the page (page.h) are printed from the same figures.
 */
#ifndef BRIDGE_REPORT_SUMMARY_H
#define BRIDGE_REPORT_SUMMARY_H

#include <stdio.h>

#include "ingest/document/field.h"

struct summary;

/* now: a period that begins later does not make the others look old. */
struct summary *summary_new(int64_t now);
void summary_free(struct summary *summary);

void summary_add_document(struct summary *summary, enum document_kind kind, struct slice json);
/* The same for a document that was there before: it is not counted, and named. */
void summary_add_repeat(struct summary *summary, enum document_kind kind, struct slice json);
/* Leaves out documents of periods that begin before this time. */
void summary_set_since(struct summary *summary, int64_t unix_seconds);

/* The fields a summary reads, ended by FIELD_COUNT. */
extern const enum field summary_fields[];

/* Where a piece that was refused for this reason stood; texts are copied.  The
 * refusals themselves are counted by the feed documents. */
void summary_note_place(struct summary *summary, const char *where, const char *reason);

#endif

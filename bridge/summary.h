/* summary.h - what a heap of reports says, on one screen
 *
 * SPDX-License-Identifier: MIT
 *
 * A consumer of documents, like a dashboard: it sees only what is stored, so
 * it cannot tell another story than the index would.
 */
#ifndef BRIDGE_SUMMARY_H
#define BRIDGE_SUMMARY_H

#include <stdio.h>

#include "ingest/document.h"

struct summary;

struct summary *summary_new(void);
void summary_free(struct summary *summary);

void summary_add_document(struct summary *summary, const struct document_name *name,
			  struct slice json);
/* A piece that could not be read; texts are copied. */
void summary_add_reject(struct summary *summary, const char *where, const char *reason);

/* width in columns.  Foreign text is cut and freed of control characters. */
void summary_print(const struct summary *summary, FILE *out, unsigned width, bool color);

#endif

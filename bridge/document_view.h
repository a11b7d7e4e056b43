/* document_view.h - a few members of a document, read back
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_DOCUMENT_VIEW_H
#define BRIDGE_DOCUMENT_VIEW_H

#include "base/arena.h"
#include "ingest/field.h"
#include "ingest/quirk.h"

struct document_view {
	struct arena arena;
	struct slice texts[FIELD_COUNT]; /* numbers too, as their digits */
	struct quirk_set quirks;
};

void document_view_init(struct document_view *view);
void document_view_release(struct document_view *view);

/* Reads all scalar members of a document of ours, and report.quirks. */
void document_view_read(struct document_view *view, struct slice json);

static inline struct slice document_view_text(const struct document_view *view, enum field field)
{
	return view->texts[field];
}

uint64_t document_view_number(const struct document_view *view, enum field field);

#endif

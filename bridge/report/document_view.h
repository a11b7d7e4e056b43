/* document_view.h - reads the members of a document
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_DOCUMENT_VIEW_H
#define BRIDGE_REPORT_DOCUMENT_VIEW_H

#include "base/arena.h"
#include "base/json_reader.h"
#include "ingest/document/field.h"
#include "ingest/report/quirk.h"

struct document_value {
	struct slice text;
	struct document_value *next;
};

struct document_view {
	struct arena arena;
	struct slice texts[FIELD_COUNT];           /* numbers as digits, booleans as "true" */
	struct document_value *lists[FIELD_COUNT]; /* in the order of the document */
	struct quirk_set quirks;
	/* While it is read: */
	unsigned field;                 /* of the last name, plus one; 0: not in the table */
	struct document_value **end;    /* of the list being read */
	uint16_t next[FIELD_COUNT + 1]; /* the field that last followed each field */
};

void document_view_init(struct document_view *view);
void document_view_release(struct document_view *view);

/* Reads all members of a document that reportbridge wrote. */
void document_view_read(struct document_view *view, struct slice json);

/* The same from events: begin, then every event of the document.  Context: the view. */
void document_view_begin(struct document_view *view);
json_event_fn document_view_event;

static inline struct slice document_view_text(const struct document_view *view, enum field field)
{
	return view->texts[field];
}

uint64_t document_view_number(const struct document_view *view, enum field field);

#endif

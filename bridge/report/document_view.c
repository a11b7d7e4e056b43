/* document_view.c - reads the members of a document
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/document_view.h"

#include "base/json_reader.h"
#include "base/limits.h"

struct reading {
	struct document_view *view;
	int field;                   /* of the last key; -1: not in the table */
	struct document_value **end; /* end of the current list */
};

/* Fields by the hash of their name; 0: none, else the field plus one. */
#define FIELD_SLOTS 1024
static uint16_t slots[FIELD_SLOTS];
_Static_assert(2 * FIELD_COUNT < FIELD_SLOTS, "too many fields for the slots");

/* The slot of the field with that name, or a free one. */
static uint16_t *slot_of(struct slice name)
{
	uint32_t at = slice_hash(name);

	for (at ^= at >> 16;; at++) {
		uint16_t *slot = &slots[at % FIELD_SLOTS];
		const struct field_info *info = *slot ? field_info(*slot - 1U) : NULL;

		if (!info || slice_equal(name, (struct slice){ info->name, info->name_size }))
			return slot;
	}
}

static void fill_slots(void)
{
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		const struct field_info *info = field_info(field);

		*slot_of((struct slice){ info->name, info->name_size }) = (uint16_t)(field + 1);
	}
}

static void add_quirk(struct quirk_set *set, struct slice code)
{
	for (unsigned i = 0; i < QUIRK_COUNT; i++)
		if (slice_is(code, quirk_code(i)))
			quirk_add(set, i);
}

static void add_value(struct reading *r, struct slice text)
{
	struct document_value *value = arena_alloc(&r->view->arena, sizeof(*value));

	if (!value)
		return;
	value->text = arena_slice(&r->view->arena, text);
	*r->end = value;
	r->end = &value->next;
}

static bool on_event(void *context, enum json_event event, unsigned depth, struct slice text,
		     struct error *err)
{
	struct reading *r = context;

	(void)err;
	if (event == JSON_KEY)
		r->field = *slot_of(text) - 1;
	else if ((event == JSON_STRING || event == JSON_NUMBER) && depth == 1 && r->field >= 0)
		r->view->texts[r->field] = arena_slice(&r->view->arena, text);
	else if (event == JSON_TRUE && depth == 1 && r->field >= 0)
		r->view->texts[r->field] = slice_of("true");
	else if (event == JSON_ARRAY && depth == 1 && r->field >= 0)
		r->end = &r->view->lists[r->field];
	else if (event == JSON_STRING && depth == 2 && r->field == FIELD_ID_REPORT_QUIRKS)
		add_quirk(&r->view->quirks, text);
	else if (event == JSON_STRING && depth == 2 && r->field >= 0)
		add_value(r, text);
	return true;
}

void document_view_init(struct document_view *view)
{
	*view = (struct document_view){ .arena = { .blocks = NULL } };
	arena_init(&view->arena, 2 * LIMIT_DOCUMENT_BYTES);
	fill_slots();
}

void document_view_release(struct document_view *view)
{
	arena_release(&view->arena);
}

void document_view_read(struct document_view *view, struct slice json)
{
	struct reading reading = { view, -1, NULL };
	struct json_reader *reader = json_reader_new(on_event, &reading, LIMIT_JSON_DEPTH,
						     LIMIT_DOCUMENT_BYTES);
	struct error err;

	arena_reset(&view->arena);
	view->quirks = (struct quirk_set){ 0 };
	memset(view->texts, 0, sizeof(view->texts));
	memset(view->lists, 0, sizeof(view->lists));
	/* Our own writer never produces malformed JSON. */
	if (!json_reader_feed(reader, json, &err)) {
		memset(view->texts, 0, sizeof(view->texts));
		memset(view->lists, 0, sizeof(view->lists));
	}
	json_reader_free(reader);
}

uint64_t document_view_number(const struct document_view *view, enum field field)
{
	uint64_t number = 0;

	if (!slice_to_uint(view->texts[field], UINT64_MAX, &number))
		return 0;
	return number;
}

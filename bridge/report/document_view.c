/* document_view.c - reads the members of a document
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/document_view.h"

#include "base/limits.h"

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

static void add_value(struct document_view *view, struct slice text)
{
	struct document_value *value = arena_alloc(&view->arena, sizeof(*value));

	if (!value)
		return;
	value->text = arena_slice(&view->arena, text);
	*view->end = value;
	view->end = &value->next;
}

/* Documents of a kind have their members in the same order, so a name is usually followed by
 * the same name as in the previous document. */
static unsigned field_named(struct document_view *view, struct slice name)
{
	uint16_t *next = &view->next[view->field];
	const struct field_info *info = *next ? field_info(*next - 1U) : NULL;

	if (!info || !slice_equal(name, (struct slice){ info->name, info->name_size }))
		*next = *slot_of(name);
	return *next;
}

bool document_view_event(void *context, enum json_event event, unsigned depth, struct slice text,
			 struct error *err)
{
	struct document_view *view = context;
	const unsigned field = view->field - 1;

	if (event == JSON_KEY && depth == 1)
		view->field = field_named(view, text);
	else if (event == JSON_OBJECT)
		view->field = 0; /* our documents are flat */
	else if (view->field == 0)
		return true;
	else if ((event == JSON_STRING || event == JSON_NUMBER) && depth == 1)
		view->texts[field] = arena_slice(&view->arena, text);
	else if (event == JSON_TRUE && depth == 1)
		view->texts[field] = slice_of("true");
	else if (event == JSON_ARRAY && depth == 1)
		view->end = &view->lists[field];
	else if (event == JSON_STRING && depth == 2 && field == FIELD_ID_REPORT_QUIRKS)
		add_quirk(&view->quirks, text);
	else if (event == JSON_STRING && depth == 2)
		add_value(view, text);
	return !view->arena.overflowed ||
	       error_set(err, ERROR_FATAL, "a document of more than %zu bytes",
			 (size_t)LIMIT_DOCUMENT_BYTES);
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

void document_view_begin(struct document_view *view)
{
	arena_reset(&view->arena);
	view->quirks = (struct quirk_set){ 0 };
	memset(view->texts, 0, sizeof(view->texts));
	memset(view->lists, 0, sizeof(view->lists));
	view->field = 0;
}

void document_view_read(struct document_view *view, struct slice json)
{
	struct json_reader *reader = json_reader_new(document_view_event, view, LIMIT_JSON_DEPTH,
						     LIMIT_DOCUMENT_BYTES);
	struct error err;

	document_view_begin(view);
	/* Our own writer never produces malformed JSON. */
	if (!json_reader_feed(reader, json, &err))
		document_view_begin(view);
	json_reader_free(reader);
}

uint64_t document_view_number(const struct document_view *view, enum field field)
{
	uint64_t number = 0;

	if (!slice_to_uint(view->texts[field], UINT64_MAX, &number))
		return 0;
	return number;
}

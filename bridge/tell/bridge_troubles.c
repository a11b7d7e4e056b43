/* bridge_troubles.c - reads from /readyz what the running bridge does not serve
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/tell/bridge_troubles.h"

#include "base/json_reader.h"
#include "base/limits.h"
#include "bridge/watch/ask.h"
#include "bridge/watch/listener.h"

#define ANSWER_BYTES ((size_t)4 * MIB)
#define TEXT_BYTES ((size_t)64 * KIB)
#define DEPTH 4
/* {"not_served":[{...}]} */
#define TROUBLE_DEPTH 2

struct reading {
	struct arena *arena;
	struct bridge_troubles *troubles;
	struct slice *value; /* of the next member; NULL: ignore it */
};

static struct slice *member_of(struct bridge_trouble *trouble, struct slice key)
{
	const struct {
		const char *key;
		struct slice *value;
	} members[] = { { "kind", &trouble->kind },
			{ "name", &trouble->name },
			{ "last_success", &trouble->last_success },
			{ "error", &trouble->error } };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (slice_is(key, members[i].key))
			return members[i].value;
	return NULL;
}

static bool take(void *context, enum json_event event, unsigned depth, struct slice text,
		 struct error *err)
{
	struct reading *r = context;
	struct bridge_troubles *t = r->troubles;

	(void)err;
	if (event == JSON_OBJECT && depth == TROUBLE_DEPTH && t->count < BRIDGE_TROUBLES_MAX)
		t->list[t->count++] = (struct bridge_trouble){ .kind = { NULL, 0 } };
	else if (event == JSON_KEY && depth == TROUBLE_DEPTH + 1 && t->count > 0)
		r->value = member_of(&t->list[t->count - 1], text);
	else if (event == JSON_STRING && r->value)
		*r->value = arena_slice(r->arena, text);
	if (event != JSON_KEY)
		r->value = NULL;
	return true;
}

static bool read_answer(struct reading *r, struct slice body, struct error *err)
{
	struct json_reader *reader = json_reader_new(take, r, DEPTH, TEXT_BYTES);
	const bool good = json_reader_feed(reader, body, err) && json_reader_end(reader, err);

	json_reader_free(reader);
	return good;
}

bool bridge_troubles_ask(const char *address, struct arena *arena, struct bridge_troubles *troubles)
{
	struct reading r = { arena, troubles, NULL };
	struct watch_answer answer;
	struct strbuf text;
	struct error err;

	*troubles = (struct bridge_troubles){ .list = NULL };
	if (strcmp(address, LISTEN_NONE) == 0)
		return false;
	troubles->list = arena_array(arena, BRIDGE_TROUBLES_MAX, sizeof(*troubles->list));
	strbuf_init(&text, ANSWER_BYTES);
	troubles->answered = troubles->list &&
			     watch_ask(address, "/readyz", &text, &answer, &err) &&
			     read_answer(&r, answer.body, &err);
	if (!troubles->answered) {
		troubles->count = 0;
		troubles->why = arena_slice(arena, slice_of(err.text));
	}
	strbuf_release(&text);
	return true;
}

/* state_file.c - reads and writes the state file of a recipient
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "bridge/tell/state.h"

#define VERSION 1
#define DEPTH 4
/* {"findings":[{...}]} and {"message":{...}} */
#define ROOT_MEMBERS 1
#define MESSAGE_MEMBERS 2
#define FINDING_MEMBERS 3

/* --- the members of the objects ------------------------------------------------------- */

enum member_type { TEXT, NUMBER, SEVERITY, YES_NO };

struct member {
	const char *name;
	enum member_type type;
	size_t offset;
};

/* clang-format off */
#define OF(struct_, type, name, member) { name, type, offsetof(struct struct_, member) }
/* clang-format on */

static const struct member state_members[] = {
	OF(tell_state, NUMBER, "period", period),
	OF(tell_state, NUMBER, "sent", sent),
	OF(tell_state, NUMBER, "number", number),
	{ NULL, TEXT, 0 },
};
static const struct member message_members[] = {
	OF(outgoing, TEXT, "id", id),
	OF(outgoing, TEXT, "target", target),
	OF(outgoing, NUMBER, "period", period),
	OF(outgoing, TEXT, "body", body),
	{ NULL, TEXT, 0 },
};
/* clang-format off */
static const struct member finding_members[] = {
	OF(told, TEXT, "scope", what.scope),	 OF(told, TEXT, "key", what.key),
	OF(told, SEVERITY, "seen", seen),	 OF(told, NUMBER, "since", since),
	OF(told, SEVERITY, "told", told),	 OF(told, SEVERITY, "pending", pending),
	OF(told, YES_NO, "due", due),		 OF(told, TEXT, "code", what.code),
	OF(told, TEXT, "subject", what.subject), OF(told, TEXT, "title", what.title),
	OF(told, TEXT, "when", what.when),	 OF(told, TEXT, "where", what.where),
	OF(told, TEXT, "amount", what.amount),	 OF(told, TEXT, "why", what.why),
	OF(told, TEXT, "effect", what.effect),	 OF(told, TEXT, "advice", what.advice),
	{ NULL, TEXT, 0 },
};
/* clang-format on */

/* --- writing ---------------------------------------------------------------------------- */

static void write_members(struct json_writer *jw, const struct member *member, const void *from)
{
	for (; member->name; member++) {
		const void *value = (const char *)from + member->offset;

		switch (member->type) {
		case TEXT: jw_string(jw, member->name, *(const struct slice *)value); break;
		case NUMBER: jw_int(jw, member->name, *(const int64_t *)value); break;
		case SEVERITY:
			jw_text(jw, member->name, severity_name(*(const enum severity *)value));
			break;
		case YES_NO: jw_bool(jw, member->name, *(const bool *)value); break;
		}
	}
}

void tell_state_write(const struct tell_state *s, struct strbuf *out)
{
	struct json_writer jw;

	jw_init(&jw, out);
	jw_object(&jw, NULL);
	jw_int(&jw, "version", VERSION);
	write_members(&jw, state_members, s);
	if (s->message.id.size > 0) {
		jw_object(&jw, "message");
		write_members(&jw, message_members, &s->message);
		jw_end(&jw);
	}
	jw_array(&jw, "findings");
	for (size_t i = 0; i < s->count; i++) {
		jw_object(&jw, NULL);
		write_members(&jw, finding_members, &s->list[i]);
		jw_end(&jw);
	}
	jw_end(&jw);
	jw_end(&jw);
	strbuf_add_byte(out, '\n');
}

/* --- reading ---------------------------------------------------------------------------- */

struct reading {
	struct tell_state *state;
	const struct member *member; /* of the next value; NULL: ignore it */
	void *target;
	bool version_next, version_seen;
};

static const struct member *member_called(const struct member *list, struct slice name)
{
	for (; list->name; list++)
		if (slice_is(name, list->name))
			return list;
	return NULL;
}

static void take_key(struct reading *r, unsigned depth, struct slice name)
{
	struct tell_state *s = r->state;

	r->version_next = depth == ROOT_MEMBERS && slice_is(name, "version");
	if (depth == ROOT_MEMBERS) {
		r->member = member_called(state_members, name);
		r->target = s;
	} else if (depth == MESSAGE_MEMBERS) {
		r->member = member_called(message_members, name);
		r->target = &s->message;
	} else if (depth == FINDING_MEMBERS && s->count > 0) {
		r->member = member_called(finding_members, name);
		r->target = &s->list[s->count - 1];
	}
}

static bool set_value(struct reading *r, enum json_event event, struct slice text)
{
	void *value = (char *)r->target + r->member->offset;
	uint64_t number;

	switch (r->member->type) {
	case TEXT:
		*(struct slice *)value = arena_slice(&r->state->arena, text);
		return event == JSON_STRING;
	case SEVERITY: return severity_of_name(text, value);
	case YES_NO: *(bool *)value = event == JSON_TRUE; return true;
	case NUMBER:
		if (!slice_to_uint(text, INT64_MAX, &number))
			return false;
		*(int64_t *)value = (int64_t)number;
		return true;
	}
	return false;
}

static bool take(void *context, enum json_event event, unsigned depth, struct slice text,
		 struct error *err)
{
	struct reading *r = context;
	bool good = true;

	if (event == JSON_KEY) {
		r->member = NULL;
		take_key(r, depth, text);
		return true;
	}
	if (event == JSON_OBJECT && depth == FINDING_MEMBERS - 1)
		tell_state_add(r->state);
	if (r->version_next)
		r->version_seen = good = event == JSON_NUMBER && slice_is(text, "1");
	else if (r->member)
		good = set_value(r, event, text);
	r->version_next = false;
	r->member = NULL;
	return good || error_set(err, ERROR_FATAL, "a value is not one that was written here");
}

bool tell_state_read(struct tell_state *s, struct slice text, struct error *err)
{
	struct reading r = { .state = s };
	struct json_reader *reader = json_reader_new(take, &r, DEPTH, TELL_STATE_BYTES);
	const bool good = json_reader_feed(reader, text, err) && json_reader_end(reader, err);

	json_reader_free(reader);
	if (good && r.version_seen)
		return true;
	return error_set(err, ERROR_FATAL, "it is damaged, or of a newer version");
}

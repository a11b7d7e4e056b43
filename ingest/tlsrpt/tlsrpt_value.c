/* tlsrpt_value.c - what stands in the members of an SMTP TLS report
 *
 * SPDX-License-Identifier: MIT
 *
 * Where a member occurs twice the last one counts: a value first clears what
 * it replaces, with all that is inside of it.
 */
#include "ingest/report/reason.h"
#include "ingest/tlsrpt/tlsrpt_count.h"
#include "ingest/tlsrpt/tlsrpt_parser.h"

void *tlsrpt_value_of(struct tlsrpt_parser *p, const struct tlsrpt_member *member)
{
	switch (tlsrpt_place_owner(member->place)) {
	case PLACE_POLICY_ENTRY:
		return (char *)p->policy + member->offset;
	case PLACE_FAILURE:
		return (char *)p->failure + member->offset;
	default:
		return (char *)p->report + member->offset;
	}
}

static bool too_long(struct error *err, const char *of, size_t limit)
{
	return error_reject(err, REASON_TOO_LARGE, "%s with more than %zu bytes of text", of, limit);
}

/* Room for so many more bytes of text in the owner of the place? */
static bool charge(struct tlsrpt_parser *p, enum tlsrpt_place place, size_t size, struct error *err)
{
	static const struct {
		size_t limit;
		const char *name;
	} owners[PLACES] = {
		[PLACE_REPORT] = { TLSRPT_REPORT_TEXT_BYTES, "a report" },
		[PLACE_POLICY_ENTRY] = { TLSRPT_POLICY_TEXT_BYTES, "a policy" },
		[PLACE_FAILURE] = { TLSRPT_FAILURE_TEXT_BYTES, "a failure detail" },
	};
	const enum tlsrpt_place owner = tlsrpt_place_owner(place);

	if (size > owners[owner].limit - p->text_bytes[owner])
		return too_long(err, owners[owner].name, owners[owner].limit);
	p->text_bytes[owner] += size;
	return true;
}

static struct arena *arena_of(struct tlsrpt_parser *p, enum tlsrpt_place place)
{
	switch (tlsrpt_place_owner(place)) {
	case PLACE_POLICY_ENTRY:
		return p->policies;
	case PLACE_FAILURE:
		return p->failures;
	default:
		return p->arena;
	}
}

static bool keep_text(struct tlsrpt_parser *p, enum tlsrpt_place place, struct slice text,
		      struct slice *kept, struct error *err)
{
	if (!charge(p, place, text.size, err))
		return false;
	*kept = arena_slice(arena_of(p, place), (struct slice){ text.data ? text.data : "",
								 text.size });
	return kept->data || tlsrpt_no_room(err);
}

/* --- lists of texts --------------------------------------------------------- */

static bool list_grow(struct tlsrpt_list *list, struct arena *arena)
{
	const size_t room = list->room ? 4 * list->room : 6;
	struct slice *values = arena_array(arena, room, sizeof(*values));

	if (!values)
		return false;
	if (list->count > 0)
		memcpy(values, list->values, list->count * sizeof(*values));
	list->values = values;
	list->room = room;
	return true;
}

static bool list_add(struct tlsrpt_parser *p, struct slice text, struct error *err)
{
	struct tlsrpt_list *list = p->list;

	list->total++;
	if (list->count == LIMIT_LIST_VALUES ||
	    text.size > TLSRPT_POLICY_TEXT_BYTES - p->text_bytes[PLACE_POLICY_ENTRY]) {
		if (list->total == list->count + 1)
			hash_init(&list->rest);
		hash_field(&list->rest, text);
		tlsrpt_parser_note(p, QUIRK_LIST_CUT);
		return true;
	}
	if (list->count == list->room && !list_grow(list, p->policies))
		return tlsrpt_no_room(err);
	return keep_text(p, PLACE_LIST, text, &list->values[list->count++], err);
}

/* --- what a value replaces -------------------------------------------------- */

static void clear_value(struct tlsrpt_parser *p, const struct tlsrpt_member *member)
{
	switch (member->form) {
	case FORM_TEXT:
		*(struct slice *)tlsrpt_value_of(p, member) = (struct slice){ NULL, 0 };
		break;
	case FORM_COUNT:
		*(struct tlsrpt_count *)tlsrpt_value_of(p, member) = (struct tlsrpt_count){ 0 };
		break;
	case FORM_LIST:
		*(struct tlsrpt_list *)tlsrpt_value_of(p, member) = (struct tlsrpt_list){ 0 };
		break;
	case FORM_OBJECT:
		p->states[member->opens] = (struct tlsrpt_place_state){ 0 };
		for (const struct tlsrpt_member *inner = tlsrpt_member_next(member->opens, NULL);
		     inner; inner = tlsrpt_member_next(member->opens, inner))
			clear_value(p, inner);
		break;
	case FORM_ARRAY:
		if (member->opens == PLACE_POLICIES) {
			p->entries = 0;
			p->step->kind = TLSRPT_POLICIES;
		} else {
			p->step->kind = TLSRPT_FAILURES;
		}
		break;
	case FORM_DRAFT:
		break;
	}
}

bool tlsrpt_value_counts(struct tlsrpt_parser *p, bool null)
{
	const struct tlsrpt_member *member = p->member;
	struct tlsrpt_place_state *state = &p->states[member->place];
	const uint64_t bit = tlsrpt_member_bit(member);

	if (null) {
		if (state->given & bit)
			clear_value(p, member);
		state->given &= ~bit;
		return false;
	}
	if (member->alias && state->given & tlsrpt_member_bit(member - 1))
		return false;
	state->given |= bit;
	clear_value(p, member);
	return true;
}

/* --- keys and values -------------------------------------------------------- */

void tlsrpt_read_key(struct tlsrpt_parser *p, enum tlsrpt_place place, struct slice name)
{
	struct tlsrpt_place_state *state = &p->states[place];

	p->member = tlsrpt_member_find(place, name);
	if (!p->member) {
		p->member = tlsrpt_member_spelled(place, name);
		if (p->member && p->member->form != FORM_ARRAY)
			tlsrpt_parser_note(p, QUIRK_KEY_ALIAS);
	}
	if (!p->member) {
		p->report->unknown_members++;
		tlsrpt_parser_note(p, QUIRK_UNKNOWN_MEMBER);
		return;
	}
	if (state->seen & tlsrpt_member_bit(p->member))
		tlsrpt_parser_note(p, QUIRK_DUP_MEMBER);
	state->seen |= tlsrpt_member_bit(p->member);
	/* failure_details is so common that it is no oddity any more */
	if (p->member->alias && p->member->form != FORM_ARRAY)
		tlsrpt_parser_note(p, QUIRK_KEY_ALIAS);
	if (p->member->form == FORM_DRAFT)
		*(place == PLACE_REPORT ? &p->draft : &p->draft_failure) = true;
}

static bool read_count(struct tlsrpt_parser *p, enum json_event event, struct slice text,
		       struct error *err)
{
	const struct tlsrpt_member *member = p->member;
	struct tlsrpt_count *count = tlsrpt_value_of(p, member);
	enum tlsrpt_count_kind kind = TLSRPT_COUNT_NONE;

	if (event == JSON_STRING || event == JSON_NUMBER)
		kind = tlsrpt_count_parse(text, &count->number);
	count->given = kind != TLSRPT_COUNT_NONE;
	if (kind == TLSRPT_COUNT_WHOLE)
		return true;
	tlsrpt_parser_note(p, QUIRK_BAD_NUMBER);
	return keep_text(p, member->place, text, &count->raw, err);
}

static bool read_member(struct tlsrpt_parser *p, enum json_event event, struct slice text,
			struct error *err)
{
	const struct tlsrpt_member *member = p->member;
	const bool is_text = event == JSON_STRING || event == JSON_NUMBER;

	if (!member || member->form == FORM_DRAFT || !tlsrpt_value_counts(p, event == JSON_NULL))
		return true;
	if (member->form == FORM_COUNT)
		return read_count(p, event, text, err);
	if (event != JSON_STRING)
		tlsrpt_parser_note(p, QUIRK_MEMBER_FORM);
	if (is_text && member->form == FORM_TEXT)
		return keep_text(p, member->place, text, tlsrpt_value_of(p, member), err);
	if (is_text && member->form == FORM_LIST) {
		p->list = tlsrpt_value_of(p, member);
		p->list->is_text = true;
		return list_add(p, text, err);
	}
	tlsrpt_parser_note(p, QUIRK_MEMBER_FORM);
	return true;
}

bool tlsrpt_read_value(struct tlsrpt_parser *p, enum tlsrpt_place place, enum json_event event,
		       struct slice text, struct error *err)
{
	switch (place) {
	case PLACE_POLICIES:
		p->entries++;
		tlsrpt_parser_note(p, QUIRK_MEMBER_FORM);
		return true;
	case PLACE_FAILURES:
		tlsrpt_parser_note(p, QUIRK_MEMBER_FORM);
		return true;
	case PLACE_LIST:
		if (event == JSON_STRING)
			return list_add(p, text, err);
		tlsrpt_parser_note(p, QUIRK_MEMBER_FORM);
		return true;
	default:
		return read_member(p, event, text, err);
	}
}

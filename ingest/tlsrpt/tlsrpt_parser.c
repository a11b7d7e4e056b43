/* tlsrpt_parser.c - parses the JSON of an SMTP TLS report
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt_parser.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/json_pull.h"
#include "base/slice.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "ingest/report/input.h"
#include "ingest/report/number.h"
#include "ingest/report/reason.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

enum tlsrpt_place {
	PLACE_REPORT,
	PLACE_DATE_RANGE,
	PLACE_POLICIES,
	PLACE_KEYED_POLICIES, /* an object in place of the array, until a key names a member */
	PLACE_POLICY_ENTRY,   /* an element of policies */
	PLACE_POLICY,
	PLACE_SUMMARY,
	PLACE_FAILURES,
	PLACE_KEYED_FAILURES,
	PLACE_FAILURE,
	PLACE_LIST,   /* policy-string, mx-host */
	PLACE_SINGLE, /* an array in place of the value of p->member; its first value counts */
	PLACES
};

enum tlsrpt_form {
	FORM_TEXT,
	FORM_COUNT,
	FORM_LIST,   /* array of texts */
	FORM_OBJECT, /* opens another place */
	FORM_ARRAY,
	FORM_DRAFT, /* obsolete member from drafts of the RFC */
};

struct tlsrpt_member {
	enum tlsrpt_place place;
	struct slice name;
	enum tlsrpt_form form;
	bool alias;    /* of the preceding row */
	size_t offset; /* offset of its value in the struct of the place */
	enum tlsrpt_place opens;
};

/* A key of an object in place of a list; empty: none, or too long for a name. */
struct tlsrpt_key {
	char text[256];
	size_t size;
};

struct tlsrpt_place_state {
	uint64_t seen;  /* the member's name occurred */
	uint64_t given; /* its value was not null */
};

struct tlsrpt_parser {
	struct tlsrpt_report *report;
	struct arena *arena; /* for the report's texts */
	struct arena *policies, *failures;
	struct input *input;
	struct json_pull *json;
	char chunk[JSON_CHUNK_SIZE]; /* too large for the stack of a fiber */
	bool salvage;
	enum { READING, INPUT_ENDED, CUT, ENDED } stage;
	struct tlsrpt_step *step; /* to be returned */
	struct tlsrpt_policy *policy;
	struct tlsrpt_failure *failure;
	struct tlsrpt_list *list;
	const struct tlsrpt_member *member; /* of the last key; NULL: unknown member */
	enum tlsrpt_place places[LIMIT_JSON_DEPTH];
	unsigned depth; /* number of open places */
	struct tlsrpt_place_state states[PLACES];
	size_t text_bytes[PLACES]; /* including replaced texts */
	uint64_t entries;          /* number of policies */
	bool skipping;
	unsigned skip_depth;
	bool draft, draft_failure; /* a member of a draft occurred */
	bool single_read;          /* the first value of PLACE_SINGLE */
	struct tlsrpt_key policy_key, list_key;
};

static inline void note(struct tlsrpt_parser *parser, enum quirk quirk)
{
	quirk_add(&parser->report->quirks, quirk);
}

/* --- the table of members ---------------------------------------------------- */

/* The table defines each member, its place and its value.  Aliases in other software follow
 * directly (in the RFC's schema "mx-host-pattern" and "additional-info-uri" are values,
 * which some software uses as keys). */
/* clang-format off */
#define ROW(p, text, f, ...)							\
	{ .place = PLACE_##p, .name = { text, sizeof(text) - 1 }, .form = FORM_##f, __VA_ARGS__ }
/* clang-format on */
#define OF_REPORT(member) .offset = offsetof(struct tlsrpt_report, member)
#define OF_POLICY(member) .offset = offsetof(struct tlsrpt_policy, member)
#define OF_FAILURE(member) .offset = offsetof(struct tlsrpt_failure, member)
#define OPENS(p) .opens = PLACE_##p
#define ALIAS .alias = true
#define NOWHERE .offset = 0

static const struct tlsrpt_member members[] = {
	ROW(REPORT, "organization-name", TEXT, OF_REPORT(organization)),
	ROW(REPORT, "date-range", OBJECT, OPENS(DATE_RANGE)),
	ROW(REPORT, "contact-info", TEXT, OF_REPORT(contact_info)),
	ROW(REPORT, "report-id", TEXT, OF_REPORT(report_id)),
	ROW(REPORT, "policies", ARRAY, OPENS(POLICIES)),
	ROW(REPORT, "applied-policy", DRAFT, NOWHERE),
	ROW(REPORT, "report-items", DRAFT, NOWHERE),
	ROW(REPORT, "message-count", DRAFT, NOWHERE),
	ROW(DATE_RANGE, "start-datetime", TEXT, OF_REPORT(start)),
	ROW(DATE_RANGE, "end-datetime", TEXT, OF_REPORT(end)),
	ROW(POLICY_ENTRY, "policy", OBJECT, OPENS(POLICY)),
	ROW(POLICY_ENTRY, "summary", OBJECT, OPENS(SUMMARY)),
	ROW(POLICY_ENTRY, "failure-details", ARRAY, OPENS(FAILURES)),
	ROW(POLICY_ENTRY, "failure_details", ARRAY, OPENS(FAILURES), ALIAS),
	ROW(POLICY, "policy-type", TEXT, OF_POLICY(type)),
	ROW(POLICY, "policy-string", LIST, OF_POLICY(strings)),
	ROW(POLICY, "policy-domain", TEXT, OF_POLICY(domain)),
	ROW(POLICY, "mx-host", LIST, OF_POLICY(mx_host)),
	ROW(POLICY, "mx-host-pattern", LIST, OF_POLICY(mx_host), ALIAS),
	ROW(SUMMARY, "total-successful-session-count", COUNT, OF_POLICY(successful)),
	ROW(SUMMARY, "total-failure-session-count", COUNT, OF_POLICY(failed)),
	ROW(FAILURE, "result-type", TEXT, OF_FAILURE(result_type)),
	ROW(FAILURE, "sending-mta-ip", TEXT, OF_FAILURE(sending_mta_ip)),
	ROW(FAILURE, "receiving-mx-hostname", TEXT, OF_FAILURE(receiving_mx_hostname)),
	ROW(FAILURE, "receiving-mx-host-name", TEXT, OF_FAILURE(receiving_mx_hostname), ALIAS),
	ROW(FAILURE, "receiving-mx-helo", TEXT, OF_FAILURE(receiving_mx_helo)),
	ROW(FAILURE, "receiving-ip", TEXT, OF_FAILURE(receiving_ip)),
	ROW(FAILURE, "failed-session-count", COUNT, OF_FAILURE(failed_session_count)),
	ROW(FAILURE, "additional-information", TEXT, OF_FAILURE(additional_information)),
	ROW(FAILURE, "additional-info-uri", TEXT, OF_FAILURE(additional_information), ALIAS),
	ROW(FAILURE, "failure-reason-code", TEXT, OF_FAILURE(failure_reason_code)),
	ROW(FAILURE, "failure-error-code", TEXT, OF_FAILURE(failure_reason_code), ALIAS),
	ROW(FAILURE, "message-count", DRAFT, NOWHERE),
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))
_Static_assert(MEMBERS <= 64, "bit_of() has 64 bits");

static const struct tlsrpt_member *find_member(enum tlsrpt_place place, struct slice name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].place == place && slice_equal(members[i].name, name))
			return &members[i];
	return NULL;
}

static const struct tlsrpt_member *find_spelled(enum tlsrpt_place place, struct slice name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].place == place && slice_is_spelling(name, members[i].name))
			return &members[i];
	return NULL;
}

/* Finds a member of a policy, or of the date range, that is one level too high or too low. */
static const struct tlsrpt_member *find_misplaced(enum tlsrpt_place place, struct slice name)
{
	static const enum tlsrpt_place entry[] = { PLACE_POLICY_ENTRY, PLACE_POLICY,
						   PLACE_SUMMARY };
	const struct tlsrpt_member *member = NULL;

	if (place == PLACE_REPORT)
		return find_member(PLACE_DATE_RANGE, name);
	if (place != PLACE_POLICY_ENTRY && place != PLACE_POLICY && place != PLACE_SUMMARY)
		return NULL;
	for (size_t i = 0; i < sizeof(entry) / sizeof(entry[0]) && !member; i++)
		member = find_member(entry[i], name);
	/* "policy" inside of "policy" would clear it */
	return member && member->form == FORM_OBJECT && member->opens != PLACE_SUMMARY ? NULL
										       : member;
}

static const struct tlsrpt_member *next_member(enum tlsrpt_place place,
					       const struct tlsrpt_member *member)
{
	for (member = member ? member + 1 : members; member < members + MEMBERS; member++)
		if (member->place == place)
			return member;
	return NULL;
}

static uint64_t bit_of(const struct tlsrpt_member *member)
{
	return UINT64_C(1) << (member - members);
}

static enum tlsrpt_place owner_of(enum tlsrpt_place place)
{
	switch (place) {
	case PLACE_POLICY:
	case PLACE_SUMMARY:
	case PLACE_LIST: return PLACE_POLICY_ENTRY;
	case PLACE_FAILURE: return PLACE_FAILURE;
	default: return PLACE_REPORT;
	}
}

/* --- values ------------------------------------------------------------------ */

/* The last occurrence of a member counts: each value first clears the previous one and
 * everything inside it. */

static void *value_of(struct tlsrpt_parser *p, const struct tlsrpt_member *member)
{
	switch (owner_of(member->place)) {
	case PLACE_POLICY_ENTRY: return (char *)p->policy + member->offset;
	case PLACE_FAILURE: return (char *)p->failure + member->offset;
	default: return (char *)p->report + member->offset;
	}
}

static bool too_long(struct error *err, const char *of, size_t limit)
{
	return error_reject(err, REASON_TOO_LARGE, "%s with more than %zu bytes of text", of,
			    limit);
}

/* Is there room for size more bytes of text in the owner of the place? */
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
	const enum tlsrpt_place owner = owner_of(place);

	if (size > owners[owner].limit - p->text_bytes[owner])
		return too_long(err, owners[owner].name, owners[owner].limit);
	p->text_bytes[owner] += size;
	return true;
}

static struct arena *arena_of(struct tlsrpt_parser *p, enum tlsrpt_place place)
{
	switch (owner_of(place)) {
	case PLACE_POLICY_ENTRY: return p->policies;
	case PLACE_FAILURE: return p->failures;
	default: return p->arena;
	}
}

static bool keep_text(struct tlsrpt_parser *p, enum tlsrpt_place place, struct slice text,
		      struct slice *kept, struct error *err)
{
	if (!charge(p, place, text.size, err))
		return false;
	*kept = arena_slice(arena_of(p, place),
			    (struct slice){ text.data ? text.data : "", text.size });
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
		note(p, QUIRK_LIST_CUT);
		return true;
	}
	if (list->count == list->room && !list_grow(list, p->policies))
		return tlsrpt_no_room(err);
	return keep_text(p, PLACE_LIST, text, &list->values[list->count++], err);
}

/* --- replaced values --------------------------------------------------------- */

static void clear_value(struct tlsrpt_parser *p, const struct tlsrpt_member *member)
{
	switch (member->form) {
	case FORM_TEXT: *(struct slice *)value_of(p, member) = (struct slice){ NULL, 0 }; break;
	case FORM_COUNT:
		*(struct tlsrpt_count *)value_of(p, member) = (struct tlsrpt_count){ 0 };
		break;
	case FORM_LIST:
		*(struct tlsrpt_list *)value_of(p, member) = (struct tlsrpt_list){ 0 };
		break;
	case FORM_OBJECT:
		p->states[member->opens] = (struct tlsrpt_place_state){ 0 };
		for (const struct tlsrpt_member *inner = next_member(member->opens, NULL); inner;
		     inner = next_member(member->opens, inner))
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
	case FORM_DRAFT: break;
	}
}

static bool value_counts(struct tlsrpt_parser *p, bool null)
{
	const struct tlsrpt_member *member = p->member;
	struct tlsrpt_place_state *state = &p->states[member->place];
	const uint64_t bit = bit_of(member);

	if (null) {
		if (state->given & bit)
			clear_value(p, member);
		state->given &= ~bit;
		return false;
	}
	if (member->alias && state->given & bit_of(member - 1))
		return false;
	state->given |= bit;
	clear_value(p, member);
	return true;
}

/* --- keys and values -------------------------------------------------------- */

static void keep_key(struct tlsrpt_key *key, struct slice name)
{
	key->size = name.size <= sizeof(key->text) ? name.size : 0;
	memcpy(key->text, name.data, key->size);
}

static struct slice key_text(const struct tlsrpt_key *key)
{
	return (struct slice){ key->text, key->size };
}

static void read_member_key(struct tlsrpt_parser *p, enum tlsrpt_place place, struct slice name)
{
	struct tlsrpt_place_state *state;

	p->member = find_member(place, name);
	if (!p->member) {
		p->member = find_spelled(place, name);
		if (p->member && p->member->form != FORM_ARRAY)
			note(p, QUIRK_KEY_ALIAS);
	}
	if (!p->member) {
		p->member = find_misplaced(place, name);
		if (p->member)
			note(p, QUIRK_MEMBER_PLACE);
	}
	if (!p->member) {
		p->report->unknown_members++;
		note(p, QUIRK_UNKNOWN_MEMBER);
		return;
	}
	state = &p->states[p->member->place];
	if (state->seen & bit_of(p->member))
		note(p, QUIRK_DUP_MEMBER);
	state->seen |= bit_of(p->member);
	/* failure_details is too common to be a quirk */
	if (p->member->alias && p->member->form != FORM_ARRAY)
		note(p, QUIRK_KEY_ALIAS);
	if (p->member->form == FORM_DRAFT)
		*(place == PLACE_REPORT ? &p->draft : &p->draft_failure) = true;
}

static bool open_policy_entry(struct tlsrpt_parser *p, struct error *err)
{
	p->policy = arena_alloc(p->policies, sizeof(*p->policy));
	if (!p->policy)
		return tlsrpt_no_room(err);
	p->policy->index = p->entries++;
	p->text_bytes[PLACE_POLICY_ENTRY] = 0;
	p->states[PLACE_POLICY_ENTRY] = (struct tlsrpt_place_state){ 0 };
	p->states[PLACE_POLICY] = (struct tlsrpt_place_state){ 0 };
	p->states[PLACE_SUMMARY] = (struct tlsrpt_place_state){ 0 };
	p->step->kind = TLSRPT_POLICY;
	return p->policy_key.size == 0 ||
	       keep_text(p, PLACE_POLICY, key_text(&p->policy_key), &p->policy->key, err);
}

static bool open_failure(struct tlsrpt_parser *p, struct error *err)
{
	p->failure = arena_alloc(p->failures, sizeof(*p->failure));
	p->text_bytes[PLACE_FAILURE] = 0;
	p->draft_failure = false;
	p->states[PLACE_FAILURE] = (struct tlsrpt_place_state){ 0 };
	return p->failure || tlsrpt_no_room(err);
}

static bool names_member(enum tlsrpt_place place, struct slice name)
{
	return find_member(place, name) || find_spelled(place, name) || find_misplaced(place, name);
}

/* An object in place of a list is either its only element, or has elements by key: by domain,
 * or by number as PHP writes arrays with gaps. */
static bool read_key(struct tlsrpt_parser *p, enum tlsrpt_place *place, struct slice name,
		     struct error *err)
{
	if (*place == PLACE_LIST) {
		keep_key(&p->list_key, name);
		return true;
	}
	if (*place == PLACE_KEYED_POLICIES) {
		if (!names_member(PLACE_POLICY_ENTRY, name)) {
			keep_key(&p->policy_key, name);
			return true;
		}
		*place = PLACE_POLICY_ENTRY;
		if (!open_policy_entry(p, err))
			return false;
	} else if (*place == PLACE_KEYED_FAILURES) {
		if (!names_member(PLACE_FAILURE, name))
			return true;
		*place = PLACE_FAILURE;
		if (!open_failure(p, err))
			return false;
	}
	read_member_key(p, *place, name);
	return true;
}

/* Adds a value of the policy-string, with its key: "mode: enforce". */
static bool read_list_value(struct tlsrpt_parser *p, struct slice text, struct error *err)
{
	const struct slice key = key_text(&p->list_key);
	struct strbuf line;
	uint64_t number;
	bool good;

	if (key.size == 0 || p->list != &p->policy->strings ||
	    slice_to_uint(key, UINT64_MAX, &number))
		return list_add(p, text, err);
	strbuf_init(&line, TLSRPT_POLICY_TEXT_BYTES);
	strbuf_add_slice(&line, key);
	strbuf_add_text(&line, ": ");
	strbuf_add_slice(&line, text);
	good = list_add(p, strbuf_slice(&line), err);
	strbuf_release(&line);
	return good;
}

static bool read_count(struct tlsrpt_parser *p, enum json_event event, struct slice text,
		       struct error *err)
{
	const struct tlsrpt_member *member = p->member;
	struct tlsrpt_count *count = value_of(p, member);
	enum number_form form = NUMBER_NONE;

	if (event == JSON_STRING || event == JSON_NUMBER)
		form = number_parse(text, &count->number);
	count->given = form != NUMBER_NONE;
	if (form == NUMBER_WHOLE)
		return true;
	note(p, QUIRK_BAD_NUMBER);
	return keep_text(p, member->place, text, &count->raw, err);
}

/* "2026-11-24T00:00:00Z/2026-11-24T23:59:59Z" (ISO 8601) */
static bool read_interval(struct tlsrpt_parser *p, struct slice text, struct error *err)
{
	struct slice end, start = slice_split(text, '/', &end);

	note(p, QUIRK_MEMBER_FORM);
	return keep_text(p, PLACE_DATE_RANGE, start, &p->report->start, err) &&
	       keep_text(p, PLACE_DATE_RANGE, end, &p->report->end, err);
}

static bool read_member(struct tlsrpt_parser *p, enum json_event event, struct slice text,
			struct error *err)
{
	const struct tlsrpt_member *member = p->member;
	const bool is_text = event == JSON_STRING || event == JSON_NUMBER;

	/* null is a list of none */
	if (member && member->opens == PLACE_POLICIES && event == JSON_NULL)
		p->report->has_policies = true;
	if (!member || member->form == FORM_DRAFT || !value_counts(p, event == JSON_NULL))
		return true;
	if (member->form == FORM_COUNT)
		return read_count(p, event, text, err);
	if (event != JSON_STRING)
		note(p, QUIRK_MEMBER_FORM);
	if (is_text && member->form == FORM_TEXT)
		return keep_text(p, member->place, text, value_of(p, member), err);
	if (is_text && member->form == FORM_LIST) {
		p->list = value_of(p, member);
		p->list->is_text = true;
		return list_add(p, text, err);
	}
	if (is_text && member->opens == PLACE_DATE_RANGE)
		return read_interval(p, text, err);
	note(p, QUIRK_MEMBER_FORM);
	return true;
}

static bool read_value(struct tlsrpt_parser *p, enum tlsrpt_place place, enum json_event event,
		       struct slice text, struct error *err)
{
	switch (place) {
	case PLACE_POLICIES:
	case PLACE_KEYED_POLICIES:
		p->entries++;
		note(p, QUIRK_MEMBER_FORM);
		return true;
	case PLACE_FAILURES:
	case PLACE_KEYED_FAILURES: note(p, QUIRK_MEMBER_FORM); return true;
	case PLACE_SINGLE:
		if (p->single_read || event == JSON_NULL)
			return true;
		p->single_read = true;
		return read_member(p, event, text, err);
	case PLACE_LIST:
		if (event != JSON_STRING)
			note(p, QUIRK_MEMBER_FORM);
		/* a number without a key says nothing */
		return (event != JSON_STRING && (event != JSON_NUMBER || p->list_key.size == 0)) ||
		       read_list_value(p, text, err);
	default: return read_member(p, event, text, err);
	}
}

/* --- objects and arrays ------------------------------------------------------ */

bool tlsrpt_no_room(struct error *err)
{
	return error_reject(err, REASON_TOO_LARGE, "no room for the report in memory");
}

static void skip(struct tlsrpt_parser *p, unsigned depth)
{
	p->skipping = true;
	p->skip_depth = depth;
}

static bool is_policies(enum tlsrpt_place place)
{
	return place == PLACE_POLICIES || place == PLACE_KEYED_POLICIES;
}

static bool is_failures(enum tlsrpt_place place)
{
	return place == PLACE_FAILURES || place == PLACE_KEYED_FAILURES;
}

/* Determines the place that an element of a list opens, if any. */
static bool opens_as_element(struct tlsrpt_parser *p, enum tlsrpt_place parent,
			     enum json_event event, enum tlsrpt_place *place)
{
	/* nested lists are flattened */
	if (is_policies(parent))
		*place = event == JSON_ARRAY        ? PLACE_POLICIES
			 : parent == PLACE_POLICIES ? PLACE_POLICY_ENTRY
						    : PLACE_KEYED_POLICIES;
	else if (is_failures(parent))
		*place = event == JSON_ARRAY ? PLACE_FAILURES : PLACE_FAILURE;
	else if (parent == PLACE_LIST)
		*place = PLACE_LIST;
	else if (parent == PLACE_SINGLE && event == JSON_OBJECT && !p->single_read &&
		 p->member->form == FORM_OBJECT)
		*place = p->member->opens;
	else
		return false;
	p->single_read |= parent == PLACE_SINGLE;
	if (event == JSON_ARRAY || parent == PLACE_LIST)
		note(p, QUIRK_MEMBER_FORM);
	return true;
}

/* Accepts an object in place of a list. */
static bool opens_as_keyed(struct tlsrpt_parser *p, const struct tlsrpt_member *member,
			   enum tlsrpt_place *place)
{
	if (member->form == FORM_LIST)
		*place = PLACE_LIST;
	else
		*place = member->opens == PLACE_POLICIES ? PLACE_KEYED_POLICIES
							 : PLACE_KEYED_FAILURES;
	note(p, QUIRK_MEMBER_FORM);
	return true;
}

/* Accepts a list in place of a text, a count or an object. */
static bool opens_as_first(struct tlsrpt_parser *p, enum tlsrpt_place *place)
{
	*place = PLACE_SINGLE;
	p->single_read = false;
	note(p, QUIRK_MEMBER_FORM);
	return true;
}

static bool opens_as_member(struct tlsrpt_parser *p, enum json_event event,
			    enum tlsrpt_place *place)
{
	const struct tlsrpt_member *member = p->member;

	if (member->form == FORM_LIST && event == JSON_ARRAY)
		*place = PLACE_LIST;
	else if ((member->form == FORM_ARRAY || member->form == FORM_LIST) && event == JSON_OBJECT)
		return opens_as_keyed(p, member, place);
	else if ((member->form == FORM_OBJECT && event == JSON_OBJECT) ||
		 (member->form == FORM_ARRAY && event == JSON_ARRAY))
		*place = member->opens;
	else if (event == JSON_ARRAY)
		return opens_as_first(p, place);
	else
		return false;
	return true;
}

static bool open_container(struct tlsrpt_parser *p, enum json_event event, unsigned depth,
			   struct error *err)
{
	const enum tlsrpt_place parent = p->places[depth - 1];
	const bool in_list = is_policies(parent) || is_failures(parent) || parent == PLACE_LIST ||
			     parent == PLACE_SINGLE;
	enum tlsrpt_place *place = &p->places[depth];

	if (in_list) {
		if (!opens_as_element(p, parent, event, place)) {
			note(p, QUIRK_MEMBER_FORM);
			skip(p, depth);
			return true;
		}
	} else if (!p->member || p->member->form == FORM_DRAFT || !value_counts(p, false)) {
		skip(p, depth);
		return true;
	} else if (!opens_as_member(p, event, place)) {
		note(p, QUIRK_MEMBER_FORM);
		skip(p, depth);
		return true;
	}
	p->depth = depth + 1;
	if (*place == PLACE_LIST && !in_list) {
		p->list = value_of(p, p->member);
		p->list_key.size = 0;
	}
	if (is_policies(*place) && !in_list)
		p->policy_key.size = 0;
	if (*place == PLACE_POLICY_ENTRY)
		return open_policy_entry(p, err);
	if (*place == PLACE_FAILURE)
		return open_failure(p, err);
	if (is_policies(*place))
		p->report->has_policies = true;
	return true;
}

static bool close_failure(struct tlsrpt_parser *p, struct error *err)
{
	if (p->draft_failure && !p->failure->failed_session_count.given)
		return error_reject(err, REASON_UNSUPPORTED,
				    "a failure detail in the form of a draft of RFC 8460");
	p->step->kind = TLSRPT_FAILURE;
	return true;
}

static bool close_container(struct tlsrpt_parser *p, enum json_event event, unsigned depth,
			    struct error *err)
{
	switch (p->places[depth]) {
	case PLACE_FAILURE: return close_failure(p, err);
	case PLACE_POLICY_ENTRY: p->step->kind = TLSRPT_POLICY_END; return true;
	case PLACE_SINGLE: p->single_read = true; return true;
	case PLACE_LIST:
		if (event == JSON_OBJECT_END)
			p->list_key.size = 0;
		return true;
	default: return true;
	}
}

static bool read_event(struct tlsrpt_parser *p, enum json_event event, unsigned depth,
		       struct slice text, struct error *err)
{
	if (depth == 0 && event != JSON_OBJECT && event != JSON_OBJECT_END)
		return error_reject(err, REASON_NOT_A_REPORT, "JSON, but not an object");
	if (p->skipping) {
		if ((event == JSON_OBJECT_END || event == JSON_ARRAY_END) && depth == p->skip_depth)
			p->skipping = false;
		return true;
	}
	switch (event) {
	case JSON_KEY: return read_key(p, &p->places[depth - 1], text, err);
	case JSON_OBJECT:
	case JSON_ARRAY:
		if (depth > 0)
			return open_container(p, event, depth, err);
		p->places[0] = PLACE_REPORT;
		p->depth = 1;
		return true;
	case JSON_OBJECT_END:
	case JSON_ARRAY_END: p->depth = depth; return close_container(p, event, depth, err);
	default: return read_value(p, p->places[depth - 1], event, text, err);
	}
}

/* --- salvage ------------------------------------------------------------------ */

static bool is_open(const struct tlsrpt_parser *p, enum tlsrpt_place place)
{
	for (unsigned i = 0; i < p->depth; i++)
		if (p->places[i] == place)
			return true;
	return false;
}

/* Is the object that opens the place complete in this entry? */
static bool is_whole(const struct tlsrpt_parser *p, enum tlsrpt_place place, const char *name)
{
	const struct tlsrpt_member *member = find_member(PLACE_POLICY_ENTRY, slice_of(name));

	return p->states[PLACE_POLICY_ENTRY].given & bit_of(member) && !is_open(p, place);
}

/* Ends the truncated entry.  Drops an incomplete summary, which may have the successes
 * without the failures. */
static void end_cut_policy(struct tlsrpt_parser *p)
{
	struct tlsrpt_policy *policy = p->policy;
	const bool counted = is_whole(p, PLACE_SUMMARY, "summary");

	if (!counted)
		policy->successful = policy->failed = (struct tlsrpt_count){ 0 };
	if (is_whole(p, PLACE_POLICY, "policy") && (counted || policy->failure_count > 0))
		p->step->kind = TLSRPT_POLICY_END;
}

static void end_cut_report(struct tlsrpt_parser *p)
{
	note(p, QUIRK_PARTIAL);
	p->stage = CUT;
	if (is_open(p, PLACE_POLICY_ENTRY))
		end_cut_policy(p);
}

/* --- entry points ------------------------------------------------------------- */

static bool has(const struct tlsrpt_parser *p, const char *name)
{
	const struct tlsrpt_member *member = find_member(PLACE_REPORT, slice_of(name));

	return p->states[PLACE_REPORT].given & bit_of(member);
}

static bool is_report(const struct tlsrpt_parser *p, struct error *err)
{
	if (p->report->has_policies && (has(p, "date-range") || has(p, "report-id")))
		return true;
	if (p->draft)
		return error_reject(err, REASON_UNSUPPORTED,
				    "an SMTP TLS report in the form of a draft of RFC 8460");
	return error_reject(err, REASON_NOT_A_REPORT,
			    "JSON without policies and date-range or report-id");
}

/* Quirks of the containers are complete only at the end of the input. */
static bool drain(struct input *input, struct error *err)
{
	char buffer[8 * KIB];
	size_t got;

	do
		if (!input_read(input, buffer, sizeof(buffer), &got, err))
			return false;
	while (got > 0);
	return true;
}

bool tlsrpt_json_is_broken(const struct error *err)
{
	return err->class == ERROR_REJECT && strcmp(err->reason, REASON_BAD_JSON) == 0;
}

struct tlsrpt_parser *tlsrpt_parser_new(struct tlsrpt_report *report, struct arena *arena,
					struct arena *policies, struct arena *failures,
					struct input *input, bool salvage)
{
	struct tlsrpt_parser *p = xcalloc(1, sizeof(*p));

	p->report = report;
	p->arena = arena;
	p->policies = policies;
	p->failures = failures;
	p->input = input;
	p->salvage = salvage;
	p->json = json_pull_new(LIMIT_JSON_DEPTH, LIMIT_TEXT_BYTES);
	*report = (struct tlsrpt_report){ 0 };
	return p;
}

void tlsrpt_parser_free(struct tlsrpt_parser *p)
{
	if (!p)
		return;
	json_pull_free(p->json);
	free(p);
}

/* Fills the chunk: the decoder has smaller pieces. */
static bool read_chunk(struct tlsrpt_parser *p, struct error *err)
{
	size_t size = 0, got;

	do {
		if (!input_read(p->input, p->chunk + size, sizeof(p->chunk) - size, &got, err))
			return false;
		size += got;
	} while (got > 0 && size < sizeof(p->chunk));
	if (size == 0) {
		p->stage = INPUT_ENDED;
		if (json_pull_has_trailing_data(p->json))
			note(p, QUIRK_TRAILING_DATA);
	}
	json_pull_feed(p->json, (struct slice){ p->chunk, size });
	return true;
}

/* Reads events up to the next step. */
static bool read_events(struct tlsrpt_parser *p, struct error *err)
{
	struct json_pulled event;
	bool more;

	while (p->step->kind == TLSRPT_NOTHING) {
		if (!json_pull_next(p->json, &event, &more, err))
			return false;
		if (more) {
			if (!read_event(p, event.event, event.depth, event.text, err))
				return false;
		} else if (p->stage == INPUT_ENDED) {
			p->stage = ENDED;
			p->step->kind = TLSRPT_END;
			return is_report(p, err);
		} else if (!read_chunk(p, err)) {
			return false;
		}
	}
	return true;
}

static bool read_broken(struct tlsrpt_parser *p, const struct error *err)
{
	struct error other;

	if (!p->salvage || !tlsrpt_json_is_broken(err) || !is_report(p, &other))
		return false; /* return the original error */
	end_cut_report(p);
	return true;
}

bool tlsrpt_parser_next(struct tlsrpt_parser *p, struct tlsrpt_step *step, struct error *err)
{
	step->kind = TLSRPT_NOTHING;
	p->step = step;
	if (p->stage < CUT && !read_events(p, err) && !read_broken(p, err))
		return false;
	if (step->kind == TLSRPT_NOTHING) {
		if (p->stage == CUT && !drain(p->input, err))
			return false;
		p->stage = ENDED;
		step->kind = TLSRPT_END;
	}
	step->policy = p->policy;
	step->failure = p->failure;
	return true;
}

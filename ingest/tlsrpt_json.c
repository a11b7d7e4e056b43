/* tlsrpt_json.c - the members of an SMTP TLS report, from JSON events
 *
 * SPDX-License-Identifier: MIT
 *
 * One table names every member of RFC 8460 section 4.4, where it belongs and
 * where it goes; the names that other software uses in its place stand right
 * behind it (in the schema of the RFC "mx-host-pattern" and
 * "additional-info-uri" are values, and were taken for keys).
 */
#include "ingest/tlsrpt_json.h"

#include "base/json_reader.h"
#include "ingest/reason.h"
#include "ingest/tlsrpt_count.h"

#define PIECE_SIZE (32 * KIB)

enum place {
	PLACE_REPORT,
	PLACE_DATE_RANGE,
	PLACE_POLICIES,
	PLACE_POLICY_ENTRY, /* an element of policies */
	PLACE_POLICY,
	PLACE_SUMMARY,
	PLACE_FAILURES,
	PLACE_FAILURE,
	PLACE_LIST, /* policy-string, mx-host */
	PLACES
};

enum form {
	FORM_TEXT,
	FORM_COUNT,
	FORM_LIST,   /* array of texts */
	FORM_OBJECT, /* opens another place */
	FORM_ARRAY,
	FORM_DRAFT, /* of drafts before the RFC, which nobody should send any more */
};

struct member {
	enum place place;
	struct slice name;
	enum form form;
	bool alias; /* of the row above */
	size_t offset; /* of its value in the struct of the place */
	enum place opens;
};

#define ROW(p, text, f, ...)							\
	{ .place = PLACE_##p, .name = { text, sizeof(text) - 1 }, .form = FORM_##f, __VA_ARGS__ }
#define OF_REPORT(member) .offset = offsetof(struct tlsrpt_report, member)
#define OF_POLICY(member) .offset = offsetof(struct tlsrpt_policy, member)
#define OF_FAILURE(member) .offset = offsetof(struct tlsrpt_failure, member)
#define OPENS(p) .opens = PLACE_##p
#define ALIAS .alias = true
#define NOWHERE .offset = 0

static const struct member members[] = {
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
_Static_assert(MEMBERS <= 64, "struct place_state has 64 bits");

/* One bit per row of the table. */
struct place_state {
	uint64_t seen;	/* the name occurred */
	uint64_t given; /* and its value was not null */
};

struct parser {
	struct tlsrpt_report *report;
	struct arena *arena; /* of the report's texts */
	const struct tlsrpt_visitor *visitor;
	struct tlsrpt_policy *policy;
	struct tlsrpt_failure *failure;
	struct tlsrpt_list *list;
	const struct member *member; /* of the last key; NULL: a stranger */
	enum place places[LIMIT_JSON_DEPTH];
	struct place_state states[PLACES];
	size_t text_bytes[PLACES]; /* kept so far, replaced ones included */
	uint64_t entries;	   /* of policies */
	bool skipping;
	unsigned skip_depth;
	bool draft, draft_failure; /* a member of a draft occurred */
};

static void note(struct parser *p, enum quirk quirk)
{
	quirk_add(&p->report->quirks, quirk);
}

static uint64_t bit_of(const struct member *member)
{
	return UINT64_C(1) << (member - members);
}

static const struct member *find_member(enum place place, struct slice name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].place == place && slice_equal(members[i].name, name))
			return &members[i];
	return NULL;
}

/* "organizationName" for organization-name. */
static const struct member *other_spelling(enum place place, struct slice name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].place == place && slice_is_spelling(name, members[i].name))
			return &members[i];
	return NULL;
}

/* Where the texts of a place are counted and kept: those of a report, of a
 * policy or of a failure together. */
static enum place owner_of(enum place place)
{
	switch (place) {
	case PLACE_POLICY:
	case PLACE_SUMMARY:
	case PLACE_LIST:
		return PLACE_POLICY_ENTRY;
	case PLACE_FAILURE:
		return PLACE_FAILURE;
	default:
		return PLACE_REPORT;
	}
}

static void *value_of(struct parser *p, const struct member *member)
{
	switch (owner_of(member->place)) {
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
static bool charge(struct parser *p, enum place place, size_t size, struct error *err)
{
	static const struct {
		size_t limit;
		const char *name;
	} owners[PLACES] = {
		[PLACE_REPORT] = { TLSRPT_REPORT_TEXT_BYTES, "a report" },
		[PLACE_POLICY_ENTRY] = { TLSRPT_POLICY_TEXT_BYTES, "a policy" },
		[PLACE_FAILURE] = { TLSRPT_FAILURE_TEXT_BYTES, "a failure detail" },
	};
	const enum place owner = owner_of(place);

	if (size > owners[owner].limit - p->text_bytes[owner])
		return too_long(err, owners[owner].name, owners[owner].limit);
	p->text_bytes[owner] += size;
	return true;
}

static struct arena *arena_of(struct parser *p, enum place place)
{
	switch (owner_of(place)) {
	case PLACE_POLICY_ENTRY:
		return p->visitor->policies;
	case PLACE_FAILURE:
		return p->visitor->failures;
	default:
		return p->arena;
	}
}

static bool no_room(struct error *err)
{
	return error_reject(err, REASON_TOO_LARGE, "no room for the report in memory");
}

static bool keep_text(struct parser *p, enum place place, struct slice text, struct slice *kept,
		      struct error *err)
{
	if (!charge(p, place, text.size, err))
		return false;
	*kept = arena_slice(arena_of(p, place), (struct slice){ text.data ? text.data : "",
								 text.size });
	return kept->data || no_room(err);
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

static bool list_add(struct parser *p, struct slice text, struct error *err)
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
	if (list->count == list->room && !list_grow(list, p->visitor->policies))
		return no_room(err);
	return keep_text(p, PLACE_LIST, text, &list->values[list->count++], err);
}

/* --- what a value replaces -------------------------------------------------- */

static void clear_state(struct parser *p, enum place place)
{
	p->states[place] = (struct place_state){ 0 };
}

static void clear_value(struct parser *p, const struct member *member)
{
	switch (member->form) {
	case FORM_TEXT:
		*(struct slice *)value_of(p, member) = (struct slice){ NULL, 0 };
		break;
	case FORM_COUNT:
		*(struct tlsrpt_count *)value_of(p, member) = (struct tlsrpt_count){ 0 };
		break;
	case FORM_LIST:
		*(struct tlsrpt_list *)value_of(p, member) = (struct tlsrpt_list){ 0 };
		break;
	case FORM_OBJECT:
		clear_state(p, member->opens);
		for (size_t i = 0; i < MEMBERS; i++)
			if (members[i].place == member->opens)
				clear_value(p, &members[i]);
		break;
	case FORM_ARRAY:
		if (member->opens == PLACE_POLICIES) {
			p->entries = 0;
			p->visitor->begin_policies(p->visitor->context);
		} else {
			p->visitor->begin_failures(p->visitor->context, p->policy);
		}
		break;
	case FORM_DRAFT:
		break;
	}
}

/* Whether the value of the current member counts; if so, what it replaces is
 * cleared.  The RFC's name wins over an alias, a value over a null. */
static bool counts(struct parser *p, bool null)
{
	const struct member *member = p->member;
	struct place_state *state = &p->states[member->place];
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

/* --- events ----------------------------------------------------------------- */

static void read_key(struct parser *p, enum place place, struct slice name)
{
	struct place_state *state = &p->states[place];

	p->member = find_member(place, name);
	if (!p->member) {
		p->member = other_spelling(place, name);
		if (p->member && p->member->form != FORM_ARRAY)
			note(p, QUIRK_KEY_ALIAS);
	}
	if (!p->member) {
		p->report->unknown_members++;
		note(p, QUIRK_UNKNOWN_MEMBER);
		return;
	}
	if (state->seen & bit_of(p->member))
		note(p, QUIRK_DUP_MEMBER);
	state->seen |= bit_of(p->member);
	/* failure_details is so common that it is no oddity any more */
	if (p->member->alias && p->member->form != FORM_ARRAY)
		note(p, QUIRK_KEY_ALIAS);
	if (p->member->form == FORM_DRAFT)
		*(place == PLACE_REPORT ? &p->draft : &p->draft_failure) = true;
}

static bool read_count(struct parser *p, enum json_event event, struct slice text,
		       struct error *err)
{
	const struct member *member = p->member;
	struct tlsrpt_count *count = value_of(p, member);
	enum tlsrpt_count_kind kind = TLSRPT_COUNT_NONE;

	if (event == JSON_STRING || event == JSON_NUMBER)
		kind = tlsrpt_count_parse(text, &count->number);
	count->given = kind != TLSRPT_COUNT_NONE;
	if (kind == TLSRPT_COUNT_WHOLE)
		return true;
	note(p, QUIRK_BAD_NUMBER);
	return keep_text(p, member->place, text, &count->raw, err);
}

static bool read_member(struct parser *p, enum json_event event, struct slice text,
			struct error *err)
{
	const struct member *member = p->member;
	const bool is_text = event == JSON_STRING || event == JSON_NUMBER;

	if (!member || member->form == FORM_DRAFT || !counts(p, event == JSON_NULL))
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
	note(p, QUIRK_MEMBER_FORM);
	return true;
}

static bool read_value(struct parser *p, enum place place, enum json_event event,
		       struct slice text, struct error *err)
{
	switch (place) {
	case PLACE_POLICIES:
		p->entries++;
		note(p, QUIRK_MEMBER_FORM);
		return true;
	case PLACE_FAILURES:
		note(p, QUIRK_MEMBER_FORM);
		return true;
	case PLACE_LIST:
		if (event == JSON_STRING)
			return list_add(p, text, err);
		note(p, QUIRK_MEMBER_FORM);
		return true;
	default:
		return read_member(p, event, text, err);
	}
}

static void skip(struct parser *p, unsigned depth)
{
	p->skipping = true;
	p->skip_depth = depth;
}

static bool open_policy_entry(struct parser *p, struct error *err)
{
	p->policy = arena_alloc(p->visitor->policies, sizeof(*p->policy));
	if (!p->policy)
		return no_room(err);
	p->policy->index = p->entries++;
	p->text_bytes[PLACE_POLICY_ENTRY] = 0;
	clear_state(p, PLACE_POLICY_ENTRY);
	clear_state(p, PLACE_POLICY);
	clear_state(p, PLACE_SUMMARY);
	return p->visitor->begin_policy(p->visitor->context, p->policy, err);
}

static bool open_failure(struct parser *p, struct error *err)
{
	p->failure = arena_alloc(p->visitor->failures, sizeof(*p->failure));
	p->text_bytes[PLACE_FAILURE] = 0;
	p->draft_failure = false;
	clear_state(p, PLACE_FAILURE);
	return p->failure || no_room(err);
}

/* The place an object or array opens as an element of an array, if any. */
static bool opens_as_element(struct parser *p, enum place parent, enum json_event event,
			     enum place *place)
{
	if (parent == PLACE_POLICIES && event == JSON_OBJECT)
		*place = PLACE_POLICY_ENTRY;
	else if (parent == PLACE_FAILURES && event == JSON_OBJECT)
		*place = PLACE_FAILURE;
	else if (parent == PLACE_LIST && event == JSON_ARRAY)
		*place = PLACE_LIST;
	else
		return false;
	if (*place == PLACE_LIST)
		note(p, QUIRK_MEMBER_FORM);
	return true;
}

static bool opens_as_member(struct parser *p, enum json_event event, enum place *place)
{
	const struct member *member = p->member;

	if (member->form == FORM_LIST && event == JSON_ARRAY)
		*place = PLACE_LIST;
	else if ((member->form == FORM_OBJECT && event == JSON_OBJECT) ||
		 (member->form == FORM_ARRAY && event == JSON_ARRAY))
		*place = member->opens;
	else
		return false;
	return true;
}

static bool open_container(struct parser *p, enum json_event event, unsigned depth,
			   struct error *err)
{
	const enum place parent = p->places[depth - 1];
	const bool in_array = parent == PLACE_POLICIES || parent == PLACE_FAILURES ||
			      parent == PLACE_LIST;
	enum place *place = &p->places[depth];

	if (in_array) {
		if (!opens_as_element(p, parent, event, place)) {
			p->entries += parent == PLACE_POLICIES;
			note(p, QUIRK_MEMBER_FORM);
			skip(p, depth);
			return true;
		}
	} else if (!p->member || p->member->form == FORM_DRAFT || !counts(p, false)) {
		skip(p, depth);
		return true;
	} else if (!opens_as_member(p, event, place)) {
		note(p, QUIRK_MEMBER_FORM);
		skip(p, depth);
		return true;
	}
	if (*place == PLACE_LIST && !in_array)
		p->list = value_of(p, p->member);
	if (*place == PLACE_POLICY_ENTRY)
		return open_policy_entry(p, err);
	if (*place == PLACE_FAILURE)
		return open_failure(p, err);
	if (*place == PLACE_POLICIES)
		p->report->has_policies = true;
	return true;
}

static bool close_failure(struct parser *p, struct error *err)
{
	if (p->draft_failure && !p->failure->failed_session_count.given)
		return error_reject(err, REASON_UNSUPPORTED,
				    "a failure detail in the form of a draft of RFC 8460");
	return p->visitor->failure(p->visitor->context, p->policy, p->failure, err);
}

static bool close_container(struct parser *p, unsigned depth, struct error *err)
{
	switch (p->places[depth]) {
	case PLACE_FAILURE:
		return close_failure(p, err);
	case PLACE_POLICY_ENTRY:
		return p->visitor->end_policy(p->visitor->context, p->policy, err);
	default:
		return true;
	}
}

static bool read_event(void *context, enum json_event event, unsigned depth, struct slice text,
		       struct error *err)
{
	struct parser *p = context;

	if (depth == 0 && event != JSON_OBJECT && event != JSON_OBJECT_END)
		return error_reject(err, REASON_NOT_A_REPORT, "JSON, but not an object");
	if (p->skipping) {
		if ((event == JSON_OBJECT_END || event == JSON_ARRAY_END) &&
		    depth == p->skip_depth)
			p->skipping = false;
		return true;
	}
	switch (event) {
	case JSON_KEY:
		read_key(p, p->places[depth - 1], text);
		return true;
	case JSON_OBJECT:
	case JSON_ARRAY:
		if (depth > 0)
			return open_container(p, event, depth, err);
		p->places[0] = PLACE_REPORT;
		return true;
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
		return close_container(p, depth, err);
	default:
		return read_value(p, p->places[depth - 1], event, text, err);
	}
}

/* --- the whole -------------------------------------------------------------- */

static bool feed(struct parser *p, struct json_reader *reader, struct input *input,
		 struct error *err)
{
	char buffer[PIECE_SIZE];
	size_t got;

	do {
		if (!input_read(input, buffer, sizeof(buffer), &got, err) ||
		    !json_reader_feed(reader, (struct slice){ buffer, got }, err))
			return false;
	} while (got > 0);
	if (json_reader_has_trailing_data(reader))
		note(p, QUIRK_TRAILING_DATA);
	return json_reader_end(reader, err);
}

static bool is_report(const struct parser *p, struct error *err)
{
	const uint64_t seen = p->states[PLACE_REPORT].given;
	const bool dated = seen & bit_of(find_member(PLACE_REPORT, slice_of("date-range")));
	const bool named = seen & bit_of(find_member(PLACE_REPORT, slice_of("report-id")));

	if (p->report->has_policies && (dated || named))
		return true;
	if (p->draft)
		return error_reject(err, REASON_UNSUPPORTED,
				    "an SMTP TLS report in the form of a draft of RFC 8460");
	return error_reject(err, REASON_NOT_A_REPORT,
			    "JSON without policies and date-range or report-id");
}

bool tlsrpt_json_read(struct tlsrpt_report *report, struct arena *arena, struct input *input,
		      const struct tlsrpt_visitor *visitor, struct error *err)
{
	struct parser p = { .report = report, .arena = arena, .visitor = visitor };
	struct json_reader *reader =
		json_reader_new(read_event, &p, LIMIT_JSON_DEPTH, LIMIT_TEXT_BYTES);
	bool good;

	*report = (struct tlsrpt_report){ 0 };
	good = feed(&p, reader, input, err) && is_report(&p, err);
	json_reader_free(reader);
	return good;
}

/* tlsrpt_json.c - an SMTP TLS report, from JSON events
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt_json.h"

#include "ingest/report/reason.h"
#include "ingest/tlsrpt/tlsrpt_parser.h"

#define PIECE_SIZE (32 * KIB)

bool tlsrpt_no_room(struct error *err)
{
	return error_reject(err, REASON_TOO_LARGE, "no room for the report in memory");
}

static void skip(struct tlsrpt_parser *p, unsigned depth)
{
	p->skipping = true;
	p->skip_depth = depth;
}

static bool open_policy_entry(struct tlsrpt_parser *p, struct error *err)
{
	p->policy = arena_alloc(p->visitor->policies, sizeof(*p->policy));
	if (!p->policy)
		return tlsrpt_no_room(err);
	p->policy->index = p->entries++;
	p->text_bytes[PLACE_POLICY_ENTRY] = 0;
	p->states[PLACE_POLICY_ENTRY] = (struct tlsrpt_place_state){ 0 };
	p->states[PLACE_POLICY] = (struct tlsrpt_place_state){ 0 };
	p->states[PLACE_SUMMARY] = (struct tlsrpt_place_state){ 0 };
	return p->visitor->begin_policy(p->visitor->context, p->policy, err);
}

static bool open_failure(struct tlsrpt_parser *p, struct error *err)
{
	p->failure = arena_alloc(p->visitor->failures, sizeof(*p->failure));
	p->text_bytes[PLACE_FAILURE] = 0;
	p->draft_failure = false;
	p->states[PLACE_FAILURE] = (struct tlsrpt_place_state){ 0 };
	return p->failure || tlsrpt_no_room(err);
}

/* The place an object or array opens as an element of an array, if any. */
static bool opens_as_element(struct tlsrpt_parser *p, enum tlsrpt_place parent,
			     enum json_event event, enum tlsrpt_place *place)
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
		tlsrpt_parser_note(p, QUIRK_MEMBER_FORM);
	return true;
}

static bool opens_as_member(struct tlsrpt_parser *p, enum json_event event,
			    enum tlsrpt_place *place)
{
	const struct tlsrpt_member *member = p->member;

	if (member->form == FORM_LIST && event == JSON_ARRAY)
		*place = PLACE_LIST;
	else if ((member->form == FORM_OBJECT && event == JSON_OBJECT) ||
		 (member->form == FORM_ARRAY && event == JSON_ARRAY))
		*place = member->opens;
	else
		return false;
	return true;
}

static bool open_container(struct tlsrpt_parser *p, enum json_event event, unsigned depth,
			   struct error *err)
{
	const enum tlsrpt_place parent = p->places[depth - 1];
	const bool in_array = parent == PLACE_POLICIES || parent == PLACE_FAILURES ||
			      parent == PLACE_LIST;
	enum tlsrpt_place *place = &p->places[depth];

	if (in_array) {
		if (!opens_as_element(p, parent, event, place)) {
			p->entries += parent == PLACE_POLICIES;
			tlsrpt_parser_note(p, QUIRK_MEMBER_FORM);
			skip(p, depth);
			return true;
		}
	} else if (!p->member || p->member->form == FORM_DRAFT || !tlsrpt_value_counts(p, false)) {
		skip(p, depth);
		return true;
	} else if (!opens_as_member(p, event, place)) {
		tlsrpt_parser_note(p, QUIRK_MEMBER_FORM);
		skip(p, depth);
		return true;
	}
	p->depth = depth + 1;
	if (*place == PLACE_LIST && !in_array)
		p->list = tlsrpt_value_of(p, p->member);
	if (*place == PLACE_POLICY_ENTRY)
		return open_policy_entry(p, err);
	if (*place == PLACE_FAILURE)
		return open_failure(p, err);
	if (*place == PLACE_POLICIES)
		p->report->has_policies = true;
	return true;
}

static bool close_failure(struct tlsrpt_parser *p, struct error *err)
{
	if (p->draft_failure && !p->failure->failed_session_count.given)
		return error_reject(err, REASON_UNSUPPORTED,
				    "a failure detail in the form of a draft of RFC 8460");
	return p->visitor->failure(p->visitor->context, p->policy, p->failure, err);
}

static bool close_container(struct tlsrpt_parser *p, unsigned depth, struct error *err)
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
	struct tlsrpt_parser *p = context;

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
		tlsrpt_read_key(p, p->places[depth - 1], text);
		return true;
	case JSON_OBJECT:
	case JSON_ARRAY:
		if (depth > 0)
			return open_container(p, event, depth, err);
		p->places[0] = PLACE_REPORT;
		p->depth = 1;
		return true;
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
		p->depth = depth;
		return close_container(p, depth, err);
	default:
		return tlsrpt_read_value(p, p->places[depth - 1], event, text, err);
	}
}

/* --- what is whole of a broken one ------------------------------------------- */

static bool is_open(const struct tlsrpt_parser *p, enum tlsrpt_place place)
{
	for (unsigned i = 0; i < p->depth; i++)
		if (p->places[i] == place)
			return true;
	return false;
}

/* Whether the object that opens the place has come to its end in this entry. */
static bool is_whole(const struct tlsrpt_parser *p, enum tlsrpt_place place, const char *name)
{
	const struct tlsrpt_member *member =
		tlsrpt_member_find(PLACE_POLICY_ENTRY, slice_of(name));

	return p->states[PLACE_POLICY_ENTRY].given & tlsrpt_member_bit(member) &&
	       !is_open(p, place);
}

/* The entry that was being read.  Half a summary would tell half of the
 * truth: the successes without the failures. */
static bool end_cut_policy(struct tlsrpt_parser *p, struct error *err)
{
	struct tlsrpt_policy *policy = p->policy;
	const bool counted = is_whole(p, PLACE_SUMMARY, "summary");

	if (!counted)
		policy->successful = policy->failed = (struct tlsrpt_count){ 0 };
	if (!is_whole(p, PLACE_POLICY, "policy") || (!counted && policy->failure_count == 0))
		return true;
	return p->visitor->end_policy(p->visitor->context, policy, err);
}

static bool end_cut_report(struct tlsrpt_parser *p, struct error *err)
{
	tlsrpt_parser_note(p, QUIRK_PARTIAL);
	return !is_open(p, PLACE_POLICY_ENTRY) || end_cut_policy(p, err);
}

/* --- the whole -------------------------------------------------------------- */

static bool feed(struct tlsrpt_parser *p, struct json_reader *reader, struct input *input,
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
		tlsrpt_parser_note(p, QUIRK_TRAILING_DATA);
	return json_reader_end(reader, err);
}

static bool has(const struct tlsrpt_parser *p, const char *name)
{
	const struct tlsrpt_member *member = tlsrpt_member_find(PLACE_REPORT, slice_of(name));

	return p->states[PLACE_REPORT].given & tlsrpt_member_bit(member);
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

/* How it was wrapped is known when the input has been read to its end. */
static bool drain(struct input *input, struct error *err)
{
	char buffer[PIECE_SIZE];
	size_t got;

	do
		if (!input_read(input, buffer, sizeof(buffer), &got, err))
			return false;
	while (got > 0);
	return true;
}

static bool read_broken(struct tlsrpt_parser *p, struct input *input, struct error *err)
{
	struct error other;

	if (!is_report(p, &other)) /* it is the break that is told */
		return false;
	return end_cut_report(p, err) && drain(input, err);
}

bool tlsrpt_json_is_broken(const struct error *err)
{
	return err->class == ERROR_REJECT && strcmp(err->reason, REASON_BAD_JSON) == 0;
}

bool tlsrpt_json_read(struct tlsrpt_report *report, struct arena *arena, struct input *input,
		      bool salvage, const struct tlsrpt_visitor *visitor, struct error *err)
{
	struct tlsrpt_parser p = { .report = report, .arena = arena, .visitor = visitor };
	struct json_reader *reader =
		json_reader_new(read_event, &p, LIMIT_JSON_DEPTH, LIMIT_TEXT_BYTES);
	bool good;

	*report = (struct tlsrpt_report){ 0 };
	if (feed(&p, reader, input, err))
		good = is_report(&p, err);
	else
		good = salvage && tlsrpt_json_is_broken(err) && read_broken(&p, input, err);
	json_reader_free(reader);
	return good;
}

/* tlsrpt_json.c - an SMTP TLS report, from JSON events
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt_json.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "ingest/report/input.h"
#include "ingest/report/reason.h"
#include "ingest/tlsrpt/tlsrpt_parser.h"

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
	p->policy = arena_alloc(p->policies, sizeof(*p->policy));
	if (!p->policy)
		return tlsrpt_no_room(err);
	p->policy->index = p->entries++;
	p->text_bytes[PLACE_POLICY_ENTRY] = 0;
	p->states[PLACE_POLICY_ENTRY] = (struct tlsrpt_place_state){ 0 };
	p->states[PLACE_POLICY] = (struct tlsrpt_place_state){ 0 };
	p->states[PLACE_SUMMARY] = (struct tlsrpt_place_state){ 0 };
	p->step->kind = TLSRPT_POLICY;
	return true;
}

static bool open_failure(struct tlsrpt_parser *p, struct error *err)
{
	p->failure = arena_alloc(p->failures, sizeof(*p->failure));
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
	p->step->kind = TLSRPT_FAILURE;
	return true;
}

static bool close_container(struct tlsrpt_parser *p, unsigned depth, struct error *err)
{
	switch (p->places[depth]) {
	case PLACE_FAILURE:
		return close_failure(p, err);
	case PLACE_POLICY_ENTRY:
		p->step->kind = TLSRPT_POLICY_END;
		return true;
	default:
		return true;
	}
}

static bool read_event(struct tlsrpt_parser *p, enum json_event event, unsigned depth,
		       struct slice text, struct error *err)
{
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
	tlsrpt_parser_note(p, QUIRK_PARTIAL);
	p->stage = CUT;
	if (is_open(p, PLACE_POLICY_ENTRY))
		end_cut_policy(p);
}

/* --- the whole -------------------------------------------------------------- */

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
	char buffer[JSON_CHUNK_SIZE];
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

static bool read_chunk(struct tlsrpt_parser *p, struct error *err)
{
	char chunk[JSON_CHUNK_SIZE];
	size_t got;

	if (!input_read(p->input, chunk, sizeof(chunk), &got, err))
		return false;
	if (got == 0) {
		p->stage = TOLD_END;
		if (json_pull_has_trailing_data(p->json))
			tlsrpt_parser_note(p, QUIRK_TRAILING_DATA);
	}
	json_pull_feed(p->json, (struct slice){ chunk, got });
	return true;
}

/* The events up to the next step. */
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
		} else if (p->stage == TOLD_END) {
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
		return false; /* it is the break that is told */
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

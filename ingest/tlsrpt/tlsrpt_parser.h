/* tlsrpt_parser.h - where the reading of an SMTP TLS report stands
 *
 * SPDX-License-Identifier: MIT
 *
 * Between tlsrpt_json.c, which follows objects and arrays, and tlsrpt_value.c,
 * which takes what stands in them.
 */
#ifndef INGEST_TLSRPT_TLSRPT_PARSER_H
#define INGEST_TLSRPT_TLSRPT_PARSER_H

#include "base/json_pull.h"
#include "ingest/tlsrpt/tlsrpt_json.h"
#include "ingest/tlsrpt/tlsrpt_member.h"

struct tlsrpt_place_state {
	uint64_t seen;	/* the name of the member occurred */
	uint64_t given; /* and its value was not null */
};

struct tlsrpt_parser {
	struct tlsrpt_report *report;
	struct arena *arena; /* of the report's texts */
	struct arena *policies, *failures;
	struct input *input;
	struct json_pull *json;
	bool salvage;
	enum { READING, TOLD_END, CUT, ENDED } stage;
	struct tlsrpt_step *step; /* to be returned */
	struct tlsrpt_policy *policy;
	struct tlsrpt_failure *failure;
	struct tlsrpt_list *list;
	const struct tlsrpt_member *member; /* of the last key; NULL: a stranger */
	enum tlsrpt_place places[LIMIT_JSON_DEPTH];
	unsigned depth; /* places that are open */
	struct tlsrpt_place_state states[PLACES];
	size_t text_bytes[PLACES]; /* kept so far, replaced ones included */
	uint64_t entries;	   /* of policies */
	bool skipping;
	unsigned skip_depth;
	bool draft, draft_failure; /* a member of a draft occurred */
};

static inline void tlsrpt_parser_note(struct tlsrpt_parser *parser, enum quirk quirk)
{
	quirk_add(&parser->report->quirks, quirk);
}

/* From here on the member is the one of that name. */
void tlsrpt_read_key(struct tlsrpt_parser *parser, enum tlsrpt_place place, struct slice name);

/* A text, number, boolean or null, as a member or as an element of an array. */
bool tlsrpt_read_value(struct tlsrpt_parser *parser, enum tlsrpt_place place,
		       enum json_event event, struct slice text, struct error *err);

/* Whether the value of the current member counts; if so, what it replaces is
 * cleared.  The RFC's name wins over an alias, a value over a null. */
bool tlsrpt_value_counts(struct tlsrpt_parser *parser, bool null);

/* Where the value of a member goes. */
void *tlsrpt_value_of(struct tlsrpt_parser *parser, const struct tlsrpt_member *member);

#endif

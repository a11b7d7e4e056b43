/* tlsrpt_member.h - the members of an SMTP TLS report, RFC 8460 section 4.4
 *
 * SPDX-License-Identifier: MIT
 *
 * One table names every member, where it belongs and where it goes; the names
 * that other software uses in its place stand right behind it (in the schema
 * of the RFC "mx-host-pattern" and "additional-info-uri" are values, and were
 * taken for keys).
 */
#ifndef INGEST_TLSRPT_TLSRPT_MEMBER_H
#define INGEST_TLSRPT_TLSRPT_MEMBER_H

#include <stdint.h>

#include "base/slice.h"

enum tlsrpt_place {
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

enum tlsrpt_form {
	FORM_TEXT,
	FORM_COUNT,
	FORM_LIST,   /* array of texts */
	FORM_OBJECT, /* opens another place */
	FORM_ARRAY,
	FORM_DRAFT, /* of drafts before the RFC, which nobody should send any more */
};

struct tlsrpt_member {
	enum tlsrpt_place place;
	struct slice name;
	enum tlsrpt_form form;
	bool alias; /* of the row above */
	size_t offset; /* of its value in the struct of the place */
	enum tlsrpt_place opens;
};

/* NULL: no such member in that place. */
const struct tlsrpt_member *tlsrpt_member_find(enum tlsrpt_place place, struct slice name);
/* The same with a name in another spelling: "organizationName" for
 * organization-name. */
const struct tlsrpt_member *tlsrpt_member_spelled(enum tlsrpt_place place, struct slice name);
/* The members of a place one after the other: NULL asks for the first one, and
 * is what follows the last. */
const struct tlsrpt_member *tlsrpt_member_next(enum tlsrpt_place place,
					       const struct tlsrpt_member *member);

/* One bit per row of the table. */
uint64_t tlsrpt_member_bit(const struct tlsrpt_member *member);

/* Where the texts of a place are counted and kept: those of a report, of a
 * policy entry or of a failure together. */
enum tlsrpt_place tlsrpt_place_owner(enum tlsrpt_place place);

#endif

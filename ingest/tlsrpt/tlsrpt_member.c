/* tlsrpt_member.c - the members of an SMTP TLS report, RFC 8460 section 4.4
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/tlsrpt/tlsrpt_member.h"

#include "ingest/tlsrpt/tlsrpt_report.h"

#define ROW(p, text, f, ...)							\
	{ .place = PLACE_##p, .name = { text, sizeof(text) - 1 }, .form = FORM_##f, __VA_ARGS__ }
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
_Static_assert(MEMBERS <= 64, "tlsrpt_member_bit() has 64 bits");

const struct tlsrpt_member *tlsrpt_member_find(enum tlsrpt_place place, struct slice name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].place == place && slice_equal(members[i].name, name))
			return &members[i];
	return NULL;
}

const struct tlsrpt_member *tlsrpt_member_spelled(enum tlsrpt_place place, struct slice name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].place == place && slice_is_spelling(name, members[i].name))
			return &members[i];
	return NULL;
}

const struct tlsrpt_member *tlsrpt_member_next(enum tlsrpt_place place,
					       const struct tlsrpt_member *member)
{
	for (member = member ? member + 1 : members; member < members + MEMBERS; member++)
		if (member->place == place)
			return member;
	return NULL;
}

uint64_t tlsrpt_member_bit(const struct tlsrpt_member *member)
{
	return UINT64_C(1) << (member - members);
}

enum tlsrpt_place tlsrpt_place_owner(enum tlsrpt_place place)
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

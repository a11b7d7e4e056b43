/* tlsrpt_failure.c - what the texts of a failure detail mean
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/domain_name.h"
#include "ingest/report/ip.h"
#include "ingest/tlsrpt/tlsrpt_cause.h"
#include "ingest/tlsrpt/tlsrpt_report.h"

static void read_ip(struct slice text, char ip[static INET6_ADDRSTRLEN], struct quirk_set *quirks)
{
	if (!ip_normalise(text, ip)) {
		ip[0] = '\0';
		if (slice_trim(text).size > 0)
			quirk_add(quirks, QUIRK_BAD_IP);
	}
}

static bool read_result(struct tlsrpt_failure *failure, struct arena *arena,
			struct quirk_set *quirks)
{
	const struct slice text = slice_trim(failure->result_type);
	const char *registered = tlsrpt_registered_result(text);

	if (text.size == 0) {
		failure->result = slice_of(TLSRPT_UNSPECIFIED);
		return true;
	}
	if (!registered) {
		quirk_add(quirks, QUIRK_UNKNOWN_TYPE);
		failure->result = arena_lower(arena, text);
		return failure->result.data;
	}
	failure->result = slice_of(registered);
	if (!slice_equal(text, failure->result))
		quirk_add(quirks, QUIRK_UNKNOWN_TYPE);
	return true;
}

bool tlsrpt_failure_interpret(struct tlsrpt_failure *failure, struct arena *arena,
			      struct quirk_set *quirks)
{
	struct tlsrpt_count *count = &failure->failed_session_count;

	if (!count->given) {
		count->number = 1;
		quirk_add(quirks, QUIRK_NO_COUNT);
	}
	read_ip(failure->sending_mta_ip, failure->source.ip, quirks);
	read_ip(failure->receiving_ip, failure->server_ip, quirks);
	if (!domain_normalise(arena, failure->receiving_mx_hostname,
			      &failure->receiving_mx_domain))
		failure->receiving_mx_domain = (struct slice){ NULL, 0 };
	return read_result(failure, arena, quirks) && !arena->overflowed;
}

/* test_trust.c - which marks a report mail gets for what it says of itself
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/organizational_domain.h"
#include "ingest/trust/trust.h"
#include "tests/lib/rows.h"

static void owners(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "example.com", "example.com", true },
		{ "mail.example.com", "example.com", true },
		{ "a.example.com", "b.c.example.com", true },
		{ "example.com", "example.net", false },
		{ "example.co.uk", "other.co.uk", false },
		{ "mail.example.co.uk", "example.co.uk", true },
		{ "badexample.com", "example.com", false },
		{ "co.uk", "co.uk", true },
		{ "co.uk", "example.co.uk", false },
		{ "localhost", "localhost", true },
		{ "", "", false },
		{ NULL, "example.com", false },
	};

	(void)state;
	FOR_ROWS (i, cases)
		if (same_organization(slice_of(cases[i].a), slice_of(cases[i].b)) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
}

static void marks(void **state)
{
	static const char *const hosts[] = { "mx.example.com", NULL };
	static const struct {
		bool trusting;
		const char *verdict, *signer, *from, *contact, *submitter;
		enum quirk mark, second; /* QUIRK_COUNT: none */
	} cases[] = {
		{ true, "pass", "r.example", "r.example", "r.example", NULL, QUIRK_COUNT,
		  QUIRK_COUNT },
		{ true, "pass", "mail.r.example", "r.example", "r.example", NULL, QUIRK_DKIM_DOMAIN,
		  QUIRK_COUNT },
		{ true, "pass", "bulk.test", "r.example", "r.example", NULL, QUIRK_UNAUTHENTICATED,
		  QUIRK_COUNT },
		{ true, "pass", "s.test", "r.example", "r.example", "s.test", QUIRK_UNAUTHENTICATED,
		  QUIRK_COUNT },
		{ true, "pass", "s.r.example", "r.example", "r.example", "s.r.example", QUIRK_COUNT,
		  QUIRK_COUNT },
		{ true, "pass", NULL, "r.example", "r.example", NULL, QUIRK_UNAUTHENTICATED,
		  QUIRK_COUNT },
		{ true, "fail", "r.example", "r.example", "r.example", NULL, QUIRK_UNAUTHENTICATED,
		  QUIRK_COUNT },
		{ true, "none", NULL, "r.example", NULL, NULL, QUIRK_UNAUTHENTICATED, QUIRK_COUNT },
		{ true, "unknown", NULL, "r.example", NULL, NULL, QUIRK_DKIM_UNKNOWN, QUIRK_COUNT },
		{ true, "unknown", NULL, NULL, "r.example", NULL, QUIRK_COUNT, QUIRK_COUNT },
		{ false, "unknown", NULL, "r.example", NULL, NULL, QUIRK_COUNT, QUIRK_COUNT },
		{ false, NULL, NULL, "x.test", "r.example", NULL, QUIRK_SENDER_DIFFERS,
		  QUIRK_COUNT },
		{ true, "pass", "x.test", "x.test", "r.example", NULL, QUIRK_SENDER_DIFFERS,
		  QUIRK_COUNT },
		{ true, "fail", "x.test", "x.test", "r.example", NULL, QUIRK_SENDER_DIFFERS,
		  QUIRK_UNAUTHENTICATED },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct ingest_settings settings = {
			.trusted_authserv = cases[i].trusting ? hosts : NULL,
		};
		const struct mail_headers headers = {
			.dkim_verdict = cases[i].verdict,
			.dkim_domains = { slice_of("esp.test"), slice_of(cases[i].signer) },
			.dkim_domain_count = cases[i].signer ? 2 : 0,
			.from_domain = slice_of(cases[i].from),
			.tls_report_submitter = slice_of(cases[i].submitter),
		};
		struct quirk_set got = { 0 }, expected = { 0 };

		if (cases[i].mark != QUIRK_COUNT)
			quirk_add(&expected, cases[i].mark);
		if (cases[i].second != QUIRK_COUNT)
			quirk_add(&expected, cases[i].second);
		trust_note(&settings, &headers, slice_of(cases[i].contact), &got);
		if (memcmp(&got, &expected, sizeof(got)) != 0)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners),
		cmocka_unit_test(marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

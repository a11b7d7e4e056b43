/* test_mail_headers.c - what a report mail says about itself, and who vouches
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ingest/trust/mail_headers.h"

static const char *const trusted[] = { "mx.example.com", "mx2.example.com", NULL };

static struct mail_headers read_headers(struct arena *arena, const char *mail)
{
	struct mail_headers headers;
	struct mime *mime;
	struct error err;

	arena_init(arena, MIB);
	mime_init();
	assert_true(mime_open(slice_of(mail), 16, &mime, &err));
	mail_headers_read(&headers, arena, mime, trusted);
	mime_close(mime);
	return headers;
}

static void fields(void **state)
{
	struct arena arena;
	const struct mail_headers h = read_headers(&arena,
		"Received: from a by b;\r\n Tue, 03 Nov 2026 10:00:00 +0000\r\n"
		"Received: from c by a; Mon, 02 Nov 2026 10:00:00 +0000\r\n"
		"From: \"a@b.example\" <noreply@Mail.Reporter.example> (x)\r\n"
		"Subject: =?utf-8?Q?Report_Domain=3A_example.com?=\r\n"
		"Message-ID: <1@reporter.example>\r\n"
		"TLS-Report-Domain: Example.com.\r\n"
		"TLS-Report-Submitter: Reporter.example\r\n\r\n");

	(void)state;
	assert_true(slice_is(h.from_domain, "mail.reporter.example"));
	assert_true(slice_is(h.subject, "Report Domain: example.com"));
	assert_true(slice_is(h.message_id, "<1@reporter.example>"));
	assert_true(slice_is(h.tls_report_domain, "example.com"));
	assert_true(slice_is(h.tls_report_submitter, "reporter.example"));
	assert_int_equal(h.date, 1793700000); /* of the last hop */
	assert_string_equal(h.dkim_verdict, "unknown");
	arena_release(&arena);
}

static void date_wins_and_absence_is_told(void **state)
{
	struct arena arena;
	struct mail_headers h = read_headers(&arena,
		"Received: from a by b; Tue, 03 Nov 2026 10:00:00 +0000\r\n"
		"Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nFrom: nobody\r\n\r\n");

	(void)state;
	assert_int_equal(h.date, 1793613600);
	assert_null(h.from_domain.data);
	arena_release(&arena);
	h = read_headers(&arena, "Date: yesterday\r\n\r\n");
	assert_int_equal(h.date, 0);
	arena_release(&arena);
}

static void assert_signers(const struct mail_headers *h, struct slice expected)
{
	for (size_t i = 0; i < h->dkim_domain_count; i++)
		assert_true(slice_equal(h->dkim_domains[i], slice_split(expected, ' ', &expected)));
	assert_null(expected.data);
}

static void verdicts(void **state)
{
	/* domains: of all signatures, blanks between */
	static const struct { const char *fields, *verdict, *domains; } cases[] = {
		{ "", "unknown", NULL },
		{ "Authentication-Results: mx.example.com; dkim=pass header.d=r.example\r\n",
		  "pass", "r.example" },
		{ "Authentication-Results: MX.example.com 1; spf=pass smtp.mailfrom=x@r.example;\r\n"
		  " dkim=pass (2048-bit; \"dkim=fail\") header.i=@r.example header.s=s\r\n",
		  "pass", "r.example" },
		{ "Authentication-Results: mx.example.com; dkim=fail header.d=a.example;\r\n"
		  " dkim=pass header.d=r.example\r\n", "pass", "r.example" },
		{ "Authentication-Results: mx.example.com; dkim=pass header.d=r.example;\r\n"
		  " dkim=fail header.d=a.example\r\n", "pass", "r.example" },
		{ "Authentication-Results: mx.example.com; dkim=pass header.d=esp.example;\r\n"
		  " dkim=fail header.d=a.example; dkim=pass header.d=R.example\r\n",
		  "pass", "esp.example r.example" },
		{ "Authentication-Results: mx.example.com; dkim=permerror header.d=r.example\r\n",
		  "fail", "r.example" },
		{ "Authentication-Results: mx.example.com; dkim=none\r\n", "none", NULL },
		{ "Authentication-Results: mx.example.com; dkim=temperror\r\n", "unknown", NULL },
		/* nobody we trust */
		{ "Authentication-Results: mx.evil.example; dkim=pass header.d=r.example\r\n",
		  "unknown", NULL },
		{ "Authentication-Results: mx.example.com.evil; dkim=pass header.d=r.example\r\n",
		  "unknown", NULL },
		/* the upper one decides; one without DKIM does not */
		{ "Authentication-Results: mx.example.com; dkim=fail header.d=r.example\r\n"
		  "Authentication-Results: mx.example.com; dkim=pass header.d=r.example\r\n",
		  "fail", "r.example" },
		{ "Authentication-Results: mx2.example.com; spf=pass\r\n"
		  "Authentication-Results: mx.example.com; dkim=pass header.d=r.example\r\n",
		  "pass", "r.example" },
		{ "Authentication-Results: mx.example.com; none\r\n", "unknown", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char mail[1000];
		struct arena arena;
		struct mail_headers h;

		snprintf(mail, sizeof(mail), "%sSubject: x\r\n\r\n", cases[i].fields);
		h = read_headers(&arena, mail);
		if (strcmp(h.dkim_verdict, cases[i].verdict) != 0)
			fail_msg("case %zu: %s", i, h.dkim_verdict);
		assert_signers(&h, slice_of(cases[i].domains));
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(date_wins_and_absence_is_told),
		cmocka_unit_test(verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
#include "tests/lib/rows.h"

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
	const struct mail_headers h = read_headers(
		&arena, "Received: from a by b;\r\n Tue, 03 Nov 2026 10:00:00 +0000\r\n"
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
	struct mail_headers h = read_headers(
		&arena, "Received: from a by b; Tue, 03 Nov 2026 10:00:00 +0000\r\n"
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

#define AR "Authentication-Results: mx.example.com; "
#define FORGED AR "dkim=pass header.d=google.com\r\n"
#define TEN(text) text text text text text text text text text text
#define LONG TEN(TEN(TEN(TEN("abcdefg")))) /* more than LIMIT_TEXT_BYTES */

static void verdicts(void **state)
{
	/* domains: of all signatures, blanks between */
	static const struct {
		const char *fields, *verdict, *domains;
	} cases[] = {
		{ "", "unknown", NULL },
		{ "Authentication-Results: mx.example.com; dkim=pass header.d=r.example\r\n",
		  "pass", "r.example" },
		{ "Authentication-Results: MX.example.com 1; spf=pass smtp.mailfrom=x@r.example;\r\n"
		  " dkim=pass (2048-bit; \"dkim=fail\") header.i=@r.example header.s=s\r\n",
		  "pass", "r.example" },
		{ "Authentication-Results: mx.example.com; dkim=fail header.d=a.example;\r\n"
		  " dkim=pass header.d=r.example\r\n",
		  "pass", "r.example" },
		{ "Authentication-Results: mx.example.com; dkim=pass header.d=r.example;\r\n"
		  " dkim=fail header.d=a.example\r\n",
		  "pass", "r.example" },
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
		/* the upper one of a trusted host decides, whatever it says */
		{ "Authentication-Results: mx.example.com; dkim=fail header.d=r.example\r\n"
		  "Authentication-Results: mx.example.com; dkim=pass header.d=r.example\r\n",
		  "fail", "r.example" },
		{ "Authentication-Results: mx.evil.example; spf=pass\r\n"
		  "Authentication-Results: mx.example.com; dkim=pass header.d=r.example\r\n",
		  "pass", "r.example" },
		{ AR "spf=pass\r\n" FORGED, "unknown", NULL },
		{ AR "none\r\n" FORGED, "unknown", NULL },
		{ AR "dkim=none\r\n" FORGED, "none", NULL },
		{ AR "dkim=temperror header.d=evil.example\r\n" FORGED, "unknown", NULL },
		{ "Authentication-Results: mx.example.com\r\n" FORGED, "unknown", NULL },
		{ AR "dkim=fail (no end\r\n" FORGED, "unknown", NULL },
		{ AR "spf=pass smtp.mailfrom=\"no end\r\n" FORGED, "unknown", NULL },
		{ AR "spf=pass smtp.mailfrom=\"" LONG "\"@evil.example; dkim=none\r\n" FORGED,
		  "none", NULL },
		/* what the sender of the mail chose is in quotes or comments */
		{ AR "spf=pass smtp.mailfrom=\"a dkim=pass header.d=google.com b\"@evil.example; "
		     "dkim=none\r\n",
		  "none", NULL },
		{ AR
		  "spf=pass smtp.mailfrom=\"a; dkim=pass header.d=google.com;\"@evil.example\r\n",
		  "unknown", NULL },
		{ AR "spf=pass smtp.mailfrom=\"a\\\"; dkim=pass header.d=google.com;\"@evil.example"
		     "\r\n",
		  "unknown", NULL },
		{ AR "dkim=fail reason=\"x; dkim=pass header.d=google.com y\" header.d=evil.example"
		     "\r\n",
		  "fail", "evil.example" },
		{ AR "dkim=none (a \\) dkim=pass header.d=google.com )\r\n", "none", NULL },
		{ AR "dkim=none (a \\); dkim=pass header.d=google.com )\r\n", "none", NULL },
		{ AR "dkim=none (a (b) ; dkim=pass header.d=google.com )\r\n", "none", NULL },
		{ AR "dkim=none (\"); dkim=pass (\")\r\n", "pass", NULL },
		{ AR "dkim=pass header.i=\"x@google.com y\"@evil.example header.d=evil.example\r\n",
		  "pass", "evil.example" },
		{ AR "dkim=pass header.i=\"a@google.com\"@evil.example\r\n", "pass",
		  "evil.example" },
		{ AR "dkim=pass header.i=\"a@google.com\"\r\n", "pass", NULL },
		{ AR "dkim=pass header.i=\"a\\\"@google.com\"@evil.example\r\n", "pass",
		  "evil.example" },
		{ AR "dkim=pass header.b=\"x header.d=google.com z\" header.d=evil.example\r\n",
		  "pass", "evil.example" },
		{ AR "dkim=pass header.i=@sub.evil.example header.d=evil.example\r\n", "pass",
		  "evil.example" },
		/* encoded words are no syntax */
		{ AR "spf=pass smtp.mailfrom==?utf-8?q?x;_dkim=3Dpass_header.d=3Dgoogle.com?="
		     "@evil.example; dkim=none\r\n",
		  "none", NULL },
		{ AR "dkim=none (=?utf-8?q?=29;_dkim=3Dpass_header.d=3Dgoogle.com?=)\r\n", "none",
		  NULL },
		/* a method stands behind a ';', and nowhere else */
		{ AR "spf=pass dkim=pass header.d=google.com\r\n", "unknown", NULL },
		{ AR "x-dkim=pass header.d=google.com\r\n", "unknown", NULL },
		{ "Authentication-Results: mx.example.com 1 dkim=pass header.d=google.com\r\n",
		  "unknown", NULL },
		/* the rest of the grammar */
		{ "Authentication-Results: (c) \"mx.example.com\" (c) 1 (c) ; (c) dkim/1 (c) = (c) pass"
		  "\r\n\treason = \"good\" header.d = \"r.example\" ;\r\n",
		  "pass", "r.example" },
		{ AR
		  "spf=pass smtp.mailfrom=SRS0=a=b=c@x.example; dkim=pass header.d=r.example\r\n",
		  "pass", "r.example" },
		{ "Authentication-Results: \"mx.example.com\\\"; dkim=pass header.d=r.example\r\n",
		  "unknown", NULL },
		{ "Authentication-Results: mx.example.com; none\r\n", "unknown", NULL },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		static char mail[100000];
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

/* test_failure.c - DMARC failure reports, mail in and document out
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ingest/ingest.h"
#include "ingest/report/quirk.h"
#include "tests/lib/drain.h"
#include "tests/lib/rows.h"

#define OUTER                                                                             \
	"From: DMARC <noreply@reporter.example>\r\n"                                      \
	"Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n"                                       \
	"MIME-Version: 1.0\r\n"                                                           \
	"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n" \
	"--b\r\nContent-Type: text/plain\r\n\r\nSomething failed.\r\n"
#define FEEDBACK "--b\r\nContent-Type: message/feedback-report\r\n\r\n"
#define FIELDS                                                                                     \
	"Feedback-Type: auth-failure\r\nVersion: 1\r\nUser-Agent: Filter/1.0\r\n"                  \
	"Source-IP: 192.0.2.7\r\nReported-Domain: Example.com\r\nAuth-Failure: dmarc\r\n"          \
	"Arrival-Date: Sun, 01 Nov 2026 08:00:00 +0200\r\nDelivery-Result: reject\r\n"             \
	"Original-Mail-From: <secret.person@bounce.example.com>\r\n"                               \
	"Authentication-Results: mx.reporter.example;\r\n dmarc=fail header.from=example.com;\r\n" \
	" spf=fail smtp.mailfrom=secret.person@bounce.example.com\r\n"                             \
	"Identity-Alignment: none\r\n"
#define SAMPLE_HEADER                                                                     \
	"From: \"Secret Person\" <secret.person@example.com>\r\n"                         \
	"To: secret.one@one.example, \"secret@two.example\" <secret.two@two.example>\r\n" \
	"Subject: for secret.person@example.com only\r\n"                                 \
	"Message-ID: <1@example.com>\r\n"                                                 \
	"DKIM-Signature: v=1; d=example.com; s=sel;\r\n b=xyz\r\n\r\n"
#define SAMPLE "--b\r\nContent-Type: message/rfc822\r\n\r\n" SAMPLE_HEADER "secret words\r\n"
#define END "--b--\r\n"

struct collector {
	struct taker taker;
	struct strbuf failure, feed;
	unsigned failures;
	char id[HASH_ID_SIZE];
};

static bool collect(struct taker *taker, const struct document_name *name, struct slice json,
		    struct error *err)
{
	struct collector *c = (struct collector *)(void *)taker;
	struct strbuf *out = name->kind == DOCUMENT_DMARC_FAILURE ? &c->failure : &c->feed;

	(void)err;
	strbuf_reset(out);
	strbuf_add_slice(out, json);
	if (name->kind == DOCUMENT_DMARC_FAILURE) {
		c->failures++;
		memcpy(c->id, name->id, sizeof(c->id));
	}
	return true;
}

struct fixture {
	struct ingest_settings settings;
	struct tenant_table *tenants;
	struct ingest *ingest;
	struct ingest_result result;
	struct collector collector;
};

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .tenants = tenant_table_new() };
	f.settings.tenants = f.tenants;
	f.settings.now = 1796000000;
	ingest_limits_default(&f.settings.limits);
	f.ingest = ingest_new(&f.settings);
	f.collector.taker.take = collect;
	strbuf_init(&f.collector.failure, LIMIT_DOCUMENT_BYTES);
	strbuf_init(&f.collector.feed, LIMIT_DOCUMENT_BYTES);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	ingest_free(f->ingest);
	tenant_table_free(f->tenants);
	strbuf_release(&f->collector.failure);
	strbuf_release(&f->collector.feed);
	return 0;
}

static void read_mail(struct fixture *f, const char *mail)
{
	struct error err;

	f->collector.failures = 0;
	strbuf_reset(&f->collector.failure);
	ingest_begin_mail(f->ingest, slice_of(mail));
	assert_true(drain(f->ingest, &f->collector.taker, &err));
	f->result = *ingest_result_of(f->ingest);
}

static void expect_member(const struct fixture *f, const char *member)
{
	if (!strstr(f->collector.failure.buf, member))
		fail_msg("%s is not in %s", member, f->collector.failure.buf);
}

static bool has_quirk(const struct fixture *f, enum quirk quirk)
{
	return quirk_has(&f->result.summaries->quirks, quirk);
}

static void a_complete_report(void **state)
{
	static const char *const members[] = {
		"\"@timestamp\":\"2026-11-01T06:00:00Z\"",
		"\"event.outcome\":\"failure\"",
		"\"report.organization\":\"reporter.example\"",
		"\"dmarc.incidents\":1",
		"\"dmarc.domain\":\"example.com\"",
		"\"dmarc.header_from\":\"example.com\"",
		"\"dmarc.envelope_from\":\"bounce.example.com\"",
		"\"dmarc.envelope_to\":[\"one.example\",\"two.example\"]",
		"\"dmarc.result\":\"fail\"",
		"\"dmarc.failure.identity_alignment\":[\"none\"]",
		"\"dmarc.failure.delivery_result\":\"reject\"",
		"\"dmarc.failure.header_only\":false",
		"\"email.subject\":\"for @example.com only\"",
		"\"email.message_id\":\"<1@example.com>\"",
		"\"dmarc.dkim.selector\":[\"sel\"]",
		"\"source.ip\":\"192.0.2.7\"",
		"smtp.mailfrom=@bounce.example.com",
	};
	struct fixture *f = *state;

	read_mail(f, OUTER FEEDBACK FIELDS SAMPLE END);
	assert_int_equal(f->result.rejects, 0);
	assert_int_equal(f->result.kind, REPORT_FAILURE);
	assert_int_equal(f->collector.failures, 1);
	FOR_ROWS (i, members)
		expect_member(f, members[i]);
	assert_int_equal(f->result.summaries->quirks.bits[0], 0);
	assert_int_equal(f->result.summaries->quirks.bits[1], 0);
	assert_non_null(strstr(f->collector.feed.buf, "\"feed.kind\":\"failure\""));
}

static void people_are_left_out(void **state)
{
	struct fixture *f = *state;

	read_mail(f, OUTER FEEDBACK FIELDS
		  "Original-Rcpt-To: secret.rcpt@example.net\r\n"
		  "Reported-URI: mailto:secret.person@example.com\r\n"
		  "DKIM-Identity: secret.person@example.com\r\n"
		  "Original-Envelope-Id: secret+tag=x@example.com\r\n" SAMPLE END);
	assert_int_equal(f->collector.failures, 1);
	if (strstr(f->collector.failure.buf, "ecret"))
		fail_msg("%s", f->collector.failure.buf);
}

/* The member's value, up to and with what ends it. */
static void value_of(const struct fixture *f, const char *member, char value[static 128])
{
	const char *at = strstr(f->collector.failure.buf, member);
	size_t size;

	assert_non_null(at);
	at += strlen(member);
	size = strcspn(at, ",");
	assert_true(size < 128);
	memcpy(value, at, size);
	value[size] = '\0';
}

static void people_become_pseudonyms_where_asked(void **state)
{
	struct fixture *f = *state;
	char from[128], again[128], other[128], minimal_id[HASH_ID_SIZE];

	read_mail(f, OUTER FEEDBACK FIELDS SAMPLE END);
	assert_null(strstr(f->collector.failure.buf, "email.from.address"));
	memcpy(minimal_id, f->collector.id, sizeof(minimal_id));

	f->settings.failure_personal = PERSONAL_HASHED;
	f->settings.personal_key = slice_of("one key");
	read_mail(f, OUTER FEEDBACK FIELDS SAMPLE END);
	assert_null(strstr(f->collector.failure.buf, "secret.person"));
	assert_null(strstr(f->collector.failure.buf, "secret.two"));
	value_of(f, "\"email.from.address\":", from);
	assert_non_null(strstr(from, "@example.com>"));
	assert_null(strstr(from, "<@"));
	read_mail(f, OUTER FEEDBACK FIELDS SAMPLE END);
	value_of(f, "\"email.from.address\":", again);
	assert_string_equal(from, again);
	/* the mode is no part of what the report is */
	assert_string_equal(f->collector.id, minimal_id);

	f->settings.personal_key = slice_of("another key");
	read_mail(f, OUTER FEEDBACK FIELDS SAMPLE END);
	value_of(f, "\"email.from.address\":", other);
	assert_string_not_equal(from, other);

	f->settings.failure_personal = PERSONAL_FULL;
	read_mail(f, OUTER FEEDBACK FIELDS SAMPLE END);
	expect_member(f, "<secret.person@example.com>");
	expect_member(f, "\"email.subject\":\"for secret.person@example.com only\"");
	expect_member(f, "\"dmarc.failure.mail_from\":[\"<secret.person@bounce.example.com>\"]");
	assert_string_equal(f->collector.id, minimal_id);
}

static void variants(void **state)
{
	static const struct {
		const char *mail;
		enum quirk quirk; /* QUIRK_COUNT: none is looked for */
		const char *member;
	} cases[] = {
		/* a name after the address; no blank, LF alone, folded */
		{ OUTER FEEDBACK
		  "Feedback-Type:auth-failure\nVersion:1\nAuth-Failure:dmarc\n"
		  "Source-IP:192.0.2.9 (mail.example.com)\nReported-Domain:\n example.com\n" END,
		  QUIRK_ARF_MISSING, "\"source.ip\":\"192.0.2.9\"" },
		/* base64, and not in a multipart/report */
		{ "From: a@reporter.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
		  "--b\r\nContent-Type: message/feedback-report\r\n"
		  "Content-Transfer-Encoding: base64\r\n\r\n"
		  "RmVlZGJhY2stVHlwZTogYXV0aC1mYWlsdXJlClNvdXJjZS1JUDogMTkyLjAuMi45Cg==\r\n" END,
		  QUIRK_ARF_MIME, "\"source.ip\":\"192.0.2.9\"" },
		/* required fields are missing or empty */
		{ OUTER FEEDBACK "Feedback-Type: auth-failure\r\nVersion: 1.0\r\n"
				 "Original-Mail-From:\r\nSource-IP: 192.0.2.9\r\n" SAMPLE END,
		  QUIRK_ARF_MISSING, "\"dmarc.domain\":\"example.com\"" },
		/* header alone, under an odd type */
		{ OUTER FEEDBACK FIELDS
		  "--b\r\nContent-Type: text/rfc-822-headers\r\n\r\n" SAMPLE_HEADER END,
		  QUIRK_COUNT, "\"dmarc.failure.header_only\":true" },
		/* words for the delivery that RFC 6591 does not have */
		{ OUTER FEEDBACK FIELDS "Delivery-Result: smg-policy\r\n" END, QUIRK_COUNT,
		  "\"dmarc.failure.delivery_result\":\"reject\"" },
		{ OUTER FEEDBACK "Feedback-Type: auth-failure\r\nDelivery-Result: thrown away\r\n"
				 "Source-IP: 192.0.2.9\r\n" END,
		  QUIRK_DELIVERY_FREE, "\"dmarc.failure.delivery_result_raw\":[\"thrown away\"]" },
		/* a mailing list has made text of the part */
		{ OUTER "--b\r\nContent-Type: text/plain\r\n\r\n" FIELDS END, QUIRK_WRAPPED,
		  "\"source.ip\":\"192.0.2.7\"" },
		{ OUTER FEEDBACK FIELDS "Incidents: 5\r\n" END, QUIRK_COUNT,
		  "\"dmarc.incidents\":5" },
		{ OUTER FEEDBACK FIELDS "Incidents: many\r\n" END, QUIRK_BAD_NUMBER,
		  "\"dmarc.incidents\":1" },
		{ OUTER FEEDBACK "Feedback-Type: auth-failure\r\nSource-IP: unknown\r\n"
				 "Identity-Alignment: DKIM , spf (relaxed)\r\n" END,
		  QUIRK_ARF_MISSING, "\"dmarc.failure.identity_alignment\":[\"dkim\",\"spf\"]" },
		{ OUTER FEEDBACK "Feedback-Type: auth-failure\r\nSource-IP: unknown\r\n" END,
		  QUIRK_ARF_MISSING, "\"source.ip_raw\":\"unknown\"" },
		{ OUTER FEEDBACK FIELDS "Reported-URI: https://bad.example/x\r\n" END, QUIRK_COUNT,
		  "\"dmarc.failure.reported_uri\":[\"hxxps://bad.example/x\"]" },
		/* Exim's notice */
		{ "From: no-reply@gate.example\r\nContent-Type: text/plain\r\n\r\n"
		  "A message claiming to be from you has failed the published DMARC policy.\n\n"
		  "  Sender Domain: example.com\n  Sender IP Address: 192.0.2.9\n"
		  "  Received Date: Sun, 01 Nov 2026 08:00:00 +0200\n  SPF Alignment: no\n"
		  "  DKIM Alignment: no\n  DMARC Results: None, Accept\n\n"
		  "------ This is a copy of the headers that were received\n\n" SAMPLE_HEADER,
		  QUIRK_NO_ARF, "\"dmarc.failure.delivery_result\":\"delivered\"" },
		/* a time that cannot be true costs the report nothing */
		{ OUTER FEEDBACK "Feedback-Type: auth-failure\r\nSource-IP: 192.0.2.9\r\n"
				 "Reported-Domain: example.com\r\n"
				 "Arrival-Date: Thu, 03 Jan 2999 08:00:00 +0000\r\n" SAMPLE END,
		  QUIRK_NO_ARRIVAL,
		  "\"dmarc.failure.arrival_date_raw\":\"Thu, 03 Jan 2999 08:00:00 +0000\"" },
	};
	struct fixture *f = *state;

	FOR_ROWS (i, cases) {
		read_mail(f, cases[i].mail);
		if (f->collector.failures != 1 || f->result.rejects)
			fail_msg("case %zu: %s", i, f->result.reject.text);
		expect_member(f, cases[i].member);
		if (cases[i].quirk != QUIRK_COUNT && !has_quirk(f, cases[i].quirk))
			fail_msg("case %zu lacks %s", i, quirk_code(cases[i].quirk));
	}
}

static void what_is_no_failure_report(void **state)
{
	static const struct {
		const char *mail, *reason;
	} cases[] = {
		{ OUTER FEEDBACK "Feedback-Type: abuse\r\nSource-IP: 192.0.2.9\r\n" SAMPLE END,
		  "unsupported" },
		{ OUTER FEEDBACK "Feedback-Type: auth-failure\r\n" SAMPLE END, "not-a-report" },
		{ OUTER FEEDBACK "\r\n" END, "not-a-report" },
	};
	struct fixture *f = *state;

	FOR_ROWS (i, cases) {
		read_mail(f, cases[i].mail);
		assert_int_equal(f->collector.failures, 0);
		assert_int_equal(f->result.rejects, 1);
		assert_string_equal(f->result.reject.reason, cases[i].reason);
	}
}

static void a_repeat_has_the_same_id(void **state)
{
	struct fixture *f = *state;
	char first[HASH_ID_SIZE];

	read_mail(f, OUTER FEEDBACK FIELDS SAMPLE END);
	memcpy(first, f->collector.id, sizeof(first));
	read_mail(f, "Received: by another; Tue, 03 Nov 2026 10:00:00 +0000\r\n" OUTER FEEDBACK
			     FIELDS SAMPLE END);
	assert_string_equal(f->collector.id, first);
	read_mail(f, OUTER FEEDBACK FIELDS "Incidents: 2\r\n" SAMPLE END);
	assert_string_not_equal(f->collector.id, first);
}

static void sample_attachments_are_counted_not_kept(void **state)
{
	struct fixture *f = *state;

	read_mail(f, OUTER FEEDBACK FIELDS
		  "--b\r\nContent-Type: message/rfc822\r\n\r\n"
		  "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
		  "--c\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
		  "--c\r\nContent-Type: application/zip; name=\"invoice.zip\"\r\n\r\nabc\r\n"
		  "--c--\r\n" END);
	assert_int_equal(f->result.rejects, 0);
	expect_member(f, "\"dmarc.failure.attachments\":1");
	expect_member(f, "\"dmarc.failure.attachment.type\":[\"application/zip\"]");
	expect_member(f, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_complete_report),
		TEST(people_are_left_out),
		TEST(people_become_pseudonyms_where_asked),
		TEST(variants),
		TEST(what_is_no_failure_report),
		TEST(a_repeat_has_the_same_id),
		TEST(sample_attachments_are_counted_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

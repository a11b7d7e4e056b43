/* test_signature.c - mails that are signed well, badly, and not at all
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ingest/trust/signature.h"
#include "tests/lib/rows.h"
#include "tests/lib/sign.h"

#define HEADER                                                         \
	"From: reports@r.example\r\nSubject: Report\r\n  of today\r\n" \
	"TLS-Report-Domain: example.com\r\n\r\n"
#define MAIL HEADER "A report.  \r\n\r\nThe end.\r\n\r\n"
#define DAY 86400

static struct sign_key rsa, other_rsa, small_rsa, ed25519;

/* What DNS says, and how often it has been asked. */
struct keys {
	const char *record;         /* before the key, such as "v=DKIM1; "; NULL: no such name */
	const struct sign_key *key; /* NULL: the record is all */
	bool away, of_a_only;       /* nobody tells; of names below a.r.example alone */
	unsigned questions;
};

static void answer(struct signatures *signatures, const char *name, struct keys *keys)
{
	struct strbuf texts;

	keys->questions++;
	if (keys->away && (!keys->of_a_only || strstr(name, "._domainkey.a.r.example")))
		return;
	strbuf_init(&texts, 16 * KIB);
	if (keys->record && strstr(name, "._domainkey.")) {
		strbuf_add_text(&texts, keys->record);
		if (keys->key) {
			strbuf_add_text(&texts, keys->key->ed25519 ? "k=ed25519; p=" : "k=rsa; p=");
			strbuf_add_slice(&texts, strbuf_slice(&keys->key->public_key));
		}
		strbuf_add_byte(&texts, '\0');
	}
	signatures_answer(signatures, name, strbuf_slice(&texts));
	strbuf_release(&texts);
}

/* "verdict domain domain"; until the next call. */
static const char *verdict(struct keys *keys, const struct strbuf *mail, int64_t received)
{
	static char text[500];
	struct signatures *signatures = signatures_new();
	struct mail_headers headers = { .dkim_verdict = "unknown",
					.received = received,
					.tls_report_domain = slice_of("example.com"),
					.from_domain = slice_of("r.example") };
	struct strbuf out;
	struct arena arena;
	const char *name;

	arena_init(&arena, MIB);
	strbuf_init(&out, sizeof(text) - 1);
	signatures_begin(signatures, strbuf_slice(mail), &arena, &headers);
	for (size_t i = 0; (name = signatures_key(signatures, i)); i++)
		answer(signatures, name, keys);
	signatures_end(signatures);
	strbuf_add_text(&out, headers.dkim_verdict);
	for (size_t i = 0; i < headers.dkim_domain_count; i++)
		strbuf_add_format(&out, " %.*s", (int)headers.dkim_domains[i].size,
				  headers.dkim_domains[i].data);
	memcpy(text, out.buf, out.len + 1);
	strbuf_release(&out);
	arena_release(&arena);
	signatures_free(signatures);
	return text;
}

static void replace(struct strbuf *mail, const char *from, const char *to)
{
	const size_t at = slice_find_text(strbuf_slice(mail), from);
	struct strbuf changed;

	assert_true(at < mail->len);
	strbuf_init(&changed, mail->limit);
	strbuf_add(&changed, mail->buf, at);
	strbuf_add_text(&changed, to);
	strbuf_add_text(&changed, mail->buf + at + strlen(from));
	strbuf_release(mail);
	*mail = changed;
}

static void one_signature(void **state)
{
	static const struct {
		const char *what;
		struct signing signing;
		struct keys keys;
		const char *from, *to; /* what is changed on the way; NULL: nothing */
		const char *expected;
	} cases[] = {
		{ "good",
		  { .key = &rsa },
		  { .record = "v=DKIM1; ", .key = &rsa },
		  NULL,
		  NULL,
		  "pass r.example" },
		{ "simple",
		  { .key = &rsa, .simple = true },
		  { .record = "v=DKIM1; ", .key = &rsa },
		  NULL,
		  NULL,
		  "pass r.example" },
		{ "ed25519",
		  { .key = &ed25519 },
		  { .record = "v=DKIM1; ", .key = &ed25519 },
		  NULL,
		  NULL,
		  "pass r.example" },
		{ "a field on top",
		  { .key = &rsa },
		  { .record = "", .key = &rsa },
		  "DKIM-S",
		  "Received: from a by b\r\nDKIM-S",
		  "pass r.example" },
		{ "blanks",
		  { .key = &rsa },
		  { .record = "", .key = &rsa },
		  "A report.  ",
		  "A  report.",
		  "pass r.example" },
		{ "blanks, simple",
		  { .key = &rsa, .simple = true },
		  { .record = "", .key = &rsa },
		  "A report.  ",
		  "A report.",
		  "fail r.example" },
		{ "body altered",
		  { .key = &rsa },
		  { .record = "", .key = &rsa },
		  "A report",
		  "B report",
		  "fail r.example" },
		{ "body longer",
		  { .key = &rsa },
		  { .record = "", .key = &rsa },
		  "The end.",
		  "The end.\r\nMore.",
		  "fail r.example" },
		{ "header altered",
		  { .key = &rsa },
		  { .record = "", .key = &rsa },
		  "of today",
		  "of now",
		  "fail r.example" },
		{ "signer altered",
		  { .key = &rsa },
		  { .record = "", .key = &rsa },
		  "d=r.example",
		  "d=q.example",
		  "fail q.example" },
		{ "another key",
		  { .key = &rsa },
		  { .record = "", .key = &other_rsa },
		  NULL,
		  NULL,
		  "fail r.example" },
		{ "a key of another kind",
		  { .key = &rsa },
		  { .record = "", .key = &ed25519 },
		  NULL,
		  NULL,
		  "fail r.example" },
		{ "a small key",
		  { .key = &small_rsa },
		  { .record = "", .key = &small_rsa },
		  NULL,
		  NULL,
		  "fail r.example" },
		{ "SHA-1",
		  { .key = &rsa, .sha1 = true },
		  { .record = "", .key = &rsa },
		  NULL,
		  NULL,
		  "fail r.example" },
		{ "no key", { .key = &rsa }, { .record = NULL }, NULL, NULL, "fail r.example" },
		{ "revoked",
		  { .key = &rsa },
		  { .record = "v=DKIM1; p=" },
		  NULL,
		  NULL,
		  "fail r.example" },
		{ "nonsense",
		  { .key = &rsa },
		  { .record = "v=DKIM1; p=AAAA" },
		  NULL,
		  NULL,
		  "fail r.example" },
		{ "for TLS reports",
		  { .key = &rsa },
		  { .record = "v=DKIM1; s=tlsrpt; ", .key = &rsa },
		  NULL,
		  NULL,
		  "pass r.example" },
		{ "for other things",
		  { .key = &rsa },
		  { .record = "v=DKIM1; s=other; ", .key = &rsa },
		  NULL,
		  NULL,
		  "fail r.example" },
		{ "silence",
		  { .key = &rsa },
		  { .record = "", .key = &rsa, .away = true },
		  NULL,
		  NULL,
		  "unknown" },
		{ "a part of the body",
		  { .key = &rsa, .length = 10 },
		  { .record = "", .key = &rsa },
		  NULL,
		  NULL,
		  "fail" },
		{ "a part, hidden",
		  { .key = &rsa, .length = 10 },
		  { .record = "", .key = &rsa },
		  "l=10",
		  "\vl\t=10",
		  "fail" },
		{ "from the future",
		  { .key = &rsa, .made = INT32_MAX },
		  { .record = "", .key = &rsa },
		  NULL,
		  NULL,
		  "fail r.example" },
		{ "two labels and a digit",
		  { .key = &rsa, .domain = "1.2" },
		  { .record = "", .key = &rsa },
		  NULL,
		  NULL,
		  "fail" },
		{ "nameless",
		  { .key = &rsa, .selector = "a b" },
		  { .record = "", .key = &rsa },
		  "s=a b",
		  "s=a\\b",
		  "fail r.example" },
		{ "cut off",
		  { .key = &rsa },
		  { .record = "", .key = &rsa },
		  "bh=",
		  "xx=",
		  "fail r.example" },
		{ "no list", { .key = &rsa }, { .record = "", .key = &rsa }, "v=1", "v", "fail" },
		{ "no sender",
		  { .key = &rsa },
		  { .record = "", .key = &rsa },
		  "\r\nFrom:",
		  "\r\nFarm:",
		  "fail" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct signing signing = cases[i].signing;
		struct keys keys = cases[i].keys;
		struct strbuf mail;
		const char *got;

		signing.domain = signing.domain ? signing.domain : "r.example";
		signing.selector = signing.selector ? signing.selector : "s1";
		strbuf_init(&mail, MIB);
		sign_mail(&mail, &signing, slice_of(MAIL));
		if (cases[i].from)
			replace(&mail, cases[i].from, cases[i].to);
		got = verdict(&keys, &mail, 0);
		if (strcmp(got, cases[i].expected) != 0)
			fail_msg("%s: %s\n%s", cases[i].what, got, mail.buf);
		strbuf_release(&mail);
	}
}

static void sign(struct strbuf *mail, const struct sign_key *key, const char *domain)
{
	const struct signing signing = { .key = key, .domain = domain, .selector = "s1" };
	struct strbuf signed_mail;

	strbuf_init(&signed_mail, mail->limit);
	sign_mail(&signed_mail, &signing, strbuf_slice(mail));
	strbuf_release(mail);
	*mail = signed_mail;
}

static void begin(struct strbuf *mail, const char *text)
{
	strbuf_init(mail, 4 * MIB);
	strbuf_add_text(mail, text);
}

static void assert_verdict(struct keys keys, struct strbuf *mail, const char *expected)
{
	assert_string_equal(verdict(&keys, mail, 0), expected);
	strbuf_release(mail);
}

static void a_signature_counts_when_the_mail_came(void **state)
{
	const int64_t now = clock_unix();
	const struct signing signing = { .key = &rsa,
					 .domain = "r.example",
					 .selector = "s1",
					 .made = (uint64_t)(now - 30 * DAY),
					 .lasts = 7 * DAY };
	struct keys keys = { .record = "", .key = &rsa };
	struct strbuf mail;

	(void)state;
	strbuf_init(&mail, MIB);
	sign_mail(&mail, &signing, slice_of(MAIL));
	assert_true(slice_find_text(strbuf_slice(&mail), "x=") < mail.len);
	assert_string_equal(verdict(&keys, &mail, 0), "fail r.example");
	assert_string_equal(verdict(&keys, &mail, now - 20 * DAY), "fail r.example");
	assert_string_equal(verdict(&keys, &mail, now - 25 * DAY), "pass r.example");
	assert_string_equal(verdict(&keys, &mail, now + DAY), "fail r.example");
	strbuf_release(&mail);
}

static void several_signatures(void **state)
{
	struct strbuf mail;

	(void)state;
	/* the key of the one is not that of the other */
	begin(&mail, MAIL);
	sign(&mail, &rsa, "a.r.example");
	sign(&mail, &other_rsa, "b.r.example");
	assert_verdict((struct keys){ .record = "", .key = &rsa }, &mail, "pass a.r.example");
	begin(&mail, MAIL);
	sign(&mail, &rsa, "a.r.example");
	sign(&mail, &rsa, "B.r.example");
	assert_verdict((struct keys){ .record = "", .key = &rsa }, &mail,
		       "pass b.r.example a.r.example");
	/* one of them cannot be told now */
	begin(&mail, MAIL);
	sign(&mail, &rsa, "a.r.example");
	sign(&mail, &rsa, "b.r.example");
	assert_verdict((struct keys){ .record = "", .key = &rsa, .away = true, .of_a_only = true },
		       &mail, "pass b.r.example");
	begin(&mail, MAIL);
	sign(&mail, &rsa, "a.r.example");
	sign(&mail, &rsa, "b.r.example");
	assert_verdict(
		(struct keys){ .record = "", .key = &other_rsa, .away = true, .of_a_only = true },
		&mail, "unknown");
}

static void the_topmost_signatures_alone(void **state)
{
	struct keys keys = { .record = "", .key = &other_rsa };
	struct strbuf mail;

	(void)state;
	begin(&mail, MAIL);
	sign(&mail, &other_rsa, "below.r.example");
	for (int i = 0; i < AUTH_SIGNERS_MAX; i++)
		sign(&mail, &rsa, "r.example");
	assert_true(slice_starts_with(slice_of(verdict(&keys, &mail, 0)), "fail r.example"));
	assert_null(strstr(verdict(&keys, &mail, 0), "below"));
	strbuf_release(&mail);
}

static void nothing_to_verify(void **state)
{
	static const char *const mails[] = { MAIL, "", "\n", "\r\n\r\nx", "no header", "\n\n\n" };
	struct keys keys = { .record = "", .key = &rsa };

	(void)state;
	FOR_ROWS (i, mails) {
		struct strbuf mail;

		begin(&mail, mails[i]);
		assert_string_equal(verdict(&keys, &mail, 0), "none");
		strbuf_release(&mail);
	}
	assert_int_equal(keys.questions, 0);
}

/* As files and Maildirs have them. */
static void bare_line_ends(void **state)
{
	struct strbuf mail, bare;

	(void)state;
	begin(&mail, MAIL);
	sign(&mail, &rsa, "r.example");
	strbuf_init(&bare, MIB);
	for (size_t i = 0; i < mail.len; i++)
		if (mail.buf[i] != '\r')
			strbuf_add_byte(&bare, mail.buf[i]);
	strbuf_release(&mail);
	assert_verdict((struct keys){ .record = "", .key = &rsa }, &bare, "pass r.example");
}

static void bodies(void **state)
{
	static const char *const bodies[] = { "", "\r\n", "x\r\n", " \r\n\t\r\n\r\n", "a\rb\r\n" };
	struct keys keys = { .record = "", .key = &rsa };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(bodies) / sizeof(bodies[0]); i++) {
		const struct signing signing = {
			.key = &rsa, .domain = "r.example", .selector = "s1", .simple = i % 2
		};
		struct strbuf text, mail;

		begin(&text, HEADER);
		strbuf_add_text(&text, bodies[i / 2]);
		strbuf_init(&mail, MIB);
		sign_mail(&mail, &signing, strbuf_slice(&text));
		strbuf_release(&text);
		if (strcmp(verdict(&keys, &mail, 0), "pass r.example") != 0)
			fail_msg("case %zu: %s", i, mail.buf);
		strbuf_release(&mail);
	}
}

/* What a mail cannot have, or need not have so much of. */
static void limits(void **state)
{
	struct keys keys = { .record = "", .key = &rsa };
	char tags[8 * KIB];
	struct strbuf mail;

	(void)state;
	begin(&mail, MAIL);
	strbuf_add(&mail, "NUL is fine here: \0\r\n", 21);
	/* Of no letter that a signature in base64 may hold. */
	for (size_t i = 0; i < MIB; i++)
		strbuf_add_byte(&mail, '!');
	strbuf_add_text(&mail, "\r\n");
	sign(&mail, &rsa, "r.example");
	assert_string_equal(verdict(&keys, &mail, 0), "pass r.example");
	replace(&mail, "!!", "!!!");
	assert_string_equal(verdict(&keys, &mail, 0), "fail");
	strbuf_release(&mail);

	begin(&mail, "A: b\r\n");
	for (int i = 0; i < 994; i++)
		strbuf_add_text(&mail, "A: b\r\n");
	strbuf_add_text(&mail, MAIL);
	assert_string_equal(verdict(&keys, &mail, 0), "none");
	sign(&mail, &rsa, "r.example");
	assert_string_equal(verdict(&keys, &mail, 0), "pass r.example");
	replace(&mail, "A: b", "A: b\r\nC: d\r\nE: f");
	assert_string_equal(verdict(&keys, &mail, 0), "fail");
	strbuf_release(&mail);

	begin(&mail, MAIL);
	sign(&mail, &rsa, "r.example");
	replace(&mail, "DKIM-S", "A: bcd\r\nDKIM-S");
	assert_string_equal(verdict(&keys, &mail, 0), "pass r.example");
	mail.buf[4] = '\0';
	assert_string_equal(verdict(&keys, &mail, 0), "fail");
	strbuf_release(&mail);

	begin(&mail, MAIL);
	sign(&mail, &rsa, "r.example");
	snprintf(tags, sizeof(tags), "v=1; n=%07000d;", 0);
	replace(&mail, "v=1;", tags);
	assert_string_equal(verdict(&keys, &mail, 0), "fail r.example");
	snprintf(tags, sizeof(tags), "v=1; n=%02000d;", 0);
	replace(&mail, "v=1;", tags);
	assert_string_equal(verdict(&keys, &mail, 0), "fail");
	strbuf_release(&mail);
}

/* The library counts on a signature to list no more fields than there are. */
static void a_signature_that_lists_too_much(void **state)
{
	struct keys keys = { .record = "", .key = &rsa };

	(void)state;
	for (int fields = 0; fields < 20; fields++) {
		struct strbuf mail;

		begin(&mail, "From: a@r.example\r\nDKIM-Signature: v=1; a=rsa-sha256; d=r.example; "
			     "s=s1; bh=AAAA; b=AAAA;\r\n h=From:DKIM-Signature");
		for (int i = 0; i < fields; i++)
			strbuf_add_text(&mail, ":A");
		strbuf_add_text(&mail, ":B:No field:nofield:no field");
		for (int i = 0; i < fields; i++)
			strbuf_add_text(&mail, "\r\nA: b");
		strbuf_add_text(&mail, "\r\n\r\nx\r\n");
		assert_string_equal(verdict(&keys, &mail, 0), "fail r.example");
		strbuf_release(&mail);
	}
}

/* They are not given to the library, and so have no signer. */
static void identities_that_are_not_safe(void **state)
{
	static const struct {
		const char *identity;
		bool safe;
	} cases[] = {
		{ "@r.example", true },
		{ "someone@mail.r.example", true },
		{ "@r.example=", false },
		{ "a=20b@r.example", false },
		{ "@r.example; i=@r.example=", false },
	};
	struct keys keys = { .record = "", .key = &rsa };
	char tags[400];
	struct strbuf mail;

	(void)state;
	FOR_ROWS (i, cases) {
		begin(&mail, MAIL);
		sign(&mail, &rsa, "r.example");
		snprintf(tags, sizeof(tags), "v=1; i=%s;", cases[i].identity);
		replace(&mail, "v=1;", tags);
		assert_string_equal(verdict(&keys, &mail, 0),
				    cases[i].safe ? "fail r.example" : "fail");
		strbuf_release(&mail);
	}
	for (int size = 250; size <= 251; size++) {
		begin(&mail, MAIL);
		sign(&mail, &rsa, "r.example");
		snprintf(tags, sizeof(tags), "v=1; i=%0*d@r.example;", size - 10, 0);
		replace(&mail, "v=1;", tags);
		assert_string_equal(verdict(&keys, &mail, 0),
				    size == 250 ? "fail r.example" : "fail");
		strbuf_release(&mail);
	}
}

/* A key that two signatures need is asked for once. */
static void keys_are_named(void **state)
{
	struct keys keys = { .record = "", .key = &rsa };
	struct strbuf mail;

	(void)state;
	begin(&mail, MAIL);
	sign(&mail, &rsa, "r.example");
	sign(&mail, &rsa, "r.example");
	assert_string_equal(verdict(&keys, &mail, 0), "pass r.example r.example");
	assert_int_equal(keys.questions, 1);
	strbuf_release(&mail);
}

/* Whose domain is not that of the sender is not even asked for. */
static void signatures_of_strangers(void **state)
{
	struct keys keys = { .record = "", .key = &rsa, .away = true };
	struct strbuf mail;

	(void)state;
	begin(&mail, MAIL);
	sign(&mail, &rsa, "evil.example");
	sign(&mail, &rsa, "example");
	assert_true(slice_starts_with(slice_of(verdict(&keys, &mail, 0)), "fail"));
	assert_int_equal(keys.questions, 0);
	strbuf_release(&mail);
	/* A bad one of the sender's is bad, whatever else cannot be had. */
	begin(&mail, MAIL);
	sign(&mail, &other_rsa, "r.example");
	sign(&mail, &rsa, "evil.example");
	keys.away = false;
	assert_true(slice_starts_with(slice_of(verdict(&keys, &mail, 0)), "fail"));
	assert_int_equal(keys.questions, 1);
	strbuf_release(&mail);
}

/* Nothing is left behind of a mail that is given up, and the next one is right. */
static void a_mail_can_be_given_up(void **state)
{
	struct signatures *signatures = signatures_new();
	struct mail_headers headers = { .dkim_verdict = "unknown",
					.from_domain = slice_of("r.example") };
	struct strbuf mail;
	struct arena arena;

	(void)state;
	arena_init(&arena, MIB);
	begin(&mail, MAIL);
	sign(&mail, &rsa, "r.example");
	signatures_begin(signatures, strbuf_slice(&mail), &arena, &headers);
	assert_non_null(signatures_key(signatures, 0));
	signatures_cancel(signatures);
	assert_null(signatures_key(signatures, 0));
	signatures_end(signatures);
	assert_string_equal(headers.dkim_verdict, "unknown");
	signatures_begin(signatures, slice_of(MAIL), &arena, &headers);
	assert_null(signatures_key(signatures, 0));
	assert_string_equal(headers.dkim_verdict, "none");
	signatures_free(signatures);
	arena_release(&arena);
	strbuf_release(&mail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_signature),
		cmocka_unit_test(a_signature_counts_when_the_mail_came),
		cmocka_unit_test(several_signatures),
		cmocka_unit_test(the_topmost_signatures_alone),
		cmocka_unit_test(nothing_to_verify),
		cmocka_unit_test(bare_line_ends),
		cmocka_unit_test(bodies),
		cmocka_unit_test(limits),
		cmocka_unit_test(a_signature_that_lists_too_much),
		cmocka_unit_test(identities_that_are_not_safe),
		cmocka_unit_test(keys_are_named),
		cmocka_unit_test(signatures_of_strangers),
		cmocka_unit_test(a_mail_can_be_given_up),
	};
	int failed;

	sign_key_make(&rsa, false, 2048);
	sign_key_make(&other_rsa, false, 2048);
	sign_key_make(&small_rsa, false, 768);
	sign_key_make(&ed25519, true, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	sign_key_release(&rsa);
	sign_key_release(&other_rsa);
	sign_key_release(&small_rsa);
	sign_key_release(&ed25519);
	return failed;
}

/* test_domain_records.c - records of a domain, read and judged without the DNS
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "domain/dkim_key.h"
#include "domain/dmarc_record.h"
#include "domain/dns_data.h"
#include "domain/spf_record.h"
#include "domain/sts_record.h"
#include "tests/lib/rows.h"

static struct arena arena;
static struct domain_findings findings;

static int begin(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1 << 20);
	findings = (struct domain_findings){ .arena = &arena };
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* The codes of all findings, in the order they were made, and none left. */
static const char *codes(void)
{
	const char *text = "";

	for (size_t i = 0; i < findings.count; i++)
		text = arena_format(&arena, "%s%s%s", text, i > 0 ? " " : "",
				    domain_code_row(findings.list[i].code)->code);
	findings.count = 0;
	return text;
}

/* --- DMARC ---------------------------------------------------------------------------- */

static void dmarc_versions(void **state)
{
	static const struct {
		const char *text;
		bool is, near;
	} cases[] = {
		{ "v=DMARC1", true, true },           { "v=DMARC1; p=none", true, true },
		{ "v = DMARC1 ;p=none", true, true }, { "v=DMARC10; p=none", false, true },
		{ "v=dmarc1; p=none", false, true },  { " v=DMARC1; p=none", false, true },
		{ "p=none; v=DMARC1", false, true },  { "\"v=DMARC1; p=none\"", false, true },
		{ "v=spf1 -all", false, false },      { "", false, false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		assert_int_equal(dmarc_is_record(slice_of(cases[i].text)), cases[i].is);
		assert_int_equal(dmarc_is_near(slice_of(cases[i].text)), cases[i].near);
	}
}

static void dmarc_faults(void **state)
{
	static const struct {
		const char *text, *want;
		bool organizational;
	} cases[] = {
		{ "v=DMARC1; p=reject; rua=mailto:a@b.example", "", true },
		{ "v=DMARC1;p=reject;", "", true },
		{ "v=DMARC1; p=REJECT", "", true },
		{ "v=DMARC1; p=none", "dmarc-p-none", true },
		{ "v=DMARC1; rua=mailto:a@b.example", "dmarc-p-invalid", true },
		{ "v=DMARC1; p=reject; p=none", "dmarc-syntax", true },
		{ "v=DMARC1; p=reject; pct=150", "dmarc-syntax", true },
		{ "v=DMARC1; p=reject; pct=99", "dmarc-pct", true },
		{ "v=DMARC1; p=reject; pct=100", "dmarc-tag-removed", true },
		{ "v=DMARC1; p=quarantine; sp=none", "dmarc-sp-weaker", true },
		{ "v=DMARC1; p=quarantine; sp=none", "dmarc-sp-ignored", false },
		{ "v=DMARC1; p=reject; ruf=mailto:a@b.example; fo=0:1", "dmarc-ruf", true },
		{ "v=DMARC1; p=reject; t=y", "dmarc-test", true },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct dmarc_record record;

		dmarc_record_read(slice_of(cases[i].text), &record);
		dmarc_record_judge(&findings, slice_of("_dmarc.example"), &record,
				   cases[i].organizational);
		assert_string_equal(codes(), cases[i].want);
	}
}

/* Unknown tags of the owner stay, in their order and spelling. */
static void dmarc_rewritten(void **state)
{
	static const struct tag_change changes[] = { { "p", "reject" },
						     { "pct", NULL },
						     { "rua", "mailto:a@b.example" } };
	struct record_tags tags;

	(void)state;
	record_tags_read(slice_of("v=DMARC1; X=1; pct=20; broken; aspf=s; p=none;"), &tags);
	assert_string_equal(record_tags_rewrite(&arena, &tags, "DMARC1", changes, 3),
			    "v=DMARC1; p=reject; X=1; aspf=s; rua=mailto:a@b.example");
}

static void report_addresses(void **state)
{
	static const struct {
		const char *text;
		enum report_uri_fault fault;
		const char *host;
	} cases[] = {
		{ "mailto:a@b.example", URI_GOOD, "b.example" },
		{ "mailto:a@b.example!10m", URI_GOOD, "b.example" },
		{ "MAILTO:a%21b@b.example?x=y", URI_GOOD, "b.example" },
		{ "https://b.example/x", URI_OTHER_SCHEME, "b.example" },
		{ "mailto://a@b.example", URI_BAD, NULL },
		{ "mailto:b.example", URI_BAD, NULL },
		{ "mailto:@b.example", URI_BAD, NULL },
		{ "a@b.example", URI_BAD, NULL },
		{ "mailto:a b@b.example", URI_BAD, NULL },
		{ "mailto:a@b", URI_BAD, NULL },
		{ "", URI_BAD, NULL },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct slice list = slice_of(cases[i].text);
		struct report_uri uri;

		assert_true(report_uri_next(&list, &uri));
		assert_int_equal(uri.fault, cases[i].fault);
		if (cases[i].host)
			assert_true(slice_is(uri.host, cases[i].host));
		assert_false(report_uri_next(&list, &uri));
	}
}

/* --- SPF ------------------------------------------------------------------------------- */

static void spf_terms(void **state)
{
	static const struct {
		const char *term;
		enum spf_term_kind kind;
	} cases[] = {
		{ "-all", SPF_TERM_ALL },
		{ "ALL", SPF_TERM_ALL },
		{ "all:x", SPF_TERM_BAD },
		{ "include:a.example", SPF_TERM_INCLUDE },
		{ "include:", SPF_TERM_BAD },
		{ "include", SPF_TERM_BAD },
		{ "a", SPF_TERM_A },
		{ "a/24", SPF_TERM_A },
		{ "a:b.example/24//64", SPF_TERM_A },
		{ "a/33", SPF_TERM_BAD },
		{ "a/024", SPF_TERM_BAD },
		{ "mx//129", SPF_TERM_BAD },
		{ "ip4:192.0.2.0/24", SPF_TERM_IP4 },
		{ "ip4:192.0.2", SPF_TERM_BAD },
		{ "ip4:192.0.2.1//24", SPF_TERM_BAD },
		{ "ip6:2001:db8::/32", SPF_TERM_IP6 },
		{ "ip6:192.0.2.1", SPF_TERM_BAD },
		{ "exists:%{i}.a.example", SPF_TERM_EXISTS },
		{ "exists:%{I}.a.example", SPF_TERM_EXISTS },
		{ "exists:%{q}.a.example", SPF_TERM_BAD },
		{ "exists:%a.example", SPF_TERM_BAD },
		{ "exists:%{d2r-}.a.example", SPF_TERM_EXISTS },
		{ "ptr", SPF_TERM_PTR },
		{ "redirect=a.example", SPF_TERM_REDIRECT },
		{ "-redirect=a.example", SPF_TERM_BAD },
		{ "exp=a.example", SPF_TERM_EXP },
		{ "other=%{i}", SPF_TERM_MODIFIER },
		{ "include=a.example", SPF_TERM_BAD },
		{ "foo", SPF_TERM_BAD },
		{ "a:b..example", SPF_TERM_BAD },
		{ "a:192.0.2.1", SPF_TERM_BAD },
		{ "include:a.example.", SPF_TERM_INCLUDE },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct spf_record record;

		assert_true(
			spf_record_read(&arena,
					slice_of(arena_format(&arena, "v=spf1  %s", cases[i].term)),
					&record));
		assert_int_equal(record.count, 1);
		if (record.terms[0].kind != cases[i].kind)
			fail_msg("%s: %d", cases[i].term, (int)record.terms[0].kind);
		assert_int_equal(record.terms[0].position, 9);
	}
}

static void spf_borders(void **state)
{
	static const struct {
		const char *text;
		size_t border;
		bool bad;
	} cases[] = {
		{ "v=spf1 ip4:192.0.2.1ip4:192.0.2.2", 20, true },
		{ "v=spf1 ip4:192.0.2.1~all", 20, true },
		{ "v=spf1 ip4:192.0.2.1 ~all", 21, false },
		{ "v=spf1 include:exa.mx.example", 18, false },
		{ "v=spf1 ip4:192.0.2.1", 12, false },
	};

	(void)state;
	FOR_ROWS (i, cases)
		assert_int_equal(spf_border_is_bad(slice_of(cases[i].text), cases[i].border),
				 cases[i].bad);
}

/* --- DKIM ------------------------------------------------------------------------------- */

static void dkim_faults(void **state)
{
	static const struct {
		const char *text, *want;
		bool used;
	} cases[] = {
		{ "v=DKIM1; p=", "dkim-revoked", false },
		{ "p=", "dkim-revoked", true },
		{ "v=DKIM1; k=rsa", "dkim-syntax", true },
		{ "v=DKIM2; p=AAAA", "dkim-syntax", true },
		{ "k=rsa; v=DKIM1; p=AAAA", "dkim-syntax", true },
		{ "v=DKIM1; k=rsa; p=AAAA", "dkim-syntax", true },
		{ "v=DKIM1; k=rsa; p=A*A", "dkim-syntax", true },
		{ "v=DKIM1; k=ed25519; p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "", true },
		{ "v=DKIM1; k=ed25519; p=AAEC", "dkim-syntax", true },
		{ "v=DKIM1; k=falcon; p=AAEC", "dkim-algorithm", true },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct slice text = slice_of(cases[i].text);
		struct dkim_key key;

		dkim_key_read(&arena, text, &key);
		dkim_key_judge(&findings, slice_of("s._domainkey.example"), &key, text,
			       cases[i].used);
		if (findings.count > 0 && findings.list[0].code == DOMAIN_DKIM_REVOKED)
			assert_int_equal(findings.list[0].severity,
					 cases[i].used ? SEVERITY_CRITICAL : SEVERITY_OK);
		assert_string_equal(codes(), cases[i].want);
	}
}

static void rsa_sizes(void **state)
{
	/* RSAPublicKey { modulus of 17 bits, exponent 3 } and the same, wrapped */
	static const char bare[] = "\x30\x08\x02\x03\x01\x00\x01\x02\x01\x03";
	static const char wrapped[] =
		"\x30\x1c\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
		"\x05\x00\x03\x0b\x00\x30\x08\x02\x03\x01\x00\x01\x02\x01\x03";

	(void)state;
	assert_int_equal(rsa_modulus_bits((struct slice){ bare, sizeof(bare) - 1 }), 17);
	assert_int_equal(rsa_modulus_bits((struct slice){ wrapped, sizeof(wrapped) - 1 }), 17);
	for (size_t size = 0; size < sizeof(wrapped) - 1; size++)
		assert_int_equal(rsa_modulus_bits((struct slice){ wrapped, size }), 0);
}

/* --- MTA-STS and TLSRPT --------------------------------------------------------------------- */

static void sts_records(void **state)
{
	static const struct {
		const char *text;
		bool is, good;
	} cases[] = {
		{ "v=STSv1; id=20261101T000000;", true, true },
		{ "v=STSv1;id=a", true, true },
		{ "v=STSv1 ; id=a", true, false },
		{ "v=STSv1; id=2026-11-01", true, false },
		{ "v=STSv1; id=", true, false },
		{ "v=STSv1; id=012345678901234567890123456789012", true, false },
		{ "v=STSv1", true, false },
		{ "v=STSv10; id=1;", false, false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct slice text = slice_of(cases[i].text);
		struct slice id;

		assert_int_equal(sts_is_record(text), cases[i].is);
		if (cases[i].is && !sts_record_fault(text, &id) != cases[i].good)
			fail_msg("%s", cases[i].text);
	}
}

static void sts_policies(void **state)
{
	static const struct {
		const char *text, *want;
		bool good;
	} cases[] = {
		{ "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\n", "", true },
		{ "version: STSv1\r\nmode: enforce\nmx: *.a.example\r\nmax_age: 1", "", true },
		{ "version:STSv1\nmode:none\nmax_age:1\n", "", true },
		{ "version: STSv1\nmode: none\nmode: enforce\nmax_age: 1\nx: y\n", "sts-key",
		  true },
		{ "mode: enforce\nmx: a.example\nmax_age: 1\n", "sts-syntax", false },
		{ "version: STSv1\nmode: enforce\nmax_age: 1\n", "sts-syntax", false },
		{ "version: STSv1\n mode: enforce\nmx: a.example\nmax_age: 1\n", "sts-syntax",
		  false },
		{ "version: STSv1\nmode : enforce\nmx: a.example\nmax_age: 1\n", "sts-syntax",
		  false },
		{ "version: STSv1\nmode: enforce\nmx: a.*.example\nmax_age: 1\n", "sts-syntax",
		  false },
		{ "version: STSv1\nmode: enforce\nmx: a.example.\nmax_age: 1\n", "sts-syntax",
		  false },
		{ "version: STSv1\nmode: enforce\nmx: [192.0.2.1]\nmax_age: 1\n", "sts-syntax",
		  false },
		{ "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: x\n", "sts-syntax",
		  false },
		{ "version: STSv1\rmode: enforce\rmx: a.example\rmax_age: 1\r", "sts-syntax",
		  false },
		{ "<!doctype html>", "sts-syntax", false },
		{ "", "sts-syntax", false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct sts_policy policy;

		assert_int_equal(sts_policy_read(&findings, slice_of("mta-sts.example"),
						 slice_of(cases[i].text), &policy),
				 cases[i].good);
		assert_string_equal(codes(), cases[i].want);
	}
}

/* "*" is exactly one label. */
static void sts_patterns(void **state)
{
	(void)state;
	assert_true(sts_pattern_matches(slice_of("a.example"), slice_of("A.example")));
	assert_true(sts_pattern_matches(slice_of("*.example"), slice_of("a.example")));
	assert_false(sts_pattern_matches(slice_of("*.example"), slice_of("b.a.example")));
	assert_false(sts_pattern_matches(slice_of("*.example"), slice_of("example")));
	assert_false(sts_pattern_matches(slice_of("*.example"), slice_of(".example")));
}

static void tlsrpt_records(void **state)
{
	struct slice rua;

	(void)state;
	assert_null(tlsrpt_record_fault(slice_of("v=TLSRPTv1; rua=mailto:a@b.example"), &rua));
	assert_true(slice_is(rua, "mailto:a@b.example"));
	assert_null(tlsrpt_record_fault(slice_of("v=TLSRPTv1;rua=https://a.example/;x=y;"), &rua));
	assert_non_null(tlsrpt_record_fault(slice_of("v=TLSRPTv1; RUA=mailto:a@b.example"), &rua));
	assert_non_null(tlsrpt_record_fault(slice_of("v=TLSRPTv1; rua="), &rua));
	assert_non_null(tlsrpt_record_fault(slice_of("v=TLSRPTv1; rua=mailto:a@b.c; x="), &rua));
	assert_non_null(tlsrpt_record_fault(slice_of("v=TLSRPTv1 ; rua=mailto:a@b.example"), &rua));
}

/* --- wire form ----------------------------------------------------------------------------------
 */

#define WIRE(text) ((struct slice){ text, sizeof(text) - 1 })

static void wire_forms(void **state)
{
	struct tlsa tlsa;
	struct caa caa;
	struct txt txt;
	struct mx mx;

	(void)state;
	assert_true(txt_read(&arena,
			     WIRE("\x03"
				  "ab "
				  "\x00"
				  "\x01"
				  "c"),
			     &txt));
	assert_true(slice_is(txt.text, "ab c"));
	assert_int_equal(txt.borders, 2);
	assert_int_equal(txt.border[0], 3);
	assert_false(txt_read(&arena,
			      WIRE("\x05"
				   "ab"),
			      &txt));
	assert_true(mx_read(&arena,
			    WIRE("\x00\x0a\x02MX\x03"
				 "a.b\x00"),
			    &mx));
	assert_int_equal(mx.preference, 10);
	assert_true(slice_is(mx.host, "mx.a\\046b"));
	assert_true(mx_read(&arena, WIRE("\x00\x00\x00"), &mx));
	assert_int_equal(mx.host.size, 0);
	assert_false(mx_read(&arena, WIRE("\x00\x0a\x02MX"), &mx));
	assert_false(mx_read(&arena, WIRE("\x00\x0a\xc0\x0c"), &mx));
	assert_false(tlsa_read(WIRE("\x03\x01"), &tlsa));
	assert_true(tlsa_read(WIRE("\x03\x01\x01\xab\xcd"), &tlsa));
	assert_string_equal(tlsa_text(&arena, &tlsa), "3 1 1 abcd");
	assert_non_null(tlsa_unusable(&tlsa));
	assert_true(caa_read(WIRE("\x00\x05"
				  "issueca.test"),
			     &caa));
	assert_true(slice_is(caa.tag, "issue") && slice_is(caa.value, "ca.test"));
	assert_true(caa_read(WIRE("\x80\x05issue"), &caa));
	assert_int_equal(caa.value.size, 0);
	assert_false(caa_read(WIRE("\x00\x06issue"), &caa));
	assert_false(caa_read(WIRE("\x00\x00issue"), &caa));
	assert_false(caa_read(WIRE("\x00"), &caa));
}

static void quoting(void **state)
{
	(void)state;
	assert_string_equal(text_quote(&arena, WIRE("a\x1b[31m\\\0\xff"), 100),
			    "a\\027[31m\\092\\000\\255");
	assert_string_equal(text_quote(&arena, WIRE("abcdef"), 3), "abc...");
	assert_string_equal(text_strings(&arena, WIRE("a\"b")), "\"a\\\"b\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(dmarc_versions, begin, end),
		cmocka_unit_test_setup_teardown(dmarc_faults, begin, end),
		cmocka_unit_test_setup_teardown(dmarc_rewritten, begin, end),
		cmocka_unit_test_setup_teardown(report_addresses, begin, end),
		cmocka_unit_test_setup_teardown(spf_terms, begin, end),
		cmocka_unit_test_setup_teardown(spf_borders, begin, end),
		cmocka_unit_test_setup_teardown(dkim_faults, begin, end),
		cmocka_unit_test_setup_teardown(rsa_sizes, begin, end),
		cmocka_unit_test_setup_teardown(sts_records, begin, end),
		cmocka_unit_test_setup_teardown(sts_policies, begin, end),
		cmocka_unit_test_setup_teardown(sts_patterns, begin, end),
		cmocka_unit_test_setup_teardown(tlsrpt_records, begin, end),
		cmocka_unit_test_setup_teardown(wire_forms, begin, end),
		cmocka_unit_test_setup_teardown(quoting, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_domain_name.c - one spelling for each domain name
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/domain_name.h"
#include "base/limits.h"
#include "tests/lib/rows.h"

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void spellings(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "example.com", "example.com" },
		{ " Mail.EXAMPLE.com.\r\n", "mail.example.com" },
		{ "_dmarc.example.com", "_dmarc.example.com" },
		{ "localhost", "localhost" },
		{ "MAIL.example.com", "mail.example.com" },
		{ "b\xc3\xbc"
		  "cher.example",
		  "xn--bcher-kva.example" },
		{ "B\xc3\x9c"
		  "CHER.example.",
		  "xn--bcher-kva.example" },
		{ "b\xc3\xbc"
		  "cher\xe3\x80\x82"
		  "example\xe3\x80\x82",
		  "xn--bcher-kva.example" },
		{ "stra\xc3\x9f"
		  "e.example",
		  "xn--strae-oqa.example" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ LABEL_63 ".example", LABEL_63 ".example" },
		{ LABEL_63 "a.example", NULL },
		{ "", NULL },
		{ ".", NULL },
		{ "example.com..", NULL },
		{ "a..b", NULL },
		{ ".example.com", NULL },
		{ "192.0.2.1", NULL },
		{ "2001:db8::1", NULL },
		{ "user@example.com", NULL },
		{ "two words.example", NULL },
		{ "bad\xff.example", NULL },
		{ LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63, NULL },
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 64 * KIB);
	FOR_ROWS (i, cases) {
		struct slice domain = slice_of("untouched");
		const bool ok = domain_normalise(&arena, slice_of(cases[i].text), &domain);

		if (ok != !!cases[i].want ||
		    !slice_is(domain, cases[i].want ? cases[i].want : "untouched"))
			fail_msg("\"%s\": %d \"%.*s\"", cases[i].text, ok, (int)domain.size,
				 domain.data);
		assert_int_equal(domain_is_normal(slice_of(cases[i].text)),
				 ok && slice_is(domain, cases[i].text));
	}
	arena_release(&arena);
}

static void long_text_takes_no_memory(void **state)
{
	static char text[1 << 20];
	struct arena arena;
	struct slice domain;

	(void)state;
	memset(text, 'a', sizeof(text));
	arena_init(&arena, 16);
	assert_false(domain_normalise(&arena, (struct slice){ text, sizeof(text) }, &domain));
	assert_false(arena.overflowed);
	assert_false(domain_normalise(&arena, slice_of("a-name-over-the-limit.example"), &domain));
	assert_true(arena.overflowed);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings),
		cmocka_unit_test(long_text_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_ip.c - one spelling for each IP address
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/report/ip.h"
#include "tests/lib/rows.h"

static void spellings(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ " 192.0.2.1\n", "192.0.2.1" },
		{ "[192.0.2.1]", "192.0.2.1" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "[IPv6:2001:db8::1]", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:0201", "192.0.2.1" },
		{ "[IPv6:::ffff:192.0.2.1]", "192.0.2.1" },
		{ "::192.0.2.1", "::192.0.2.1" },
		{ "64:ff9b::192.0.2.1", "64:ff9b::c000:201" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "", NULL },
		{ "[]", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.01", NULL },
		{ "192.0.2.1/24", NULL },
		/* ornament that leaves one address */
		{ "192.0.2.1 (mail.example.com)", "192.0.2.1" },
		{ "mail.example.com (192.0.2.1)", "192.0.2.1" },
		{ "mail.example.com [192.0.2.1]", "192.0.2.1" },
		{ "192.0.2.1 port 1234", "192.0.2.1" },
		{ "192.0.2.1:25", "192.0.2.1" },
		{ "[2001:db8::1]:25", "2001:db8::1" },
		{ "<192.0.2.1>", "192.0.2.1" },
		{ "IPv4:192.0.2.1", "192.0.2.1" },
		{ "IPv6:2001:db8::1", "2001:db8::1" },
		{ "192.0.2.1/32", "192.0.2.1" },
		{ "2001:db8::1/128", "2001:db8::1" },
		{ "192.0.2.1.", "192.0.2.1" },
		{ "192.0.2.1;", "192.0.2.1" },
		{ "fe80::1%eth0", "fe80::1" },
		/* which one? */
		{ "192.0.2.1, 192.0.2.2", NULL },
		{ "192.0.2.1 192.0.2.2", NULL },
		{ "198.51.100.7-198.51.100.9", NULL },
		{ "2001:db8::/64", NULL },
		{ "2001:db8::1/32", NULL },
		{ "010.001.002.003", NULL },
		{ "3221225985", NULL },
		{ "0xC0000201", NULL },
		{ "192,0,2,1", NULL },
		{ "192.0. 2.1", NULL },
		{ "2001:db8::1::2", NULL },
		{ "mail.example.com", NULL },
		{ "0000:0000:0000:0000:0000:ffff:255.255.255.2555", NULL },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		char out[INET6_ADDRSTRLEN] = "untouched";
		const bool ok = ip_normalise(slice_of(cases[i].text), out);

		assert_int_equal(ok, !!cases[i].want);
		assert_string_equal(out, cases[i].want ? cases[i].want : "untouched");
	}
	assert_false(
		ip_normalise((struct slice){ "1.2.3.4\0.5", 10 }, (char[INET6_ADDRSTRLEN]){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(spellings) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

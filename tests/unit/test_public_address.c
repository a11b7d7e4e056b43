/* test_public_address.c - what a check may connect to
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "domain/public_address.h"
#include "tests/lib/rows.h"

static bool is_public(const char *text)
{
	unsigned char octets[16];
	const bool six = strchr(text, ':') != NULL;

	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, text, octets), 1);
	return address_data_is_public((struct slice){ (const char *)octets, six ? 16 : 4 });
}

static void addresses(void **state)
{
	static const char *const open[] = {
		"1.1.1.1",         "9.255.255.255",        "11.0.0.0",
		"100.63.255.255",  "100.128.0.0",          "172.15.255.255",
		"172.32.0.0",      "198.17.255.255",       "198.20.0.0",
		"223.255.255.255", "2001:4860:4860::8888", "2a00::1",
		"2001:200::1"
	};
	static const char *const closed[] = { "0.0.0.0",
					      "10.0.0.1",
					      "100.64.0.1",
					      "100.127.255.255",
					      "127.0.0.1",
					      "169.254.169.254",
					      "172.16.0.1",
					      "172.31.255.255",
					      "192.0.0.1",
					      "192.0.2.1",
					      "192.88.99.1",
					      "192.168.1.1",
					      "198.18.0.1",
					      "198.51.100.1",
					      "203.0.113.1",
					      "224.0.0.1",
					      "240.0.0.1",
					      "255.255.255.255",
					      "::",
					      "::1",
					      "::ffff:1.1.1.1",
					      "::1.1.1.1",
					      "64:ff9b::1.1.1.1",
					      "fc00::1",
					      "fd00::1",
					      "fe80::1",
					      "ff02::1",
					      "2001::1",
					      "2001:db8::1",
					      "2002:101:101::1",
					      "3fff::1" };

	(void)state;
	FOR_ROWS (i, open)
		if (!is_public(open[i]))
			fail_msg("%s is public", open[i]);
	FOR_ROWS (i, closed)
		if (is_public(closed[i]))
			fail_msg("%s is not public", closed[i]);
}

static void socket_addresses(void **state)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr other = { .sa_family = AF_UNIX };

	(void)state;
	assert_false(address_is_public((struct sockaddr *)&four));
	assert_false(address_is_public((struct sockaddr *)&six));
	assert_false(address_is_public(&other));
	inet_pton(AF_INET, "1.1.1.1", &four.sin_addr);
	inet_pton(AF_INET6, "2a00::1", &six.sin6_addr);
	assert_true(address_is_public((struct sockaddr *)&four));
	assert_true(address_is_public((struct sockaddr *)&six));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(socket_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

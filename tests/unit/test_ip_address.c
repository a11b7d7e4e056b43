/* test_ip_address.c - which addresses can be looked up, and under which name
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "enrich/ip_address.h"
#include "tests/lib/rows.h"

static struct ip_address address_of(const char *text)
{
	struct ip_address address;

	if (!ip_address_parse(slice_of(text), &address))
		fail_msg("%s is no address", text);
	return address;
}

static void texts(void **state)
{
	static const char *const wrong[] = { "",           "8.8.8",
					     "0x08080808", "fe80::1%lo",
					     "1.2.3.4.5",  "mail.example",
					     "1.2.3.4/24", "1:2:3:4:5:6:7:8:9" };
	struct ip_address address;

	(void)state;
	FOR_ROWS (i, wrong)
		assert_false(ip_address_parse(slice_of(wrong[i]), &address));
	assert_false(ip_address_parse((struct slice){ "1.2.3.4\0", 8 }, &address));
	assert_true(address_of("192.0.2.1").is_v4);
	assert_false(address_of("::1").is_v4);
}

static void public_addresses(void **state)
{
	static const struct {
		const char *text;
		bool is_public;
	} cases[] = {
		{ "8.8.8.8", true },
		{ "9.255.255.255", true },
		{ "10.0.0.1", false },
		{ "11.0.0.0", true },
		{ "100.63.255.255", true },
		{ "100.64.0.1", false },
		{ "100.127.0.1", false },
		{ "100.128.0.1", true },
		{ "127.0.0.1", false },
		{ "169.254.1.1", false },
		{ "172.15.0.1", true },
		{ "172.16.0.1", false },
		{ "172.31.255.1", false },
		{ "172.32.0.1", true },
		{ "192.168.1.1", false },
		{ "192.0.2.7", false },
		{ "198.51.100.7", false },
		{ "203.0.113.7", false },
		{ "198.18.0.1", false },
		{ "198.20.0.1", true },
		{ "0.0.0.0", false },
		{ "224.0.0.1", false },
		{ "255.255.255.255", false },
		{ "223.255.255.1", true },
		{ "::", false },
		{ "::1", false },
		{ "fe80::1", false },
		{ "fd00::1", false },
		{ "ff02::1", false },
		{ "2001:db8::1", false },
		{ "2001:4860::1", true },
		{ "2001::1", false },
		{ "2002:808:808::1", false },
		{ "2a00:1450::1", true },
		{ "::ffff:8.8.8.8", true },
		{ "::ffff:10.0.0.1", false },
		{ "64:ff9b::8.8.8.8", true },
		{ "64:ff9b::10.0.0.1", false },
		{ "64:ff9b:1::1", false },
		{ "3fff::1", false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct ip_address address = address_of(cases[i].text);

		if (ip_address_is_public(&address) != cases[i].is_public)
			fail_msg("%s", cases[i].text);
	}
}

static void wrapped_addresses(void **state)
{
	static const struct {
		const char *text, *inner;
	} cases[] = {
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "64:ff9b::192.0.2.1", "192.0.2.1" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "192.0.2.1", "192.0.2.1" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct ip_address address = address_of(cases[i].text);
		const struct ip_address inner = ip_address_unwrapped(&address);
		const struct ip_address want = address_of(cases[i].inner);

		assert_true(ip_address_equal(&inner, &want));
	}
}

static void anonymised_addresses(void **state)
{
	static const struct {
		const char *text;
		bool cut;
	} cases[] = {
		{ "8.8.8.0", true },       { "8.8.0.8", false }, { "2a00:1450::", true },
		{ "2a00:1450:1::", true }, { "2a00::1", false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct ip_address address = address_of(cases[i].text);

		assert_int_equal(ip_address_is_cut(&address), cases[i].cut);
	}
}

static void reverse_names(void **state)
{
	char name[REVERSE_NAME_SIZE];
	struct ip_address address = address_of("192.0.2.255");

	(void)state;
	ip_address_reverse_name(&address, name);
	assert_string_equal(name, "255.2.0.192.in-addr.arpa");
	address = address_of("2001:db8::567:89ab");
	ip_address_reverse_name(&address, name);
	assert_string_equal(name, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
				  "ip6.arpa");
}

static void networks(void **state)
{
	static const char *const wrong[] = { "192.0.2.0/33",   "192.0.2.1/24", "192.0.2.0/", "/24",
					     "2001:db8::/129", "192.0.2.0/-1", "example.com" };
	static const struct {
		const char *network, *address;
		bool has;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "0.0.0.0/0", "8.8.8.8", true },
		{ "0.0.0.0/0", "::8.8.8.8", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
	};
	struct ip_network network;

	(void)state;
	FOR_ROWS (i, wrong)
		assert_false(ip_network_parse(slice_of(wrong[i]), &network));
	FOR_ROWS (i, cases) {
		const struct ip_address address = address_of(cases[i].address);

		assert_true(ip_network_parse(slice_of(cases[i].network), &network));
		if (ip_network_has(&network, &address) != cases[i].has)
			fail_msg("%s %s", cases[i].network, cases[i].address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(public_addresses),
		cmocka_unit_test(wrapped_addresses),
		cmocka_unit_test(anonymised_addresses),
		cmocka_unit_test(reverse_names),
		cmocka_unit_test(networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_reverse_dns.c - names of addresses, from servers that answer, lie, fail and keep silent
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "enrich/reverse_dns.h"
#include "tests/lib/abort.h"
#include "tests/lib/dns_script.h"

#define DAY (24 * 3600)
#define BUDGET_MS 5000
#define LONG_NAME "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct dns_answer answers[] = {
	{ .name = "1.0.1.1.in-addr.arpa", .ptr = "Mail.Example.NET" },
	{ .name = "mail.example.net", .address = "1.1.0.1" },
	{ .name = "2.0.1.1.in-addr.arpa", .code = 3 },
	{ .name = "3.0.1.1.in-addr.arpa" },
	{ .name = "4.0.1.1.in-addr.arpa", .code = 2 },
	/* says it is somebody else */
	{ .name = "5.0.1.1.in-addr.arpa", .ptr = "mail.google.com" },
	{ .name = "mail.google.com", .address = "9.9.9.9" },
	{ .name = "6.0.1.1.in-addr.arpa", .ptr = "no-such-host.example.net" },
	/* of two names one leads back, and it is not the first of the order */
	{ .name = "7.0.1.1.in-addr.arpa",
	  .ptr = "a.example.net",
	  .more_ptr = "longer.example.net" },
	{ .name = "longer.example.net", .address = "1.1.0.7" },
	/* odd names beside a good one */
	{ .name = "8.0.1.1.in-addr.arpa",
	  .ptr = "a b\x01\"<script>.example.net",
	  .more_ptr = "host-8.example.net" },
	{ .name = "host-8.example.net", .address = "1.1.0.8" },
	{ .name = "9.0.1.1.in-addr.arpa", .ptr = "1.2.3.4" },
	{ .name = "10.0.1.1.in-addr.arpa", .ptr = "" },
	{ .name = "11.0.1.1.in-addr.arpa", .ptr = "m\xc3\xbcnchen.example.net" },
	{ .name = "12.0.1.1.in-addr.arpa", .ptr = "localhost" },
	{ .name = "13.0.1.1.in-addr.arpa",
	  .ptr = LONG_NAME "." LONG_NAME "." LONG_NAME ".yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy.net",
	  .ttl = UINT32_MAX },
	{ .name = "14.0.1.1.in-addr.arpa", .ptr = "_underscore.xn--mnchen-3ya.example" },
	{ .name = "_underscore.xn--mnchen-3ya.example", .address = "1.1.0.14", .ttl = 1 },
	{ .name = "15.0.1.1.in-addr.arpa", .code = DNS_NONSENSE },
	{ .name = "16.0.1.1.in-addr.arpa", .code = DNS_SILENCE },
	{ .name = "17.0.1.1.in-addr.arpa", .code = 5 },
	/* the name is there, its server fails */
	{ .name = "18.0.1.2.in-addr.arpa", .ptr = "fails.example.net" },
	{ .name = "fails.example.net", .code = 2 },
	{ .name = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.a.2.ip6.arpa",
	  .ptr = "six.example.net" },
	{ .name = "six.example.net", .address = "2a00::1" },
	{ .name = NULL, .code = 3 },
};

static const struct {
	const char *address;
	enum name_state state;
	const char *name;
} cases[] = {
	{ "1.1.0.1", NAME_CONFIRMED, "mail.example.net" },
	{ "::ffff:1.1.0.1", NAME_CONFIRMED, "mail.example.net" },
	{ "1.1.0.2", NAME_NONE, NULL },
	{ "1.1.0.3", NAME_NONE, NULL },
	{ "1.1.0.4", NAME_FAILED, NULL },
	{ "1.1.0.5", NAME_UNCONFIRMED, "mail.google.com" },
	{ "1.1.0.6", NAME_UNCONFIRMED, "no-such-host.example.net" },
	{ "1.1.0.7", NAME_CONFIRMED, "longer.example.net" },
	{ "1.1.0.8", NAME_CONFIRMED, "host-8.example.net" },
	{ "1.1.0.9", NAME_NONE, NULL },
	{ "1.1.0.10", NAME_NONE, NULL },
	{ "1.1.0.11", NAME_NONE, NULL },
	{ "1.1.0.12", NAME_NONE, NULL },
	{ "1.1.0.13", NAME_UNCONFIRMED,
	  LONG_NAME "." LONG_NAME "." LONG_NAME ".yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy.net" },
	{ "1.1.0.14", NAME_CONFIRMED, "_underscore.xn--mnchen-3ya.example" },
	{ "1.1.0.16", NAME_FAILED, NULL },
	{ "1.1.0.17", NAME_FAILED, NULL },
	{ "2.1.0.18", NAME_FAILED, NULL },
	{ "2a00::1", NAME_CONFIRMED, "six.example.net" },
	{ "192.168.1.1", NAME_NONE, NULL },
	{ "2001:db8::1", NAME_NONE, NULL },
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct ip_address address_of(const char *text)
{
	struct ip_address address;

	assert_true(ip_address_parse(slice_of(text), &address));
	return address;
}

struct bench {
	struct dns_script script;
	struct name_cache *cache;
	struct reverse_dns *dns;
	struct reverse_asker *asker;
	void (*body)(struct bench *bench);
};

static void run_body(void *context)
{
	struct bench *bench = context;

	bench->body(bench);
	bench->script.ended = true;
}

/* The body runs in one fiber and the name server in another. */
static void run(const struct dns_answer *table, bool offline, void (*body)(struct bench *bench))
{
	struct bench bench = { .body = body };

	dns_script_open(&bench.script, table);
	bench.cache = name_cache_new(1000);
	bench.dns = reverse_dns_new(bench.cache, bench.script.address, offline);
	bench.asker = reverse_asker_new(bench.dns);
	fiber_start(dns_script_run, &bench.script);
	fiber_start(run_body, &bench);
	fiber_run(fiber_wait);
	reverse_asker_free(bench.asker);
	reverse_dns_free(bench.dns);
	name_cache_free(bench.cache);
}

static void all_cases(struct bench *bench)
{
	struct ip_address addresses[CASES];
	unsigned asked;

	for (size_t i = 0; i < CASES; i++)
		addresses[i] = address_of(cases[i].address);
	reverse_dns_look_up(bench->asker, addresses, CASES, clock_ms() + BUDGET_MS);
	for (size_t i = 0; i < CASES; i++) {
		const struct reverse_name found = reverse_dns_name(bench->dns, &addresses[i]);

		if (found.state != cases[i].state)
			fail_msg("%s: state %d", cases[i].address, found.state);
		if (!slice_equal(slice_of(found.name), slice_of(cases[i].name)))
			fail_msg("%s: %s", cases[i].address, found.name);
	}
	asked = bench->script.questions;
	reverse_dns_look_up(bench->asker, addresses, CASES, clock_ms() + BUDGET_MS);
	assert_int_equal(bench->script.questions, asked);
}

static void names(void **state)
{
	(void)state;
	run(answers, false, all_cases);
}

/* Alone: c-ares 1.34 gives up the connection for a reply that it cannot read, and
 * with it a try of every question on its way. */
static void a_reply_that_makes_no_sense(struct bench *bench)
{
	const struct ip_address address = address_of("1.1.0.15");

	reverse_dns_look_up(bench->asker, &address, 1, clock_ms() + BUDGET_MS);
	assert_int_equal(reverse_dns_name(bench->dns, &address).state, NAME_FAILED);
}

static void nonsense(void **state)
{
	(void)state;
	run(answers, false, a_reply_that_makes_no_sense);
}

static int64_t seconds_kept(struct bench *bench, const char *text)
{
	const struct ip_address address = address_of(text);

	return name_cache_find(bench->cache, &address)->until - clock_unix();
}

static void kept_as_long_as_is_sensible(struct bench *bench)
{
	all_cases(bench);
	assert_in_range(seconds_kept(bench, "1.1.0.14"), 3600 - 20, 3600);
	assert_in_range(seconds_kept(bench, "1.1.0.13"), 7 * DAY - 20, 7 * DAY);
	assert_in_range(seconds_kept(bench, "1.1.0.2"), DAY - 20, DAY);
	assert_in_range(seconds_kept(bench, "1.1.0.4"), 300 - 20, 300);
}

static void times(void **state)
{
	(void)state;
	run(answers, false, kept_as_long_as_is_sensible);
}

static void nothing_is_asked(struct bench *bench)
{
	const struct ip_address address = address_of("1.1.0.1");

	reverse_dns_look_up(bench->asker, &address, 1, clock_ms() + BUDGET_MS);
	assert_int_equal(reverse_dns_name(bench->dns, &address).state, NAME_FAILED);
	assert_int_equal(bench->script.questions, 0);
}

static void offline(void **state)
{
	(void)state;
	run(answers, true, nothing_is_asked);
}

/* What was known stays known while its servers fail. */
static void old_name_stays(struct bench *bench)
{
	struct cached_name old = { .address = address_of("1.1.0.4"),
				   .state = NAME_CONFIRMED,
				   .until = 1,
				   .name = (char[]){ "old.example.net" } };

	name_cache_put(bench->cache, &old);
	reverse_dns_look_up(bench->asker, &old.address, 1, clock_ms() + BUDGET_MS);
	assert_true(bench->script.questions > 0);
	assert_string_equal(reverse_dns_name(bench->dns, &old.address).name, "old.example.net");
	assert_in_range(seconds_kept(bench, "1.1.0.4"), 300 - 20, 300);
}

static void stale(void **state)
{
	(void)state;
	run(answers, false, old_name_stays);
}

#define MANY 600

/* Late replies fill the cache for the next look-up. */
static void budget_is_kept(struct bench *bench)
{
	struct ip_address addresses[MANY];
	const int64_t start = clock_ms();

	for (size_t i = 0; i < MANY; i++) {
		addresses[i] = address_of("1.2.0.0");
		addresses[i].bytes[2] = (uint8_t)(i / 200 + 1);
		addresses[i].bytes[3] = (uint8_t)(i % 200);
	}
	reverse_dns_look_up(bench->asker, addresses, MANY, start + 300);
	assert_in_range(clock_ms() - start, 300, BUDGET_MS);
	assert_true(reverse_dns_counts(bench->dns).questions <= MANY);
	/* Nobody answers: soon nobody is asked either. */
	reverse_dns_look_up(bench->asker, addresses, MANY, clock_ms() + BUDGET_MS);
	assert_true(reverse_dns_counts(bench->dns).paused);
	assert_true(reverse_dns_counts(bench->dns).questions < 2 * MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(reverse_dns_name(bench->dns, &addresses[i]).state, NAME_FAILED);
}

static void again_at_once(struct bench *bench)
{
	struct ip_address address = address_of("1.3.0.1");
	unsigned asked;

	budget_is_kept(bench);
	asked = reverse_dns_counts(bench->dns).questions;
	reverse_dns_look_up(bench->asker, &address, 1, clock_ms() + BUDGET_MS);
	assert_int_equal(reverse_dns_counts(bench->dns).questions, asked);
}

static void silence(void **state)
{
	static const struct dns_answer silent[] = { { .name = NULL, .code = DNS_SILENCE } };

	(void)state;
	run(silent, false, again_at_once);
}

/* All of a network fail: the rest of it is not asked about. */
static void network_is_given_up(struct bench *bench)
{
	struct ip_address address = address_of("1.4.0.0");

	for (unsigned i = 0; i < 10; i++) {
		address.bytes[3] = (uint8_t)i;
		reverse_dns_look_up(bench->asker, &address, 1, clock_ms() + BUDGET_MS);
	}
	assert_int_equal(reverse_dns_counts(bench->dns).questions, 3);
	address = address_of("1.5.0.1");
	reverse_dns_look_up(bench->asker, &address, 1, clock_ms() + BUDGET_MS);
	assert_int_equal(reverse_dns_counts(bench->dns).questions, 4);
	assert_false(reverse_dns_counts(bench->dns).paused);
}

static void failing_network(void **state)
{
	static const struct dns_answer failing[] = { { .name = NULL, .code = 2 } };

	(void)state;
	run(failing, false, network_is_given_up);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),           cmocka_unit_test(nonsense),
		cmocka_unit_test(times),           cmocka_unit_test(offline),
		cmocka_unit_test(stale),           cmocka_unit_test(silence),
		cmocka_unit_test(failing_network),
	};

	assertions_abort();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

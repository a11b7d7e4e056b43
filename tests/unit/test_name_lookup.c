/* test_name_lookup.c - names that are known, unknown, and never answered
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/limits.h"
#include "base/name_lookup.h"
#include "base/wait.h"
#include "tests/lib/abort.h"
#include "tests/lib/dns_script.h"
#include "tests/lib/rows.h"

#define MUTE_MS 500
#define PATIENCE_MS 60000

/* A name server that takes questions and never answers. */
static int mute(char name[static 32])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(name, 32, "127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
	return fd;
}

static bool look_up_for(int64_t ms, const char *host, const char *servers,
			struct host_address *found, struct error *err)
{
	size_t count;

	return name_lookup(host, 993, servers, clock_ms() + ms, found, &count, err);
}

static bool look_up(const char *host, const char *servers, struct host_address *found,
		    struct error *err)
{
	return look_up_for(PATIENCE_MS, host, servers, found, err);
}

static void an_address_is_taken_as_it_stands(void **state)
{
	struct host_address found[HOST_ADDRESSES_MAX];
	const struct sockaddr_in *four = (const struct sockaddr_in *)&found[0].address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&found[0].address;
	struct error err;

	(void)state;
	assert_true(look_up("192.0.2.1", NULL, found, &err));
	assert_int_equal(four->sin_family, AF_INET);
	assert_int_equal(ntohl(four->sin_addr.s_addr), 0xc0000201);
	assert_int_equal(ntohs(four->sin_port), 993);
	assert_true(look_up("2001:db8::1", NULL, found, &err));
	assert_int_equal(six->sin6_family, AF_INET6);
	assert_int_equal(six->sin6_addr.s6_addr[1], 0x01);
	assert_int_equal(ntohs(six->sin6_port), 993);
}

static void localhost_needs_no_server(void **state)
{
	struct host_address found[HOST_ADDRESSES_MAX];
	struct error err;
	char server[32];
	const int fd = mute(server);

	(void)state;
	assert_true(look_up("localhost", server, found, &err));
	close(fd);
}

static void a_server_that_does_not_answer_is_given_up(void **state)
{
	struct host_address found[HOST_ADDRESSES_MAX];
	struct error err;
	char server[32];
	const int fd = mute(server);
	const int64_t start = clock_ms();

	(void)state;
	assert_false(look_up_for(MUTE_MS, "imap.example.org", server, found, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	assert_non_null(strstr(err.text, "imap.example.org: the name servers do not answer"));
	assert_in_range(clock_ms() - start, MUTE_MS, MUTE_MS + PATIENCE_MS);
	close(fd);
}

static void a_server_that_is_away_is_an_error(void **state)
{
	struct host_address found[HOST_ADDRESSES_MAX];
	struct error err;
	char server[32];

	(void)state;
	close(mute(server));
	assert_false(look_up("imap.example.org", server, found, &err));
	assert_int_equal(err.class, ERROR_RETRY);
}

static bool looked_up;
static unsigned went_on;

static void look_up_in_vain(void *server)
{
	struct host_address found[HOST_ADDRESSES_MAX];
	struct error err;

	assert_false(look_up_for(MUTE_MS, "imap.example.org", server, found, &err));
	looked_up = true;
}

static void go_on(void *context)
{
	(void)context;
	while (!looked_up) {
		wait_until(clock_ms() + 10);
		went_on++;
	}
}

static void others_go_on_meanwhile(void **state)
{
	char server[32];
	const int fd = mute(server);

	(void)state;
	fiber_start(look_up_in_vain, server);
	fiber_start(go_on, NULL);
	fiber_run(fiber_wait);
	assert_in_range(went_on, 5, MUTE_MS);
	close(fd);
}

/* --- texts ------------------------------------------------------------------ */

#define TEXT_100                                                                                   \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"890123456789"

struct text_case {
	const char *name;
	size_t limit;
	const char *texts; /* each with a NUL behind it */
	size_t size;
	bool answered;
};
#define TEXTS(literal) literal, sizeof(literal)

static const struct dns_answer answers[] = {
	{ .name = "one.example", .text = "v=DKIM1; p=" },
	{ .name = "two.example", .text = "first", .more = "second" },
	{ .name = "long.example", .text = TEXT_100 TEXT_100 TEXT_100, .more = "short" },
	{ .name = "empty.example", .text = "" },
	{ .name = "none.example" },
	{ .name = "fails.example", .code = 2 },
	{ .name = "refused.example", .code = 5 },
	{ .name = "nonsense.example", .code = DNS_NONSENSE },
	{ .name = "silent.example", .code = DNS_SILENCE },
	{ .name = NULL, .code = 3 },
};

static const struct text_case text_cases[] = {
	{ "one.example", KIB, TEXTS("v=DKIM1; p="), true },
	{ "ONE.example", KIB, TEXTS("v=DKIM1; p="), true },
	{ "two.example", KIB, TEXTS("first\0second"), true },
	{ "long.example", KIB, TEXTS(TEXT_100 TEXT_100 TEXT_100 "\0short"), true },
	{ "long.example", 280, TEXTS("short"), true },
	{ "empty.example", KIB, TEXTS(""), true },
	{ "none.example", KIB, NULL, 0, true },
	{ "no-such-name.example", KIB, NULL, 0, true },
	{ "no..name", KIB, NULL, 0, true },
	{ "fails.example", KIB, NULL, 0, false },
	{ "refused.example", KIB, NULL, 0, false },
	{ "nonsense.example", KIB, NULL, 0, false },
	{ "silent.example", KIB, NULL, 0, false },
};

static void look_up_texts(void *context)
{
	struct dns_script *script = context;

	FOR_ROWS (i, text_cases) {
		const struct text_case *c = &text_cases[i];
		struct strbuf texts;
		const bool silent = strcmp(c->name, "silent.example") == 0;
		struct text_question q = { .name = c->name,
					   .deadline = clock_ms() +
						       (silent ? MUTE_MS : PATIENCE_MS),
					   .texts = &texts };

		strbuf_init(&texts, c->limit);
		text_lookup(&q, 1, script->address);
		if (q.answered != c->answered ||
		    !slice_equal(strbuf_slice(&texts), (struct slice){ c->texts, c->size }))
			fail_msg("case %zu, %s: %s", i, c->name, q.err.text);
		assert_int_equal(q.err.class, c->answered ? ERROR_NONE : ERROR_RETRY);
		strbuf_release(&texts);
	}
	script->ended = true;
}

static void texts_of_a_name(void **state)
{
	struct dns_script script;

	(void)state;
	dns_script_open(&script, answers);
	fiber_start(dns_script_run, &script);
	fiber_start(look_up_texts, &script);
	fiber_run(fiber_wait);
}

static void name_servers(void **state)
{
	(void)state;
	assert_true(name_servers_are_good("127.0.0.1"));
	assert_true(name_servers_are_good("127.0.0.1:5353, [::1]:53"));
	assert_false(name_servers_are_good("localhost"));
	assert_false(name_servers_are_good(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_taken_as_it_stands),
		cmocka_unit_test(localhost_needs_no_server),
		cmocka_unit_test(a_server_that_does_not_answer_is_given_up),
		cmocka_unit_test(a_server_that_is_away_is_an_error),
		cmocka_unit_test(others_go_on_meanwhile),
		cmocka_unit_test(texts_of_a_name),
		cmocka_unit_test(name_servers),
	};

	assertions_abort();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

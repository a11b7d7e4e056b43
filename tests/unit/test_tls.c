/* test_tls.c - what a TLS server can make its client compute
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailbox/tls.h"
#include "mailbox/transport.h"
#include "tests/lib/odd_certificate.h"
#include "tests/lib/rows.h"
#include "tests/lib/scratch.h"

#define TLS_1_3 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define TLS_1_2 "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:"
#define PATIENCE_MS 60000

static char ca_file[4096];

static int make_issuer(void **state)
{
	if (scratch_make(state) != 0)
		return -1;
	snprintf(ca_file, sizeof(ca_file), "%s/issuer.pem", scratch_directory);
	odd_certificate_write_issuer(ca_file);
	return 0;
}

/* Shakes hands with such a server; err.text is "" when that went well. */
static void shake_hands(const struct odd_certificate *odd, struct error *err)
{
	const struct transport_settings settings = { .host = "localhost", .ca_file = ca_file };
	int pair[2], result = TLS_AGAIN;
	struct tls *tls;
	pid_t server;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	server = fork();
	assert_true(server >= 0);
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		odd_certificate_serve(pair[1], odd);
	}
	close(pair[1]);
	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	*err = (struct error){ .class = ERROR_NONE };
	tls = tls_new(&settings, pair[0], err);
	assert_non_null(tls);
	while ((result = tls_handshake(tls)) == TLS_AGAIN) {
		struct pollfd wanted = { .fd = pair[0], .events = tls_wants(tls) };

		assert_int_equal(poll(&wanted, 1, PATIENCE_MS), 1);
	}
	if (result < 0)
		assert_false(tls_explain(tls, false, err));
	tls_free(tls, false);
	close(pair[0]);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

static const char *const ways[] = { TLS_1_3, TLS_1_2 "+ECDHE-RSA", TLS_1_2 "+RSA" };

static void ordinary_keys_are_taken(void **state)
{
	struct error err;

	(void)state;
	FOR_ROWS (i, ways) {
		shake_hands(&(struct odd_certificate){ .priorities = ways[i] }, &err);
		if (err.text[0])
			fail_msg("%s: %s", ways[i], err.text);
	}
}

/* Before a single computation with them, in every message that would use them. */
static void keys_that_cost_too_much_are_refused(void **state)
{
	static const struct {
		unsigned modulus_bits, exponent_bits;
		const char *want;
	} keys[] = {
		{ 16385, 17, "a key of 16385 bits" },
		{ 65536, 65535, "a key of 65536 bits" },
		{ 200000, 199999, "a key of 200000 bits" },
		{ 4096, 65, "an exponent of more than 64 bits" },
		{ 16384, 16383, "an exponent of more than 64 bits" },
	};
	struct error err;

	(void)state;
	FOR_ROWS (i, ways) {
		FOR_ROWS (k, keys) {
			const struct odd_certificate odd = {
				.modulus_bits = keys[k].modulus_bits,
				.exponent_bits = keys[k].exponent_bits,
				.priorities = ways[i],
			};

			shake_hands(&odd, &err);
			if (err.class != ERROR_RETRY || !strstr(err.text, keys[k].want))
				fail_msg("%s, %u bits: %s", ways[i], keys[k].modulus_bits,
					 err.text);
		}
	}
}

/* The largest key that is let through is then found to have signed nothing. */
static void large_keys_are_taken(void **state)
{
	struct error err;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		shake_hands(&(struct odd_certificate){ 16384, 64, ways[i], 0 }, &err);
		assert_true(err.text[0]);
		if (strstr(err.text, "ordinary key"))
			fail_msg("%s: %s", ways[i], err.text);
	}
}

static void keys_of_issuers_are_looked_at(void **state)
{
	struct error err;

	(void)state;
	FOR_ROWS (i, ways) {
		shake_hands(&(struct odd_certificate){ 16385, 17, ways[i], 1 }, &err);
		if (!strstr(err.text, "a key of 16385 bits"))
			fail_msg("%s: %s", ways[i], err.text);
	}
}

/* In TLS 1.2 the server would choose the prime. */
static void dhe_is_not_offered(void **state)
{
	struct error err;

	(void)state;
	shake_hands(&(struct odd_certificate){ .priorities = TLS_1_2 "+DHE-RSA" }, &err);
	assert_non_null(strstr(err.text, "Handshake failed"));
}

/* More than 64 KiB in one message: the list of certificates. */
static void a_handshake_message_has_a_limit(void **state)
{
	struct error err;

	(void)state;
	shake_hands(&(struct odd_certificate){ 520000, 17, TLS_1_3, 0 }, &err);
	assert_non_null(strstr(err.text, "too large"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_keys_are_taken),
		cmocka_unit_test(keys_that_cost_too_much_are_refused),
		cmocka_unit_test(large_keys_are_taken),
		cmocka_unit_test(keys_of_issuers_are_looked_at),
		cmocka_unit_test(dhe_is_not_offered),
		cmocka_unit_test(a_handshake_message_has_a_limit),
	};

	return cmocka_run_group_tests(tests, make_issuer, scratch_remove);
}

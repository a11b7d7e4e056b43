/* test_http.c - what an HTTPS server can make its client compute
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
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

#include "output/http.h"
#include "tests/lib/odd_certificate.h"
#include "tests/lib/rows.h"
#include "tests/lib/scratch.h"

#define TLS_1_3 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define TLS_1_2 "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:"

#define PLAIN_ANSWER "HTTP/1.1 400 Bad Request\r\n\r\n"

static char ca_file[4096];

static int make_issuer(void **state)
{
	if (scratch_make(state) != 0)
		return -1;
	snprintf(ca_file, sizeof(ca_file), "%s/issuer.pem", scratch_directory);
	odd_certificate_write_issuer(ca_file);
	return 0;
}

/* A server for one connection, without TLS if odd is NULL; gives its port. */
static uint16_t start_server(const struct odd_certificate *odd, pid_t *child)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	*child = fork();
	assert_true(*child >= 0);
	if (*child == 0) {
		const int fd = accept(listener, NULL, NULL);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (odd)
			odd_certificate_serve(fd, odd);
		(void)!write(fd, PLAIN_ANSWER, strlen(PLAIN_ANSWER));
		pause();
	}
	close(listener);
	return ntohs(address.sin_port);
}

/* A request that gets no answer; err says why. */
static void ask(const struct odd_certificate *odd, struct error *err)
{
	const struct elastic_settings settings = { .ca_file = ca_file,
						   .timeout_ms = 60000,
						   .reconnect_ms = 60000 };
	struct http *http = http_new(&settings);
	struct http_answer answer;
	struct http_request request = { .method = "GET", .path = "/" };
	char url[64];
	pid_t server;

	snprintf(url, sizeof(url), "https://localhost:%u", (unsigned)start_server(odd, &server));
	request.url = url;
	*err = (struct error){ .class = ERROR_NONE };
	assert_false(http_send(http, &request, &answer, err));
	http_free(http);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

static const char *const ways[] = { TLS_1_3, TLS_1_2 "+ECDHE-RSA", TLS_1_2 "+DHE-RSA",
				    TLS_1_2 "+RSA" };

static void keys_that_cost_too_much_are_refused(void **state)
{
	static const struct {
		unsigned modulus_bits, exponent_bits;
		const char *want;
	} keys[] = {
		{ 16385, 17, "modulus too large" },
		{ 100000, 99999, "modulus too large" },
		{ 4096, 65, "bad e value" },
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

			ask(&odd, &err);
			if (err.class != ERROR_RETRY || !strstr(err.text, keys[k].want))
				fail_msg("%s, %u bits: %s", ways[i], keys[k].modulus_bits,
					 err.text);
		}
	}
}

static void a_server_without_tls_is_told_as_that(void **state)
{
	struct error err;

	(void)state;
	ask(NULL, &err);
	assert_int_equal(err.class, ERROR_RETRY);
	assert_non_null(strstr(err.text, "is it an http URL?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_without_tls_is_told_as_that),
		cmocka_unit_test(keys_that_cost_too_much_are_refused),
	};

	return cmocka_run_group_tests(tests, make_issuer, scratch_remove);
}

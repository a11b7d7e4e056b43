/* test_imap_session.c - a stop while a session is being opened
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/wait.h"
#include "mailbox/imap_session.h"

/* A server that takes connections and never says anything. */
static int listen_mutely(uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void on_alarm(int number)
{
	(void)number;
	wait_stop();
}

/* No mail is in progress, so there is no grace. */
static void a_stop_ends_the_opening(void **state)
{
	static const enum mailbox_tls kinds[] = { MAILBOX_TLS_NONE, MAILBOX_TLS_STARTTLS,
						  MAILBOX_TLS_IMPLICIT };
	const struct sigaction stop = { .sa_handler = on_alarm };
	struct imap_settings settings = {
		.host = "127.0.0.1", .user = "u", .password = "p", .timeout_ms = 60000
	};
	const int fd = listen_mutely(&settings.port);

	(void)state;
	sigaction(SIGALRM, &stop, NULL);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct imap_session session = { .settings = NULL };
		const int64_t start = clock_ms();
		struct error err;

		wait_resume();
		settings.tls = kinds[i];
		alarm(1);
		assert_false(imap_session_open(&session, &settings, &err));
		assert_true(wait_stopping());
		assert_in_range(clock_ms() - start, 0, WAIT_GRACE_MS - 1);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_stop_ends_the_opening) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

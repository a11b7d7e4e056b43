/* test_wait.c - waiting ends at its time, at an event, and at a signal
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/wait.h"
#include "tests/lib/rows.h"

static int asked;

static int answer_at_once(struct pollfd *fds, nfds_t count, int64_t until)
{
	(void)until;
	asked++;
	if (count == 0)
		return 0;
	fds[0].revents = POLLOUT;
	return 1;
}

static void on_stop(int number)
{
	(void)number;
	wait_stop();
}

static void the_time_comes(void **state)
{
	const int64_t start = clock_ms();

	(void)state;
	assert_int_equal(wait_poll(NULL, 0, start + 20), 0);
	assert_in_range(clock_ms() - start, 20, 60000);
	assert_true(wait_until(clock_ms() + 20));
	/* A time that is over still looks at what is ready. */
	assert_int_equal(wait_poll(NULL, 0, start - 1000), 0);
}

static void an_event_comes(void **state)
{
	int pipes[2];
	struct pollfd wanted;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	wanted = (struct pollfd){ .fd = pipes[0], .events = POLLIN };
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(wait_poll(&wanted, 1, clock_ms() + 60000), 1);
	assert_int_equal(wanted.revents, POLLIN);
	close(pipes[0]);
	close(pipes[1]);
}

static void waits_are_delegated(void **state)
{
	struct pollfd wanted = { .fd = -1 };

	(void)state;
	wait_delegate(answer_at_once);
	assert_int_equal(wait_poll(&wanted, 1, clock_ms() + 60000), 1);
	assert_int_equal(asked, 1);
	wait_delegate(NULL);
}

static void a_signal_ends_every_wait(void **state)
{
	const struct sigaction stop = { .sa_handler = on_stop };
	const int64_t start = clock_ms();
	sigset_t blocked;

	(void)state;
	sigaction(SIGTERM, &stop, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGTERM);
	assert_false(wait_stopping());
	assert_false(wait_until(start + 600000));
	assert_true(wait_stopping());
	assert_int_equal(wait_poll(NULL, 0, start + 600000), -1);
	assert_int_equal(errno, ECANCELED);
	assert_in_range(clock_ms() - start, WAIT_GRACE_MS, WAIT_GRACE_MS + 60000);
	wait_resume();
	assert_false(wait_stopping());
	assert_true(wait_until(clock_ms() + 20));
}

static void wait_poll_now(void)
{
	(void)wait_poll(NULL, 0, 0);
}

static void wait_poll_idle_now(void)
{
	(void)wait_poll_idle(NULL, 0, 0);
}

static void wait_until_now(void)
{
	(void)wait_until(0);
}

/* The signal that ends a process in which it is called; 0: none does. */
static int ends_by(void (*wait_now)(void), unsigned forbidden)
{
	const pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		for (unsigned i = 0; i < forbidden; i++)
			wait_forbid();
		if (forbidden == 0) {
			wait_forbid();
			wait_permit();
		}
		wait_now();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void nobody_waits_where_it_is_forbidden(void **state)
{
	static void (*const waits[])(void) = { wait_poll_now, wait_poll_idle_now, wait_until_now };

	(void)state;
	FOR_ROWS (i, waits) {
		assert_int_equal(ends_by(waits[i], 0), 0);
		assert_int_equal(ends_by(waits[i], 1), SIGABRT);
		assert_int_equal(ends_by(waits[i], 2), SIGABRT);
	}
	assert_true(wait_permitted());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_time_comes),
		cmocka_unit_test(an_event_comes),
		cmocka_unit_test(waits_are_delegated),
		cmocka_unit_test(a_signal_ends_every_wait),
		cmocka_unit_test(nobody_waits_where_it_is_forbidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_secret.c - commands that give a secret, and what they leave behind
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/wait.h"
#include "bridge/config/secret.h"
#include "tests/lib/rows.h"
#include "tests/lib/scratch.h"

#define PATIENCE_MS 60000

static char pid_file[4200], command[8400];

static bool fetch(const char *text, char secret[static SECRET_LIMIT], struct error *err)
{
	*err = (struct error){ .class = ERROR_NONE };
	return secret_fetch(&(struct secret_config){ .command = text }, "password", secret, err);
}

/* The process that the command has written to pid_file; 0: not yet. */
static pid_t left_behind(void)
{
	FILE *file = fopen(pid_file, "r");
	int pid = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid;
}

/* Nobody's child may stay a zombie for a moment. */
static void expect_gone(pid_t pid)
{
	const int64_t until = clock_ms() + PATIENCE_MS;
	char path[64], line[512] = "";

	assert_true(pid > 0);
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (clock_ms() < until) {
		FILE *file = fopen(path, "r");
		const bool there = file && fgets(line, sizeof(line), file);

		if (file)
			fclose(file);
		if (!there || strstr(line, ") Z "))
			return;
		poll(NULL, 0, 10);
	}
	kill(pid, SIGKILL);
	fail_msg("process %d is still there", pid);
}

static void expect_no_child_of(const char *redirection)
{
	char secret[SECRET_LIMIT];
	struct error err;

	unlink(pid_file);
	snprintf(command, sizeof(command), "sleep 3000 %s & echo $! >%s; echo geheim", redirection,
		 pid_file);
	if (!fetch(command, secret, &err))
		fail_msg("%s", err.text);
	assert_string_equal(secret, "geheim");
	expect_gone(left_behind());
}

/* A shell that has ended is at its end, whoever holds its output. */
static void children_end_with_the_command(void **state)
{
	(void)state;
	expect_no_child_of("");
	expect_no_child_of(">/dev/null 2>&1");
}

static void on_signal(int number)
{
	(void)number;
	wait_stop();
}

/* Told to stop while the command hangs: its children are ended all the same. */
static void a_command_that_hangs_leaves_nobody_behind(void **state)
{
	const pid_t parent = getpid();
	char secret[SECRET_LIMIT];
	struct error err;
	pid_t helper;

	(void)state;
	unlink(pid_file);
	signal(SIGUSR1, on_signal);
	helper = fork();
	assert_true(helper >= 0);
	if (helper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (left_behind() == 0)
			poll(NULL, 0, 10);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	snprintf(command, sizeof(command), "(sleep 3000 & echo $! >%s; wait) | cat", pid_file);
	assert_false(fetch(command, secret, &err));
	assert_non_null(strstr(err.text, "password_command: stopped before it answered"));
	wait_resume();
	waitpid(helper, NULL, 0);
	expect_gone(left_behind());
}

static void a_command_that_fails_is_not_shown(void **state)
{
	static const struct {
		const char *command, *want;
	} cases[] = {
		{ "exit 3 # hunter2", "password_command failed with exit status 3" },
		{ "kill -9 $$ # hunter2", "password_command ended by signal 9" },
		{ "true # hunter2", "password_command gives nothing" },
		{ "cat # hunter2", "password_command gives nothing" },
		{ "printf 'a\\000b\\n' # hunter2", "NUL" },
		{ "head -c 100000 /dev/zero | tr '\\0' x # hunter2", "File too large" },
	};
	char secret[SECRET_LIMIT];
	struct error err;

	(void)state;
	FOR_ROWS (i, cases) {
		assert_false(fetch(cases[i].command, secret, &err));
		if (!strstr(err.text, cases[i].want) || strstr(err.text, "hunter2"))
			fail_msg("%s: %s", cases[i].command, err.text);
	}
}

static int set_up(void **state)
{
	if (scratch_make(state) != 0)
		return -1;
	snprintf(pid_file, sizeof(pid_file), "%s/pid", scratch_directory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_end_with_the_command),
		cmocka_unit_test(a_command_that_hangs_leaves_nobody_behind),
		cmocka_unit_test(a_command_that_fails_is_not_shown),
	};

	return cmocka_run_group_tests(tests, set_up, scratch_remove);
}

/* schedule.c - starts commands at the times of [schedule]
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/datetime.h"
#include "base/log.h"
#include "base/module.h"
#include "base/wait.h"
#include "bridge/process/schedule_file.h"

/* From SIGTERM to SIGKILL; the whole program ends within five seconds. */
#define GRACE_MS (WAIT_GRACE_MS + 200)
#define LOOK_MS 20
/* Output lines that are logged per run; further lines are dropped. */
#define LINES_MAX 50
/* Mailboxes have priority. */
#define NICENESS 10
#define ARGUMENT_BYTES ((size_t)1 << 20)

/* Why a command was stopped. */
static const char time_is_up[] = "stopped at the time limit";
/* The command is due again when the program starts. */
static const char program_ends[] = "stopped because the program ends";

/* --- times --------------------------------------------------------------------------- */

/* A command with an interval that has never run is due at once, like one whose time was
 * missed. */
static int64_t next_of(const struct schedule *s, unsigned command)
{
	const struct calendar *at = &s->config->schedule.commands[command].at;
	const int64_t last = s->states[command].last_start, now = clock_unix();

	if (at->kind == CALENDAR_NEVER || !config_keeps_house(s->config))
		return 0;
	if (last == 0)
		return at->kind == CALENDAR_EVERY ? now : calendar_next(at, now);
	/* A clock that was set back must not postpone it for years. */
	return calendar_next(at, last < now ? last : now);
}

void schedule_configure(struct schedule *s, const struct config *config)
{
	s->config = config;
	for (unsigned i = 0; i < SCHEDULED_COUNT; i++)
		s->states[i].next = next_of(s, i);
}

void schedule_begin(struct schedule *s, const char *config_file, const struct config *config)
{
	*s = (struct schedule){ .config_file = config_file };
	(void)program_path(); /* before an upgrade */
	schedule_file_read(config->bridge.state_directory, s->states);
	schedule_configure(s, config);
}

static void keep_times(const struct schedule *s)
{
	struct error err;

	if (!schedule_file_write(s->config->bridge.state_directory, s->states, &err))
		log_event(LOG_LEVEL_WARNING, "command-times", LOG_TEXT("error", err.text));
}

/* --- output of the commands ------------------------------------------------------------- */

static void set_error(struct scheduled_state *state, const char *text)
{
	snprintf(state->error, sizeof(state->error), "%s", text);
}

static void end_line(struct schedule *s, unsigned command)
{
	static const char prefix[] = "reportbridge: ";
	struct scheduled_child *child = &s->children[command];
	const size_t skip = sizeof(prefix) - 1;
	const char *text = child->line;

	child->line[child->length] = '\0';
	if (strncmp(text, prefix, skip) == 0)
		text += skip;
	if (child->length == 0)
		return;
	set_error(&s->states[command], text);
	if (child->lines++ < LINES_MAX)
		log_event(LOG_LEVEL_INFO, "command-output",
			  LOG_TEXT("command", scheduled_name(command)), LOG_TEXT("text", text));
	child->length = 0;
}

/* Cuts a line that is too long. */
static void take_output(struct schedule *s, unsigned command, const char *text, size_t size)
{
	struct scheduled_child *child = &s->children[command];

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n')
			end_line(s, command);
		else if (child->length < sizeof(child->line) - 1)
			child->line[child->length++] = text[i];
	}
}

/* Reads at most what a pipe holds; the rest is read the next time. */
static void read_output(struct schedule *s, unsigned command)
{
	struct scheduled_child *child = &s->children[command];
	char buffer[4096];
	ssize_t got = 1;

	for (int i = 0; i < 16 && child->output >= 0 && got > 0; i++)
		if ((got = read(child->output, buffer, sizeof(buffer))) > 0)
			take_output(s, command, buffer, (size_t)got);
}

/* --- children -------------------------------------------------------------------------- */

/* Between fork() and exec in a process with threads, only async-signal-safe calls are
 * allowed. */
static _Noreturn void exec_command(const char *program, const char *const *arguments, int output,
				   pid_t parent)
{
	static const char unable[] = "the program cannot be started: is /proc mounted?\n";
	const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	(void)setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(nothing, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		_exit(EXIT_FAILURE);
	if (nice(NICENESS) < 0)
		errno = 0; /* may fail: the lower priority is optional */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* By its path: an upgrade replaces the modules too. */
	execv(program, (char *const *)(uintptr_t)arguments);
	(void)!write(STDERR_FILENO, unable, sizeof(unable) - 1);
	_exit(EXIT_FAILURE);
}

static void note_failure(struct schedule *s, unsigned command, struct log_member how,
			 int64_t duration_ms)
{
	struct scheduled_state *state = &s->states[command];
	char when[DATETIME_SIZE];
	const char *const next = when;

	datetime_format(state->next, when);
	state->failures++;
	state->failed = true;
	log_event(LOG_LEVEL_ERROR, "command-failed", LOG_TEXT("command", scheduled_name(command)),
		  how, LOG_TEXT("error", state->error), LOG_NUMBER("duration_ms", duration_ms),
		  LOG_TEXT(state->next > 0 ? "next" : NULL, next));
}

/* Returns our end of the pipe; -1: see errno. */
static int spawn(const char *const *arguments, pid_t *pid)
{
	const char *const program = program_path();
	const pid_t parent = getpid();
	int ends[2];

	*pid = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*pid = fork();
	if (*pid == 0)
		exec_command(program, arguments, ends[1], parent);
	close(ends[1]);
	if (*pid > 0) {
		/* In the parent and in the child, since either may run first. */
		(void)setpgid(*pid, *pid);
		(void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* only our end */
		return ends[0];
	}
	close(ends[0]);
	return -1;
}

static void start(struct schedule *s, unsigned command)
{
	struct scheduled_state *state = &s->states[command];
	struct scheduled_child *child = &s->children[command];
	struct arena arena;

	*child = (struct scheduled_child){ .started = clock_ms(), .previous = state->last_start };
	child->stop_at = child->started + s->config->schedule.time_limit_ms;
	state->last_start = clock_unix();
	state->next = next_of(s, command);
	state->runs++;
	state->error[0] = '\0';
	keep_times(s);
	arena_init(&arena, ARGUMENT_BYTES);
	child->output = spawn(scheduled_arguments(&s->config->schedule, command, s->config_file,
						  &arena),
			      &child->pid);
	arena_release(&arena);
	if (child->output < 0) {
		child->pid = 0;
		set_error(state, strerror(errno));
		note_failure(s, command, (struct log_member){ .name = NULL }, 0);
		return;
	}
	state->running = true;
	log_event(LOG_LEVEL_INFO, "command-started", LOG_TEXT("command", scheduled_name(command)),
		  LOG_NUMBER("pid", child->pid));
}

/* The error of a stopped command is the reason why it was stopped, not its last output, which
 * may be unrelated. */
static void note_exit(struct schedule *s, unsigned command, int status)
{
	struct scheduled_state *state = &s->states[command];
	struct scheduled_child *child = &s->children[command];
	const bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	const int64_t duration_ms = clock_ms() - child->started;

	read_output(s, command);
	end_line(s, command);
	close(child->output);
	child->pid = 0;
	state->running = false;
	if (!good && child->stopped)
		set_error(state, child->stopped);
	if (!good && child->stopped == program_ends)
		state->last_start = child->previous;
	if (good) {
		state->last_success = state->last_start;
		state->failed = false;
		state->error[0] = '\0';
		log_event(LOG_LEVEL_INFO, "command-done",
			  LOG_TEXT("command", scheduled_name(command)),
			  LOG_NUMBER("duration_ms", duration_ms));
	} else {
		note_failure(s, command,
			     WIFEXITED(status) ? LOG_NUMBER("status", WEXITSTATUS(status))
					       : LOG_NUMBER("signal", WTERMSIG(status)),
			     duration_ms);
	}
	keep_times(s);
}

static void stop_child(struct scheduled_child *child, const char *why)
{
	if (child->pid == 0 || child->kill_at > 0)
		return;
	child->kill_at = clock_ms() + GRACE_MS;
	child->stopped = why;
	kill(-child->pid, SIGTERM);
}

/* Returns whether the command is still running. */
static bool check_child(struct schedule *s, unsigned command)
{
	struct scheduled_child *child = &s->children[command];
	int status;

	if (child->pid == 0)
		return false;
	read_output(s, command);
	if (waitpid(child->pid, &status, WNOHANG) == child->pid) {
		note_exit(s, command, status);
		return false;
	}
	if (clock_ms() >= child->stop_at)
		stop_child(child, time_is_up);
	if (child->kill_at > 0 && clock_ms() >= child->kill_at)
		kill(-child->pid, SIGKILL);
	return true;
}

void schedule_run_due(struct schedule *s)
{
	for (unsigned i = 0; i < SCHEDULED_COUNT && s->config; i++)
		if (!check_child(s, i) && s->states[i].next > 0 &&
		    s->states[i].next <= clock_unix())
			start(s, i);
}

int64_t schedule_next_ms(const struct schedule *s)
{
	const int64_t now = clock_ms();
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < SCHEDULED_COUNT && s->config; i++) {
		const struct scheduled_child *child = &s->children[i];
		const int64_t due = (s->states[i].next - clock_unix()) * 1000;
		int64_t at = now + (due > 0 ? due : 0);

		if (child->pid > 0)
			at = child->kill_at > 0 ? child->kill_at : child->stop_at;
		else if (s->states[i].next == 0)
			continue;
		if (at < next)
			next = at;
	}
	return next;
}

void schedule_stop(struct schedule *s)
{
	for (unsigned i = 0; i < SCHEDULED_COUNT; i++)
		stop_child(&s->children[i], program_ends);
}

void schedule_end(struct schedule *s)
{
	schedule_stop(s);
	for (unsigned i = 0; i < SCHEDULED_COUNT; i++)
		while (check_child(s, i))
			(void)wait_poll(NULL, 0, clock_ms() + LOOK_MS);
}

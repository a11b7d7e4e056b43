/* supervisor.c - keeps the workers alive
 *
 * SPDX-License-Identifier: MIT
 *
 * Knows nothing of mail.  Whatever ends a worker, another one takes its place
 * and meets the same mails again; the mail that was being read is remembered.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "base/wait.h"
#include "bridge/process/bridge.h"
#include "bridge/process/signals.h"
#include "bridge/process/worker.h"

/* Before a worker that died is replaced, doubled each time. */
#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS 60000
/* One that lived for longer did not die of being started. */
#define LIVED_MS 60000
/* With --once somebody waits for the end. */
#define DEATHS_OF_ONCE 5
/* The end comes within five seconds, whatever the workers do. */
#define KILL_AFTER_MS (WAIT_GRACE_MS + 600)

struct child {
	size_t number;
	pid_t pid; /* 0: not running */
	bool done; /* needs no successor */
	int64_t started;
	int64_t due;	 /* of the successor */
	unsigned deaths; /* in a row */
};

struct supervisor {
	struct bridge *bridge;
	struct child children[WORKERS_MAX];
	size_t count;
	bool ending;
	int64_t kill_at; /* while ending */
};

/* --- in the worker ------------------------------------------------------------ */

static bool supervise_worker(void *context)
{
	struct worker_state *state = context;

	state->alive = clock_ms();
	return !(signals_take() & SIGNAL_STOP);
}

static _Noreturn void be_worker(const struct supervisor *s, size_t number, pid_t parent)
{
	struct bridge *bridge = s->bridge;
	const struct worker_plan plan = {
		.config = &bridge->config,
		.number = number,
		.workers = s->count,
		.once = bridge->once,
		.poison = &bridge->poison,
		.state = &bridge->states[number],
		.tick_ms = WORKER_TICK_MS,
		.handle_signals = supervise_worker,
		.context = &bridge->states[number],
	};

	/* Without a supervisor nobody would stop it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_UNREACHABLE);
	signals_catch();
	_exit(worker_run(&plan));
}

/* --- in the supervisor -------------------------------------------------------- */

static void start(struct supervisor *s, struct child *child)
{
	const pid_t parent = getpid();
	pid_t pid;

	s->bridge->states[child->number].alive = clock_ms();
	pid = fork();

	if (pid == 0)
		be_worker(s, child->number, parent);
	child->started = clock_ms();
	if (pid > 0) {
		child->pid = pid;
		return;
	}
	child->due = clock_ms() + LONGEST_PAUSE_MS;
	log_event(LOG_LEVEL_ERROR, "worker-missing", LOG_NUMBER("worker", child->number),
		  LOG_TEXT("error", strerror(errno)), LOG_NUMBER("retry_ms", LONGEST_PAUSE_MS));
}

/* Who was it?  Says so, and whether that mail will be read again. */
static void blame(struct supervisor *s, const struct child *child)
{
	struct mail_in_hand *in_hand = &s->bridge->states[child->number].in_hand;
	unsigned deaths;

	if (!in_hand->held)
		return;
	deaths = poison_blame(&s->bridge->poison, in_hand);
	log_event(LOG_LEVEL_ERROR, "mail-in-hand", LOG_TEXT("mailbox", in_hand->mailbox),
		  LOG_TEXT("mail", in_hand->name), LOG_NUMBER("deaths", deaths));
	in_hand->held = false;
}

static void on_death(struct supervisor *s, struct child *child, int status)
{
	const bool signalled = WIFSIGNALED(status);

	blame(s, child);
	if (clock_ms() - child->started > LIVED_MS)
		child->deaths = 0;
	child->due = clock_ms() + backoff_ms(child->deaths++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS,
					     backoff_random());
	child->done = s->bridge->once && child->deaths == DEATHS_OF_ONCE;
	if (child->done)
		bridge_worsen(s->bridge, EXIT_UNREACHABLE);
	log_event(LOG_LEVEL_ERROR, "worker-died", LOG_NUMBER("worker", child->number),
		  LOG_NUMBER("pid", child->pid),
		  LOG_NUMBER(signalled ? "signal" : "status",
			     signalled ? WTERMSIG(status) : WEXITSTATUS(status)),
		  LOG_NUMBER("retry_ms", child->due - clock_ms()));
}

static void bury(struct supervisor *s, struct child *child, int status)
{
	const bool normal = WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_UNREACHABLE;

	if (s->ending || (normal && s->bridge->once)) {
		child->done = true;
		bridge_worsen(s->bridge, normal ? WEXITSTATUS(status) : EXIT_UNREACHABLE);
	} else {
		on_death(s, child, status);
	}
	s->bridge->states[child->number].connected = 0;
	child->pid = 0;
}

static void bury_dead(struct supervisor *s)
{
	int status;

	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid > 0 &&
		    waitpid(s->children[i].pid, &status, WNOHANG) == s->children[i].pid)
			bury(s, &s->children[i], status);
}

static void signal_all(const struct supervisor *s, int number)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid > 0)
			kill(s->children[i].pid, number);
}

/* A mail that is read for ever is like one that kills; if it was none, then a
 * defect of ours, and a new worker goes on. */
static void end_stuck(const struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid > 0 &&
		    clock_ms() - s->bridge->states[i].alive > WORKER_STUCK_MS)
			kill(s->children[i].pid, SIGKILL);
}

static void start_due(struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct child *child = &s->children[i];

		if (child->pid == 0 && !child->done && child->due <= clock_ms())
			start(s, child);
	}
}

static bool all_done(const struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid > 0 || !(s->children[i].done || s->ending))
			return false;
	return true;
}

static int64_t next_time(const struct supervisor *s)
{
	int64_t next = clock_ms() + bridge_tick_ms(s->bridge);

	if (s->ending)
		return s->kill_at;
	if (next > clock_ms() + WORKER_STUCK_MS)
		next = clock_ms() + WORKER_STUCK_MS;
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid == 0 && !s->children[i].done && s->children[i].due < next)
			next = s->children[i].due;
	return next;
}

static void begin_end(struct supervisor *s)
{
	wait_resume(); /* it is for the workers that is waited now */
	s->ending = true;
	s->kill_at = clock_ms() + KILL_AFTER_MS;
	signal_all(s, SIGTERM);
}

void supervisor_run(struct bridge *bridge)
{
	struct supervisor s = { .bridge = bridge, .count = bridge_workers(bridge) };
	struct pollfd signals = { .fd = signals_descriptor(), .events = POLLIN };

	for (size_t i = 0; i < s.count; i++)
		s.children[i].number = i;
	start_due(&s);
	bridge_ready(bridge);
	while (!all_done(&s)) {
		(void)wait_poll(&signals, 1, next_time(&s));
		if (s.ending) {
			(void)signals_take();
			if (clock_ms() >= s.kill_at)
				signal_all(&s, SIGKILL);
		} else if (!bridge_handle_signals(bridge)) {
			begin_end(&s);
		}
		bury_dead(&s);
		end_stuck(&s);
		if (!s.ending)
			start_due(&s);
	}
}

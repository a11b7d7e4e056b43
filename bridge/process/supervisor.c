/* supervisor.c - restarts the workers
 *
 * SPDX-License-Identifier: MIT
 *
 * Does not handle mail. When a worker ends for any reason, the supervisor starts another,
 * which reads the same mails again; the mail that was being read is remembered.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "base/module.h"
#include "base/wait.h"
#include "bridge/config/mailbox_config.h"
#include "bridge/process/bridge.h"
#include "bridge/process/confinement.h"
#include "bridge/process/signals.h"
#include "bridge/process/token_keeper.h"
#include "bridge/process/turn_watch.h"
#include "bridge/process/worker.h"

/* Back-off before a worker that died is replaced. */
#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS 60000
/* Ran longer than this: not a start-up failure, so reset the back-off. */
#define LIVED_MS 60000
/* When the mailbox that ended the worker is known, the others must not wait. Each mailbox
 * causes this twice at most, then it gets a worker of its own. */
#define KNOWN_PAUSE_MS 100
/* Back-off while the mailbox may not be the cause; tests that kill many workers set less. */
#ifndef LONGEST_DOUBT_PAUSE_MS
#define LONGEST_DOUBT_PAUSE_MS 10000
#endif
/* Such a worker disturbs no other mailbox, but costs CPU time and connections. */
#define FIRST_ALONE_PAUSE_MS (60 * 1000)
#define LONGEST_ALONE_PAUSE_MS (60 * 60 * 1000)
/* With --once, a person waits for the end. */
#define DEATHS_OF_ONCE 5
#define MAILBOX_DEATHS_OF_ONCE 3
/* CPU time without a return to the event loop. The largest mail within the limits takes a
 * fifth of it; tests set less. */
#ifndef WORKER_CPU_MS
#define WORKER_CPU_MS 10000
#endif
/* The IMAP dialogue takes milliseconds of CPU time, and the other mailboxes of the worker
 * wait for it. */
#ifndef WORKER_TALK_CPU_MS
#define WORKER_TALK_CPU_MS 2000
#endif
/* For a worker that hangs without using the CPU, for example on a dead network file
 * system. */
#define WORKER_HANGS_MS (5 * 60 * 1000)
#define LOOK_MS 1000
#define LOOK_AGAIN_MS 100
/* The program ends within five seconds, whatever the workers do. */
#define KILL_AFTER_MS (WAIT_GRACE_MS + 600)

struct child {
	size_t number;
	pid_t pid; /* 0: not running */
	bool done; /* do not replace it */
	int64_t started;
	int64_t due;     /* when to start the successor */
	unsigned deaths; /* consecutive crashes that no mailbox caused */
	struct turn_watch watch;
	int token_end; /* the keeper's end of its socket; -1: no tokens needed */
	bool stuck;    /* killed because it did not return to its event loop */
};

struct supervisor {
	struct bridge *bridge;
	struct child children[WORKERS_MAX];
	size_t count; /* number of workers of the assignment */
	bool ending;
	int64_t kill_at;  /* while ending */
	unsigned delayed; /* events of that time, for the supervisor of the next configuration */
	struct token_keeper keeper;
};

/* --- in the worker ------------------------------------------------------------ */

static bool supervise_worker(void *context)
{
	struct worker_state *state = context;

	if (confinement_is_stale())
		state->stale = true;
	return !(signals_take() & SIGNAL_STOP);
}

static int64_t next_turn_ms(const void *context)
{
	(void)context;
	return clock_ms() + WORKER_TICK_MS;
}

/* Wipes the secrets of mailboxes that other workers serve. */
static void drop_others(const struct supervisor *s, size_t number)
{
	const struct assignment *assignment = &s->bridge->assignment;

	for (size_t i = 0; i < assignment->count; i++)
		if (assignment->mailboxes[i].worker != number)
			mailbox_config_forget(assignment->mailboxes[i].config);
}

/* Exits if the worker cannot be confined. */
static void confine(const struct supervisor *s, size_t number)
{
	struct error err;

	if (confinement_enter(&s->bridge->config, &err))
		return;
	log_event(LOG_LEVEL_ERROR, "worker-missing", LOG_NUMBER("worker", number),
		  LOG_TEXT("error", err.text));
	_exit(EXIT_USAGE);
}

static void use_keeper(const struct supervisor *s, size_t number, int socket)
{
	const struct assignment *assignment = &s->bridge->assignment;

	for (size_t i = 0; i < assignment->count; i++)
		if (assignment->mailboxes[i].worker == number)
			token_keeper_use(&s->bridge->config, assignment->mailboxes[i].config, i,
					 socket);
}

static _Noreturn void be_worker(const struct supervisor *s, size_t number, int token_socket,
				pid_t parent)
{
	struct bridge *bridge = s->bridge;
	const struct worker_plan plan = {
		.config = &bridge->config,
		.enricher = bridge->enricher,
		.assignment = &bridge->assignment,
		.number = number,
		.once = bridge->once,
		.poison = &bridge->poison,
		.state = &bridge->states[number],
		.mailboxes = bridge->mailboxes,
		.next_ms = next_turn_ms,
		.descriptor = -1,
		.handle_signals = supervise_worker,
		.context = &bridge->states[number],
	};

	/* Without a supervisor nothing would stop the worker. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Monitoring connections belong to the supervisor, other token sockets to other
	 * workers. */
	descriptors_keep(token_socket);
	if (getppid() != parent)
		_exit(EXIT_UNREACHABLE);
	signals_catch();
	drop_others(s, number);
	use_keeper(s, number, token_socket);
	confine(s, number);
	module_load_no_more();
	_exit(worker_run(&plan));
}

/* --- in the supervisor -------------------------------------------------------- */

static void put_off(struct child *child, const char *why)
{
	child->due = clock_ms() + LONGEST_PAUSE_MS;
	log_event(LOG_LEVEL_ERROR, "worker-missing", LOG_NUMBER("worker", child->number),
		  LOG_TEXT("error", why), LOG_NUMBER("retry_ms", LONGEST_PAUSE_MS));
}

static void close_pair(const int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

static void start_keeper(struct supervisor *s)
{
	struct error err;
	bool good = token_keeper_start(&s->keeper, &s->bridge->config, &s->bridge->assignment,
				       &err);

	for (size_t i = 0; i < s->count && good; i++)
		good = token_keeper_tell(&s->keeper, s->children[i].number,
					 s->children[i].token_end, &err);
	if (!good)
		log_event(LOG_LEVEL_ERROR, "token-keeper", LOG_TEXT("error", err.text));
}

static void start(struct supervisor *s, struct child *child)
{
	const pid_t parent = getpid();
	struct error err;
	int ends[2];
	pid_t pid;

	child->stuck = false;
	turn_watch_begin(&child->watch, s->bridge->states[child->number].fibers.turns);
	if (!token_keeper_admit(&s->keeper, child->number, ends, &err)) {
		put_off(child, err.text);
		close_pair(ends);
		return;
	}
	pid = fork();
	if (pid == 0)
		be_worker(s, child->number, ends[0], parent);
	child->started = clock_ms();
	if (ends[0] >= 0)
		close(ends[0]);
	child->token_end = ends[1];
	if (pid > 0) {
		child->pid = pid;
		s->bridge->watched.workers++;
	} else {
		put_off(child, strerror(errno));
	}
}

/* The mailbox being served; NULL: none. */
static struct assigned_mailbox *mailbox_in_hand(const struct supervisor *s,
						const struct child *child)
{
	const uint32_t owner = s->bridge->states[child->number].fibers.owner;
	const struct assignment *assignment = &s->bridge->assignment;

	return owner > 0 && owner <= assignment->count ? &assignment->mailboxes[owner - 1] : NULL;
}

static bool is_alone(const struct supervisor *s, const struct child *child)
{
	return assignment_share(&s->bridge->assignment, child->number) == 1;
}

static const char *phase_of(const struct supervisor *s, const struct assigned_mailbox *mailbox)
{
	const size_t place = (size_t)(mailbox - s->bridge->assignment.mailboxes);

	return mailbox_phase_name(s->bridge->mailboxes[place].phase);
}

/* Counts the crash for the mail being read. Returns whether there was one. */
static bool blame_mail(struct supervisor *s, const struct child *child)
{
	struct mail_in_hand *in_hand = &s->bridge->states[child->number].in_hand;
	const bool held = in_hand->held;

	if (held)
		log_event(LOG_LEVEL_ERROR, "mail-in-hand", LOG_TEXT("mailbox", in_hand->mailbox),
			  LOG_TEXT("mail", in_hand->name),
			  LOG_NUMBER("deaths", poison_blame(&s->bridge->poison, in_hand)));
	in_hand->held = false;
	return held;
}

static void add_child(struct supervisor *s)
{
	s->children[s->count] = (struct child){ .number = s->count, .token_end = -1 };
	s->count++;
}

/* false: it keeps sharing a worker. */
static bool isolate(struct supervisor *s, struct assigned_mailbox *mailbox)
{
	if (mailbox->deaths < ASSIGNMENT_DEATHS_ENOUGH ||
	    !assignment_isolate(&s->bridge->assignment, mailbox))
		return false;
	log_event(LOG_LEVEL_ERROR, "mailbox-alone", LOG_TEXT("mailbox", mailbox->config->name),
		  LOG_NUMBER("deaths", mailbox->deaths), LOG_NUMBER("worker", mailbox->worker));
	add_child(s);
	return true;
}

/* Back-off for a worker with this mailbox alone. It is long only if the mailbox is surely
 * the cause: not a mail, which will be set aside, nor a person or a machine out of memory. */
static int64_t pause_alone(struct child *child, const struct assigned_mailbox *mailbox, bool doubt)
{
	if (doubt || mailbox->deaths < ASSIGNMENT_DEATHS_ENOUGH)
		return backoff_ms(child->deaths++, FIRST_PAUSE_MS, LONGEST_DOUBT_PAUSE_MS,
				  backoff_random());
	return backoff_ms(mailbox->deaths - ASSIGNMENT_DEATHS_ENOUGH, FIRST_ALONE_PAUSE_MS,
			  LONGEST_ALONE_PAUSE_MS, backoff_random());
}

/* Returns the pause before the worker is replaced. */
static int64_t blame_mailbox(struct supervisor *s, struct child *child,
			     struct assigned_mailbox *mailbox, bool doubt)
{
	const bool alone = is_alone(s, child);
	const unsigned deaths = assignment_blame(&s->bridge->assignment, mailbox, clock_ms(),
						 clock_ms() - child->started);

	s->bridge->mailboxes[mailbox - s->bridge->assignment.mailboxes].deaths++;
	log_event(LOG_LEVEL_ERROR, "mailbox-in-hand", LOG_TEXT("mailbox", mailbox->config->name),
		  LOG_TEXT("phase", phase_of(s, mailbox)), LOG_NUMBER("deaths", deaths));
	if (!alone && (deaths < ASSIGNMENT_DEATHS_ENOUGH || isolate(s, mailbox)))
		return KNOWN_PAUSE_MS;
	child->done = s->bridge->once && ((!doubt && deaths >= MAILBOX_DEATHS_OF_ONCE) ||
					  child->deaths >= DEATHS_OF_ONCE);
	return pause_alone(child, mailbox, doubt);
}

static int64_t blame_nobody(const struct supervisor *s, struct child *child, bool killed)
{
	const int64_t longest = killed ? LONGEST_DOUBT_PAUSE_MS : LONGEST_PAUSE_MS;
	const int64_t pause = backoff_ms(child->deaths++, FIRST_PAUSE_MS, longest,
					 backoff_random());

	child->done = s->bridge->once && child->deaths == DEATHS_OF_ONCE;
	return pause;
}

static void on_death(struct supervisor *s, struct child *child, int status)
{
	const bool signalled = WIFSIGNALED(status);
	const bool killed = signalled && WTERMSIG(status) == SIGKILL && !child->stuck;
	const bool doubt = blame_mail(s, child) || killed;
	struct assigned_mailbox *mailbox = mailbox_in_hand(s, child);
	int64_t pause;

	s->bridge->watched.worker_deaths++;
	if (clock_ms() - child->started > LIVED_MS)
		child->deaths = 0;
	pause = mailbox ? blame_mailbox(s, child, mailbox, doubt) : blame_nobody(s, child, killed);
	child->due = clock_ms() + pause;
	if (child->done)
		bridge_worsen(s->bridge, EXIT_UNREACHABLE);
	log_event(LOG_LEVEL_ERROR, "worker-died", LOG_NUMBER("worker", child->number),
		  LOG_NUMBER("pid", child->pid),
		  LOG_NUMBER(signalled ? "signal" : "status",
			     signalled ? WTERMSIG(status) : WEXITSTATUS(status)),
		  LOG_NUMBER("retry_ms", pause));
}

static void note_exit(struct supervisor *s, struct child *child, int status)
{
	const bool normal = WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_UNREACHABLE;

	if (s->ending || (normal && s->bridge->once)) {
		child->done = true;
		bridge_worsen(s->bridge, normal ? WEXITSTATUS(status) : EXIT_UNREACHABLE);
	} else {
		on_death(s, child, status);
	}
	worker_state_end(&s->bridge->states[child->number]);
	child->pid = 0;
	if (child->token_end >= 0)
		close(child->token_end);
	child->token_end = -1;
	s->bridge->watched.workers--;
}

static void reap_workers(struct supervisor *s)
{
	int status;

	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid > 0 &&
		    waitpid(s->children[i].pid, &status, WNOHANG) == s->children[i].pid)
			note_exit(s, &s->children[i], status);
}

/* Workers share the databases that were open when they were forked and may not open others,
 * so replace the workers. */
static void renew_databases(struct supervisor *s)
{
	struct error err;
	bool renewed;

	if (!enricher_renew(s->bridge->enricher, &renewed, &err))
		log_event(LOG_LEVEL_WARNING, "enrichment", LOG_TEXT("error", err.text));
	if (renewed)
		signals_raise(SIGNAL_RELOAD);
}

static void renew_stale(struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct worker_state *state = &s->bridge->states[s->children[i].number];

		if (!state->stale)
			continue;
		state->stale = false;
		signals_raise(SIGNAL_RELOAD);
	}
}

static void signal_all(const struct supervisor *s, int number)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid > 0)
			kill(s->children[i].pid, number);
}

static int64_t cpu_limit_ms(const struct supervisor *s, const struct child *child)
{
	const struct assigned_mailbox *mailbox = mailbox_in_hand(s, child);
	const bool reading = s->bridge->states[child->number].in_hand.held;

	if (mailbox && !reading && mailbox->config->source == SOURCE_IMAP && !is_alone(s, child))
		return WORKER_TALK_CPU_MS;
	return WORKER_CPU_MS;
}

/* A process that does not die at once gets the same time once more. */
static void kill_stuck(const struct supervisor *s, struct child *child)
{
	const struct assigned_mailbox *mailbox = mailbox_in_hand(s, child);

	log_event(LOG_LEVEL_ERROR, "worker-stuck", LOG_NUMBER("worker", child->number),
		  LOG_NUMBER("pid", child->pid),
		  LOG_TEXT(mailbox ? "mailbox" : NULL, mailbox ? mailbox->config->name : NULL),
		  LOG_NUMBER("cpu_ms", child->watch.used_ms),
		  LOG_NUMBER("duration_ms", clock_ms() - child->watch.since));
	kill(child->pid, SIGKILL);
	s->bridge->watched.stuck_workers += !child->stuck;
	child->stuck = true;
	child->watch.since = clock_ms();
	child->watch.cpu_ms += child->watch.used_ms;
}

/* Returns when to look again at the latest: without a return to the event loop, as soon as
 * the limit may be reached. */
static int64_t check_turns(const struct supervisor *s, struct child *child)
{
	int64_t left;

	turn_watch_look(&child->watch, child->pid, s->bridge->states[child->number].fibers.turns);
	left = cpu_limit_ms(s, child) - child->watch.used_ms;
	if (left <= 0 || clock_ms() - child->watch.since > WORKER_HANGS_MS)
		kill_stuck(s, child);
	return left < LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left < LOOK_MS ? left : LOOK_MS;
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

static int64_t next_time(struct supervisor *s)
{
	int64_t next = bridge_next_ms(s->bridge);

	if (s->ending)
		return s->kill_at;
	for (size_t i = 0; i < s->count; i++) {
		struct child *child = &s->children[i];
		int64_t at = child->pid > 0 ? clock_ms() + check_turns(s, child) : child->due;

		if (!child->done && at < next)
			next = at;
	}
	return next;
}

static void begin_end(struct supervisor *s)
{
	wait_resume(); /* from here on we only wait for the workers to exit */
	s->ending = true;
	s->kill_at = clock_ms() + KILL_AFTER_MS;
	signal_all(s, SIGTERM);
}

/* A reload in progress must not delay the end. It has read the configuration already, so
 * another one must follow it. */
static void handle_signals_while_ending(struct supervisor *s)
{
	const unsigned taken = signals_take();

	if (taken & SIGNAL_STOP)
		bridge_stop(s->bridge);
	s->delayed |= taken & (SIGNAL_RELOAD | SIGNAL_TELL);
}

void supervisor_run(struct bridge *bridge)
{
	struct supervisor s = { .bridge = bridge };
	struct pollfd events[] = {
		{ .fd = signals_descriptor(), .events = POLLIN },
		{ .fd = bridge_descriptor(bridge), .events = POLLIN },
	};

	while (s.count < bridge->assignment.workers)
		add_child(&s);
	if (confinement_lacks())
		log_event(LOG_LEVEL_WARNING, "confinement", LOG_TEXT("error", confinement_lacks()));
	start_keeper(&s);
	start_due(&s);
	bridge_ready(bridge);
	while (!all_done(&s)) {
		(void)wait_poll(events, s.ending ? 1 : 2, next_time(&s));
		if (s.ending) {
			handle_signals_while_ending(&s);
			if (clock_ms() >= s.kill_at)
				signal_all(&s, SIGKILL);
		} else if (!bridge_handle_signals(bridge)) {
			begin_end(&s);
		}
		reap_workers(&s);
		if (!s.ending && token_keeper_reap(&s.keeper))
			start_keeper(&s);
		if (!s.ending) {
			renew_databases(&s);
			renew_stale(&s);
			start_due(&s);
		}
	}
	token_keeper_stop(&s.keeper);
	if (s.delayed)
		signals_raise(s.delayed);
}

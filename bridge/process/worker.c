/* worker.c - a process that serves many mailboxes
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/worker.h"

#include <stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/fiber.h"
#include "base/log.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "bridge/process/signals.h"
#include "bridge/process/retry_pause.h"
#include "bridge/process/server_gate.h"
#include "bridge/process/worker_slot.h"
#include "bridge/wiring/wiring.h"

/* Delay between the first logins of two mailboxes: many of them may be on one server. */
#define STAGGER_MS 10

/* For this time mailboxes that crashed a worker wait until the others have been served. */
#define OTHERS_FIRST_MS 15000

struct worker {
	const struct worker_plan *plan;
	struct worker_slots slots;
	size_t running;  /* mailboxes whose fiber has not ended */
	size_t unserved; /* mailboxes that never crashed a worker and have not been visited yet */
	struct fiber_gate suspects;  /* lets mailboxes that crashed a worker start one by one */
	struct server_gate *servers; /* of the mailboxes */
	int status;                  /* the worst exit status so far */
};

struct mailbox_fiber {
	struct worker *worker;
	const struct mailbox_config *config;
	struct server_gate *server; /* NULL: not on a server */
	struct mailbox *mailbox;
	struct mailbox_state *shown;
	size_t place; /* position in the configuration */
	size_t turn;  /* position among the mailboxes of the worker */
	bool suspect; /* a worker crashed while serving it */
	bool served;  /* has had a round or a failed visit */
	bool holds_gate;
	struct retry_failures failures; /* since the last good visit */
};

/* Global because waits occur everywhere; a process has one worker. */
static struct worker_state *state_of_process;

/* While this fiber waits, another one may be reading a mail. */
static int wait_with_mail_in_hand(struct pollfd *fds, nfds_t count, int64_t until)
{
	struct mail_in_hand *shown = &state_of_process->in_hand;
	struct mail_in_hand mine;
	int ready;

	if (!shown->held)
		return fiber_wait(fds, count, until);
	mine = *shown;
	worker_end_mail(state_of_process);
	ready = fiber_wait(fds, count, until);
	*shown = mine;
	return ready;
}

static void worsen(struct worker *w, int status)
{
	if (status > w->status)
		w->status = status;
}

/* After the first round or failure, lets the mailboxes that wait for it start. */
static void note_served(struct mailbox_fiber *v)
{
	struct worker *w = v->worker;

	if (v->served)
		return;
	v->served = true;
	if (v->holds_gate || (!v->suspect && --w->unserved == 0))
		fiber_gate_leave(&w->suspects);
}

/* If this mailbox crashes the worker again, the others have been served. */
static void let_others_go_first(struct mailbox_fiber *v)
{
	if (v->suspect)
		v->holds_gate = fiber_gate_enter(&v->worker->suspects,
						 clock_ms() + OTHERS_FIRST_MS);
}

/* A partial search lists only new mails, so those that an earlier round kept stay in the
 * backlog. */
static void show_round(struct mailbox_fiber *v, const struct round *round)
{
	if (round->counts.mails > 0 || !v->mailbox->partial)
		v->shown->backlog = round->counts.kept;
	if (v->shown->backlog > 0)
		return;
	v->shown->served = clock_unix();
	v->shown->in_a_row = 0;
	shared_text_set(&v->shown->error, "");
}

static bool leaves_unrelated(const struct mailbox_config *config)
{
	switch (config->source) {
	case SOURCE_IMAP: return config->imap.unrelated == MAILBOX_UNRELATED_LEAVE;
	case SOURCE_MAILDIR: return config->maildir.unrelated == MAILBOX_UNRELATED_LEAVE;
	case SOURCE_KAFKA: break; /* a record cannot stay */
	}
	return false;
}

/* Customers see feed documents, but should not see the path of a Maildir or a topic. */
static const char *folder_of(const struct mailbox_config *config)
{
	if (config->source != SOURCE_IMAP)
		return NULL;
	return config->imap.listed_folder ? config->imap.listed_folder : config->imap.folder;
}

/* As added to the counters so far: an enricher has counters of its own. */
static struct enrich_counts counted;

static void count_names(const struct worker_plan *plan)
{
	const struct enrich_counts now = enricher_counts(plan->enricher);
	struct counters *counters = &plan->state->counters;

	counters->name_lookups[COUNT_CACHED][0][0] += now.cached - counted.cached;
	counters->name_lookups[COUNT_ASKED][0][0] += now.asked - counted.asked;
	counters->name_lookups[COUNT_FAILED][0][0] += now.partial - counted.partial;
	counters->name_questions[0][0][0] += now.questions - counted.questions;
	counters->name_failures[0][0][0] += now.failures - counted.failures;
	counters->name_servers_paused[0][0][0] = now.paused;
	counted = now;
}

static void maintain_enricher(const struct worker_plan *plan, bool finally)
{
	struct error err;
	bool renewed;

	count_names(plan);

	if (plan->renews && !enricher_renew(plan->enricher, &renewed, &err))
		log_event(LOG_LEVEL_WARNING, "enrichment", LOG_TEXT("error", err.text));
	if (!enricher_save(plan->enricher, finally, &err))
		log_event(LOG_LEVEL_WARNING, "enrichment", LOG_TEXT("error", err.text));
}

static bool do_round(struct mailbox_fiber *v, bool first, uint64_t *mails, struct error *err)
{
	struct worker *w = v->worker;
	struct round round = {
		.name = v->config->name,
		.mailbox = v->mailbox,
		.outputs = v->config->output_bits,
		.section = v->config->section,
		.folder = folder_of(v->config),
		.examines = v->config->imap.examine || v->config->maildir.examine ||
			    v->config->kafka.examine,
		.rereads = v->config->rereads,
		.leaves_unrelated = leaves_unrelated(v->config),
		.careful = retry_failures(&v->failures) > 0,
		.quiet = !first,
		.poison = w->plan->poison,
		.state = w->plan->state,
		.shown = v->shown,
	};
	struct worker_slot *slot;
	bool good;

	maintain_enricher(w->plan, false);
	if (!worker_slots_borrow(&w->slots, &round, &slot))
		return error_set(err, ERROR_RETRY, "the program is stopping");
	good = round_run(&round, err);
	worker_slots_return(&w->slots, slot);
	if (good)
		show_round(v, &round);
	*mails = round.counts.mails;
	if (round.counts.kept > 0)
		worsen(w, EXIT_UNREACHABLE);
	if (round.counts.invalid > 0)
		worsen(w, EXIT_REFUSED);
	return good;
}

/* After a round that read mails: whether the mailbox has more, because a search shows only
 * a part or new mail has arrived. */
static bool has_more(struct mailbox_fiber *v, uint64_t mails, bool *more, struct error *err)
{
	const struct mailbox_ops *ops = v->mailbox->ops;

	*more = false;
	if (mails == 0 || !ops->again)
		return true;
	mailbox_state_enter(v->shown, PHASE_FETCHING, v->config->name);
	return ops->again(v->mailbox, more, err);
}

static bool rounds(struct mailbox_fiber *v, struct error *err)
{
	const struct mailbox_ops *ops = v->mailbox->ops;
	const bool once = v->worker->plan->once;
	uint64_t mails = 0;
	bool more = true;

	for (bool first = true; !wait_stopping() && more; first = false) {
		if (!do_round(v, first, &mails, err))
			return false;
		note_served(v);
		if (once) {
			if (!has_more(v, mails, &more, err))
				return false;
			continue;
		}
		v->failures = (struct retry_failures){ 0 };
		fiber_trim();
		mailbox_state_enter(v->shown, PHASE_WAITING, v->config->name);
		if (!ops->wait(v->mailbox, clock_ms() + v->config->poll_ms, err))
			return false;
	}
	return true;
}

/* Connects and logs in, when it is the mailbox's turn. */
static bool open_in_turn(struct mailbox_fiber *v, struct error *err)
{
	bool holds, good;

	if (v->server && !server_gate_enter(v->server, &holds))
		return error_set(err, ERROR_RETRY, "the program is stopping");
	mailbox_state_enter(v->shown, PHASE_OPENING, v->config->name);
	good = v->mailbox->ops->open(v->mailbox, err);
	if (v->server)
		server_gate_leave(v->server, holds, good);
	return good;
}

/* From login to logout. */
static bool visit(struct mailbox_fiber *v, struct error *err)
{
	const struct mailbox_ops *ops = v->mailbox->ops;
	struct worker_state *state = v->worker->plan->state;
	bool good;

	good = open_in_turn(v, err);
	if (good) {
		state->counters.connected[0][0][0]++;
		good = rounds(v, err);
		state->counters.connected[0][0][0]--;
	}
	ops->close(v->mailbox);
	mailbox_state_enter(v->shown, PHASE_PAUSED, v->config->name);
	return good;
}

/* false: do not visit the mailbox again. */
static bool pause_after_failure(struct mailbox_fiber *v, const struct error *err)
{
	const bool fatal = err->class == ERROR_FATAL;
	const int64_t pause = retry_pause_ms(&v->failures, err->slow ? ERROR_FATAL : err->class,
					     backoff_random());
	const bool once = v->worker->plan->once;

	note_served(v);
	worsen(v->worker, fatal ? EXIT_USAGE : EXIT_UNREACHABLE);
	if (wait_stopping())
		return false;
	v->shown->failures++;
	v->shown->in_a_row = retry_failures(&v->failures);
	shared_text_set(&v->shown->error, err->text);
	log_event(LOG_LEVEL_ERROR, "visit-failed", LOG_TEXT("mailbox", v->config->name),
		  LOG_TEXT("error", err->text),
		  LOG_NUMBER("failures", retry_failures(&v->failures)),
		  LOG_NUMBER(once ? NULL : "retry_ms", pause));
	return !once && wait_until(clock_ms() + pause);
}

static void mailbox_fiber_main(void *context)
{
	struct mailbox_fiber *v = context;
	struct error err;
	bool more;

	fiber_work_for((uint32_t)v->place + 1);
	more = wait_until(clock_ms() + (int64_t)v->turn * STAGGER_MS);
	if (more)
		let_others_go_first(v);
	else
		worsen(v->worker, EXIT_UNREACHABLE);
	while (more) {
		if (visit(v, &err))
			more = !v->worker->plan->once && !wait_stopping();
		else
			more = pause_after_failure(v, &err);
	}
	if (--v->worker->running == 0)
		signals_raise(SIGNAL_ENDED);
}

static void handle_signals(void *context)
{
	struct worker *w = context;
	const struct worker_plan *plan = w->plan;
	struct pollfd events[] = {
		{ .fd = signals_descriptor(), .events = POLLIN },
		{ .fd = plan->descriptor, .events = POLLIN },
	};

	while (w->running > 0) {
		(void)wait_poll(events, 2, plan->next_ms(plan->context));
		if (!plan->handle_signals(plan->context)) {
			wait_stop();
			return;
		}
	}
}

static void open_mailbox(struct worker *w, struct mailbox_fiber *v, size_t place)
{
	const struct assigned_mailbox *assigned = &w->plan->assignment->mailboxes[place];

	*v = (struct mailbox_fiber){
		.worker = w,
		.config = assigned->config,
		.server = assigned->config->source == SOURCE_IMAP
				  ? server_gate_of(&w->servers, assigned->config->imap.host,
						   assigned->config->imap.port)
				  : NULL,
		.mailbox = wiring_mailbox(w->plan->config, assigned->config),
		.shown = &w->plan->mailboxes[place],
		.place = place,
		.turn = w->running++,
		.suspect = assigned->deaths > 0,
	};
	w->unserved += !v->suspect;
	mailbox_state_enter(v->shown, PHASE_PAUSED, v->config->name);
	fiber_start(mailbox_fiber_main, v);
}

static struct mailbox_fiber *open_mailboxes(struct worker *w)
{
	const struct assignment *assignment = w->plan->assignment;
	struct mailbox_fiber *all = xcalloc(assignment_share(assignment, w->plan->number) + 1,
					    sizeof(*all));

	for (size_t i = 0; i < assignment->count; i++)
		if (assignment->mailboxes[i].worker == w->plan->number)
			open_mailbox(w, &all[w->running], i);
	if (w->unserved == 0)
		w->suspects.free = 1;
	return all;
}

static void start_enricher(struct enricher *enricher)
{
	struct error err;

	if (!enricher_start(enricher, &err))
		log_event(LOG_LEVEL_WARNING, "enrichment", LOG_TEXT("error", err.text));
}

int worker_run(const struct worker_plan *plan)
{
	struct worker worker = { .plan = plan, .status = EXIT_DONE };
	struct mailbox_fiber *all;
	size_t count;

	state_of_process = plan->state;
	worker_end_mail(plan->state);
	counters_end_gauges(&plan->state->counters);
	start_enricher(plan->enricher);
	counted = enricher_counts(plan->enricher);
	worker_slots_init(&worker.slots, plan->config, plan->enricher, plan->state);
	all = open_mailboxes(&worker);
	count = worker.running;
	fiber_start(handle_signals, &worker);
	fiber_show(&plan->state->fibers);
	fiber_run(wait_with_mail_in_hand);
	fiber_show(NULL);
	for (size_t i = 0; i < count; i++)
		all[i].mailbox->ops->free(all[i].mailbox);
	free(all);
	server_gates_free(worker.servers);
	worker_slots_release(&worker.slots);
	maintain_enricher(plan, true);
	return plan->once ? worker.status : EXIT_DONE;
}

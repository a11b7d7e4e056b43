/* worker.c - one process that waits on many mailboxes
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
#include "bridge/process/worker_slot.h"
#include "bridge/wiring/wiring.h"

/* Between the first log-ins of two mailboxes: many of them may be on one server. */
#define STAGGER_MS 10

struct worker {
	const struct worker_plan *plan;
	struct worker_slots slots;
	size_t running; /* mailboxes whose fiber has not ended */
	int status;	/* the worst so far */
};

struct mailbox_fiber {
	struct worker *worker;
	const struct mailbox_config *config;
	struct mailbox *mailbox;
	size_t position;
	struct retry_failures failures; /* in a row */
};

/* There is one worker in a process, and its waits come from everywhere. */
static struct worker_state *state_of_process;

/* While a fiber waits its mail is not being read, another one's may be. */
static int wait_with_mail_in_hand(struct pollfd *fds, nfds_t count, int64_t until)
{
	struct mail_in_hand *shown = &state_of_process->in_hand;
	struct mail_in_hand mine;
	int ready;

	if (!shown->held)
		return fiber_wait(fds, count, until);
	mine = *shown;
	worker_put_down(state_of_process);
	ready = fiber_wait(fds, count, until);
	*shown = mine;
	return ready;
}

static void worsen(struct worker *w, int status)
{
	if (status > w->status)
		w->status = status;
}

static bool do_round(struct mailbox_fiber *v, bool first, struct error *err)
{
	struct worker *w = v->worker;
	struct round round = {
		.name = v->config->name,
		.mailbox = v->mailbox,
		.outputs = v->config->output_bits,
		.careful = retry_failures(&v->failures) > 0,
		.quiet = !first,
		.poison = w->plan->poison,
		.state = w->plan->state,
	};
	struct worker_slot *slot;
	bool good;

	if (!worker_slots_borrow(&w->slots, &round, &slot))
		return error_set(err, ERROR_RETRY, "told to stop");
	good = round_run(&round, err);
	worker_slots_return(&w->slots, slot);
	if (round.counts.kept > 0)
		worsen(w, EXIT_UNREACHABLE);
	if (round.counts.invalid > 0)
		worsen(w, EXIT_REFUSED);
	return good;
}

static bool rounds(struct mailbox_fiber *v, struct error *err)
{
	const struct mailbox_ops *ops = v->mailbox->ops;

	for (bool first = true; !wait_stopping(); first = false) {
		if (!do_round(v, first, err))
			return false;
		if (v->worker->plan->once)
			return true;
		v->failures = (struct retry_failures){ 0 };
		fiber_trim();
		if (!ops->wait(v->mailbox, clock_ms() + v->config->poll_ms, err))
			return false;
	}
	return true;
}

/* From log-in to log-out. */
static bool visit(struct mailbox_fiber *v, struct error *err)
{
	const struct mailbox_ops *ops = v->mailbox->ops;
	struct worker_state *state = v->worker->plan->state;
	bool good = ops->open(v->mailbox, err);

	if (good) {
		state->connected++;
		good = rounds(v, err);
		state->connected--;
	}
	ops->close(v->mailbox);
	return good;
}

/* false: it is not to be visited again. */
static bool pause_after_failure(struct mailbox_fiber *v, const struct error *err)
{
	const bool fatal = err->class == ERROR_FATAL;
	const int64_t pause = retry_pause_ms(&v->failures, err->class, backoff_random());
	const bool once = v->worker->plan->once;

	worsen(v->worker, fatal ? EXIT_USAGE : EXIT_UNREACHABLE);
	if (wait_stopping())
		return false;
	v->worker->plan->state->counters.failures++;
	log_event(LOG_LEVEL_ERROR, "visit-failed", LOG_TEXT("mailbox", v->config->name),
		  LOG_TEXT("error", err->text), LOG_NUMBER("failures", retry_failures(&v->failures)),
		  LOG_NUMBER(once ? NULL : "retry_ms", pause));
	return !once && wait_until(clock_ms() + pause);
}

static void mailbox_fiber_main(void *context)
{
	struct mailbox_fiber *v = context;
	struct error err;
	bool more = wait_until(clock_ms() + (int64_t)v->position * STAGGER_MS);

	if (!more)
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
	struct pollfd signals = { .fd = signals_descriptor(), .events = POLLIN };

	while (w->running > 0) {
		(void)wait_poll(&signals, 1,
				plan->tick_ms > 0 ? clock_ms() + plan->tick_ms : INT64_MAX);
		if (!plan->handle_signals(plan->context)) {
			wait_stop();
			return;
		}
	}
}

static size_t count_mine(const struct worker_plan *plan)
{
	size_t count = 0;

	for (const struct mailbox_config *m = plan->config->mailboxes; m; m = m->next)
		count++;
	return (count + plan->workers - 1 - plan->number) / plan->workers;
}

static struct mailbox_fiber *open_mailboxes(struct worker *w)
{
	struct mailbox_fiber *all = xcalloc(count_mine(w->plan) + 1, sizeof(*all));
	size_t position = 0;

	for (struct mailbox_config *m = w->plan->config->mailboxes; m; m = m->next) {
		if (position++ % w->plan->workers != w->plan->number)
			continue;
		all[w->running] = (struct mailbox_fiber){
			.worker = w,
			.config = m,
			.mailbox = wiring_mailbox(w->plan->config, m),
			.position = w->running,
		};
		fiber_start(mailbox_fiber_main, &all[w->running++]);
	}
	return all;
}

int worker_run(const struct worker_plan *plan)
{
	struct worker worker = { .plan = plan, .status = EXIT_DONE };
	struct mailbox_fiber *all;
	size_t count;

	state_of_process = plan->state;
	worker_put_down(plan->state);
	plan->state->connected = 0;
	worker_slots_init(&worker.slots, plan->config);
	all = open_mailboxes(&worker);
	count = worker.running;
	fiber_start(handle_signals, &worker);
	wait_delegate(wait_with_mail_in_hand);
	fiber_run();
	wait_delegate(NULL);
	for (size_t i = 0; i < count; i++)
		all[i].mailbox->ops->free(all[i].mailbox);
	free(all);
	worker_slots_release(&worker.slots);
	return plan->once ? worker.status : EXIT_DONE;
}

/* run.c - the command "run": visits the mailboxes until told to stop
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "bridge/command.h"
#include "bridge/round.h"
#include "bridge/wiring.h"

/* A mailbox that cannot be visited is tried again after this long, doubled
 * each time. */
#define FIRST_PAUSE_MS 5000
#define LONGEST_PAUSE_MS (15 * 60 * 1000)

struct visited {
	const struct mailbox_config *config;
	struct mailbox *mailbox;
	int64_t due_ms;
	unsigned failures; /* in a row */
};

struct bridge {
	struct ingest_settings settings;
	struct ingest *ingest;
	struct sink *sink;
	struct outlet outlet;
	struct batch batches[2];
	struct visited *mailboxes;
	size_t count;
	int status; /* the worst exit status so far */
};

static void on_stop(int number)
{
	(void)number;
	wait_stop();
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t stops;

	/* Let in by base/wait.c alone. */
	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	sigprocmask(SIG_BLOCK, &stops, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	/* A limit on file size is an error of write(), like a full disk. */
	sigaction(SIGXFSZ, &ignore, NULL);
}

static void bridge_open(struct bridge *b, struct config *config)
{
	*b = (struct bridge){ .status = EXIT_DONE };
	wiring_ingest(config, &b->settings);
	b->ingest = ingest_new(&b->settings);
	b->sink = wiring_sink(config);
	outlet_init(&b->outlet, b->sink, &config->output.naming);
	batch_init(&b->batches[0], &b->outlet);
	batch_init(&b->batches[1], &b->outlet);
	for (const struct mailbox_config *m = config->mailboxes; m; m = m->next)
		b->count++;
	b->mailboxes = xcalloc(b->count, sizeof(*b->mailboxes));
	b->count = 0;
	for (const struct mailbox_config *m = config->mailboxes; m; m = m->next)
		b->mailboxes[b->count++] = (struct visited){
			.config = m,
			.mailbox = wiring_mailbox(config, m),
		};
}

static void bridge_close(struct bridge *b)
{
	for (size_t i = 0; i < b->count; i++)
		b->mailboxes[i].mailbox->ops->free(b->mailboxes[i].mailbox);
	free(b->mailboxes);
	batch_release(&b->batches[0]);
	batch_release(&b->batches[1]);
	outlet_release(&b->outlet);
	b->sink->ops->free(b->sink);
	ingest_free(b->ingest);
}

static void worsen(struct bridge *b, int status)
{
	if (status > b->status)
		b->status = status;
}

static void visit(struct bridge *b, struct visited *v)
{
	struct error err;
	struct round round = {
		.name = v->config->name,
		.mailbox = v->mailbox,
		.ingest = b->ingest,
		.filling = &b->batches[0],
		.posted = &b->batches[1],
		.careful = v->failures > 0,
	};

	b->settings.now = clock_unix();
	if (round_run(&round, &err)) {
		v->failures = 0;
		v->due_ms = clock_ms() + v->config->poll_ms;
	} else {
		v->due_ms = clock_ms() + backoff_ms(v->failures++, FIRST_PAUSE_MS,
						    LONGEST_PAUSE_MS, backoff_random());
		worsen(b, err.class == ERROR_FATAL ? EXIT_USAGE : EXIT_UNREACHABLE);
	}
	if (round.counts.kept > 0)
		worsen(b, EXIT_UNREACHABLE);
	if (round.counts.invalid > 0)
		worsen(b, EXIT_REFUSED);
}

static void run_once(struct bridge *b)
{
	for (size_t i = 0; i < b->count && !wait_stopping(); i++)
		visit(b, &b->mailboxes[i]);
}

static void run_until_stopped(struct bridge *b)
{
	for (;;) {
		struct visited *next = &b->mailboxes[0];

		for (size_t i = 1; i < b->count; i++)
			if (b->mailboxes[i].due_ms < next->due_ms)
				next = &b->mailboxes[i];
		if (!wait_until(next->due_ms))
			break;
		visit(b, next);
	}
	b->status = EXIT_DONE;
}

int command_run(int argc, char **argv)
{
	struct command_line line;
	struct config config;
	struct bridge bridge;
	struct error err;
	int status;

	if (!command_start(argc, argv, "once", &line, &config, &status))
		return status;
	if (!wiring_directories(&config, &err)) {
		config_release(&config);
		return command_failed(&err);
	}
	catch_signals();
	bridge_open(&bridge, &config);
	if (line.once)
		run_once(&bridge);
	else
		run_until_stopped(&bridge);
	status = bridge.status;
	bridge_close(&bridge);
	config_release(&config);
	return status;
}

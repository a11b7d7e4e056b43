/* run.c - the command "run": polls the mailboxes until stopped
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/descriptors.h"
#include "base/log.h"
#include "base/wait.h"
#include "bridge/commands/command.h"
#include "bridge/config/mailbox_config.h"
#include "bridge/process/bridge.h"
#include "bridge/process/handover.h"
#include "bridge/process/running.h"
#include "bridge/process/service.h"
#include "bridge/process/signals.h"
#include "bridge/wiring/reread.h"
#include "bridge/wiring/wiring.h"

static void run(struct bridge *bridge)
{
	for (;;) {
		if (bridge_workers(bridge) == 0)
			foreground_run(bridge);
		else
			supervisor_run(bridge);
		if (!bridge->has_next || bridge->stopping)
			return;
		handover(bridge);
	}
}

/* Two bridges with one state directory store no document twice, but do all work twice. */
static void note_run(const struct config *config)
{
	struct error err;
	bool another;

	if (!running_note(config->bridge.state_directory, &another, &err))
		log_event(LOG_LEVEL_WARNING, "running", LOG_TEXT("error", err.text));
	else if (another)
		log_event(LOG_LEVEL_WARNING, "another-run",
			  LOG_TEXT("error",
				   "another reportbridge run uses this state_directory, and "
				   "perhaps the same mailboxes: stop one of them, or divide the "
				   "mailboxes with shard and give each its own state_directory"));
}

int command_run(int argc, char **argv)
{
	struct command_line line;
	struct bridge bridge = { .status = EXIT_DONE };
	struct error err;
	bool listening;
	int status;

	descriptors_raise_limit();
	/* Catch signals first: SIGHUP must not end the program while secrets are read. */
	signals_catch();
	if (!command_start(argc, argv, "once dry-run reread", &line, &bridge.config, &status))
		return wait_stopping() ? EXIT_DONE : status;
	line.once |= line.reread != NULL;
	if (line.dry_run && !line.once) {
		config_release(&bridge.config);
		return command_usage(argv[0], "--dry-run needs --once");
	}
	for (struct mailbox_config *m = bridge.config.mailboxes; m && line.dry_run; m = m->next)
		mailbox_config_examine(m);
	if (line.reread && !reread_mailboxes(&bridge.config, line.reread, &err)) {
		config_release(&bridge.config);
		return command_failed(&err);
	}
	bridge.once = line.once;
	bridge.enricher = enricher_open(&bridge.config.enrich, &err);
	if (!bridge.enricher || !wiring_directories(&bridge.config, &err) ||
	    !bridge_load_modules(&bridge, &bridge.config, &err)) {
		enricher_close(bridge.enricher);
		config_release(&bridge.config);
		return command_failed(&err);
	}
	note_run(&bridge.config);
	bridge.config_file = line.config_file;
	bridge.states = worker_states_new(WORKERS_MAX);
	bridge.watchdog_ms = service_watchdog_ms();
	if (!line.once)
		schedule_begin(&bridge.schedule, line.config_file, &bridge.config);
	handover_begin(&bridge);
	listening = bridge_listen(&bridge, &bridge.config, &err);
	if (listening)
		run(&bridge);
	else
		bridge_worsen(&bridge, command_failed(&err));
	schedule_end(&bridge.schedule);
	if (bridge.listener)
		listener_close(bridge.listener);
	handover_end(&bridge);
	worker_states_free(bridge.states, WORKERS_MAX);
	enricher_close(bridge.enricher);
	if (bridge.has_next) {
		enricher_close(bridge.next_enricher);
		config_release(&bridge.next);
	}
	command_hand_over(&bridge.config);
	config_release(&bridge.config);
	return line.once || !listening ? bridge.status : EXIT_DONE;
}

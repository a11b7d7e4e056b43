/* run.c - the command "run": visits the mailboxes until told to stop
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/descriptors.h"
#include "base/log.h"
#include "base/wait.h"
#include "bridge/commands/command.h"
#include "bridge/config/mailbox_config.h"
#include "bridge/process/bridge.h"
#include "bridge/process/service.h"
#include "bridge/process/signals.h"
#include "bridge/wiring/wiring.h"

static void assign(struct bridge *bridge, const struct assignment *before)
{
	struct assignment assignment;

	assignment_make(&assignment, &bridge->config, bridge_workers(bridge), before);
	bridge->assignment = assignment;
	bridge->mailboxes = mailbox_states_new(assignment.count);
}

static void unassign(struct mailbox_state *states, struct assignment *assignment)
{
	mailbox_states_free(states, assignment->count);
	assignment_release(assignment);
}

/* Which mailboxes ended workers is known by their names, from the old one. */
static void take_next(struct bridge *bridge)
{
	struct config config = bridge->config;
	struct assignment assignment = bridge->assignment;
	struct mailbox_state *states = bridge->mailboxes;

	bridge->config = bridge->next;
	assign(bridge, &assignment);
	unassign(states, &assignment);
	config_release(&config);
	bridge->has_next = false;
	log_configure(bridge->config.bridge.log_level, bridge->config.bridge.log_format);
}

static void run(struct bridge *bridge)
{
	for (;;) {
		if (bridge_workers(bridge) == 0)
			foreground_run(bridge);
		else
			supervisor_run(bridge);
		if (!bridge->has_next || bridge->stopping)
			return;
		take_next(bridge);
	}
}

int command_run(int argc, char **argv)
{
	struct command_line line;
	struct bridge bridge = { .status = EXIT_DONE };
	struct error err;
	int status;

	descriptors_raise_limit();
	/* SIGHUP while secrets are read is a reload, not the end. */
	signals_catch();
	if (!command_start(argc, argv, "once dry-run", &line, &bridge.config, &status))
		return wait_stopping() ? EXIT_DONE : status;
	if (line.dry_run && !line.once) {
		config_release(&bridge.config);
		return command_usage(argv[0], "--dry-run needs --once");
	}
	for (struct mailbox_config *m = bridge.config.mailboxes; m && line.dry_run; m = m->next)
		mailbox_config_examine(m);
	if (!wiring_directories(&bridge.config, &err)) {
		config_release(&bridge.config);
		return command_failed(&err);
	}
	bridge.config_file = line.config_file;
	bridge.once = line.once;
	bridge.states = worker_states_new(WORKERS_MAX);
	bridge.watchdog_ms = service_watchdog_ms();
	assign(&bridge, NULL);
	run(&bridge);
	unassign(bridge.mailboxes, &bridge.assignment);
	worker_states_free(bridge.states, WORKERS_MAX);
	if (bridge.has_next)
		config_release(&bridge.next);
	config_release(&bridge.config);
	return line.once ? bridge.status : EXIT_DONE;
}

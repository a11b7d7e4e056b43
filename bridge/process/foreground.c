/* foreground.c - serves all mailboxes in the process that was started
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/wait.h"
#include "bridge/process/bridge.h"
#include "bridge/process/worker.h"

/* Loses nothing: mails that are not settled are read again. */
static void on_alarm(int number)
{
	(void)number;
	_exit(EXIT_UNREACHABLE);
}

static bool handle_signals(void *context)
{
	struct bridge *bridge = context;

	if (bridge_handle_signals(bridge))
		return true;
	/* Reading a long mail does not notice the stop. */
	if (bridge->stopping) {
		signal(SIGALRM, on_alarm);
		alarm(WAIT_GRACE_MS / 1000 + 1);
	}
	return false;
}

static int64_t next_ms(const void *context)
{
	return bridge_next_ms(context);
}

void foreground_run(struct bridge *bridge)
{
	const struct worker_plan plan = {
		.config = &bridge->config,
		.enricher = bridge->enricher,
		.renews = true,
		.assignment = &bridge->assignment,
		.once = bridge->once,
		.poison = &bridge->poison,
		.state = &bridge->states[0],
		.mailboxes = bridge->mailboxes,
		.descriptor = bridge_descriptor(bridge),
		.handle_signals = handle_signals,
		.next_ms = next_ms,
		.context = bridge,
	};

	bridge_ready(bridge);
	bridge_worsen(bridge, worker_run(&plan));
	wait_resume();
}

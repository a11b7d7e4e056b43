/* foreground.c - all mailboxes in the process that was started
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <unistd.h>

#include "base/exit_status.h"
#include "base/wait.h"
#include "bridge/process/bridge.h"
#include "bridge/process/worker.h"

/* Nothing is lost by it: what is not settled is met again. */
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
	/* A mail that takes long to read knows nothing of the stop. */
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
		.descriptor = listener_descriptor(bridge->listener),
		.handle_signals = handle_signals,
		.next_ms = next_ms,
		.context = bridge,
	};

	bridge_ready(bridge);
	bridge_worsen(bridge, worker_run(&plan));
	wait_resume();
}

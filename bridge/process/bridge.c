/* bridge.c - what runs, in one process or in many
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/bridge.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "bridge/process/service.h"
#include "bridge/process/signals.h"
#include "bridge/wiring/wiring.h"

/* How often the service manager's status line is brought up to date. */
#define STATUS_MS 30000

struct totals {
#define COUNTER(name) uint64_t name;
	WORKER_COUNTERS(COUNTER)
#undef COUNTER
	uint64_t connected;
};

static struct totals total(const struct bridge *bridge)
{
	struct totals sum = { .connected = 0 };

	for (size_t i = 0; i < WORKERS_MAX; i++) {
		const struct worker_state *state = &bridge->states[i];

#define COUNTER(name) sum.name += state->counters.name;
		WORKER_COUNTERS(COUNTER)
#undef COUNTER
		sum.connected += state->connected;
	}
	return sum;
}

static size_t count_mailboxes(const struct bridge *bridge)
{
	size_t count = 0;

	for (const struct mailbox_config *m = bridge->config.mailboxes; m; m = m->next)
		count++;
	return count;
}

static void tell_counters(const struct bridge *bridge)
{
	const struct totals sum = total(bridge);

#define COUNTER(name) LOG_NUMBER(#name, sum.name),
	log_event(LOG_LEVEL_INFO, "counters", LOG_NUMBER("mailboxes", count_mailboxes(bridge)),
		  WORKER_COUNTERS(COUNTER) LOG_NUMBER("connected", sum.connected));
#undef COUNTER
}

static void tell_service(const struct bridge *bridge)
{
	const struct totals sum = total(bridge);

	service_notify("WATCHDOG=1\nSTATUS=%" PRIu64 " of %zu mailboxes connected; %" PRIu64
		       " mails, %" PRIu64 " documents stored",
		       sum.connected, count_mailboxes(bridge), sum.mails, sum.stored);
}

/* Every error of the file, or what else stands in the way. */
static void log_refusal(const struct bridge *bridge, const struct error *why)
{
	struct slice line, rest = strbuf_slice(&bridge->next.errors);
	char buffer[sizeof(why->text)];
	const char *const text = buffer;

	if (rest.size == 0)
		log_event(LOG_LEVEL_ERROR, "reload", LOG_TEXT("file", bridge->config_file),
			  LOG_TEXT("error", why->text));
	while ((line = slice_split(rest, '\n', &rest)).size > 0) {
		snprintf(buffer, sizeof(buffer), "%.*s", (int)line.size, line.data);
		log_event(LOG_LEVEL_ERROR, "reload", LOG_TEXT("file", bridge->config_file),
			  LOG_TEXT("error", text));
	}
}

/* The old configuration stays in force until the new one is known to be good. */
static bool read_next(struct bridge *bridge)
{
	struct error err;

	service_notify("RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_ms() * 1000);
	if (config_read(&bridge->next, bridge->config_file, &err) &&
	    config_read_secrets(&bridge->next, &err) && wiring_directories(&bridge->next, &err)) {
		log_event(LOG_LEVEL_INFO, "reload", LOG_TEXT("file", bridge->config_file));
		bridge->has_next = true;
		return true;
	}
	log_refusal(bridge, &err);
	config_release(&bridge->next);
	service_notify("READY=1");
	return false;
}

size_t bridge_workers(const struct bridge *bridge)
{
	const size_t mailboxes = count_mailboxes(bridge);
	const size_t workers = (size_t)bridge->config.bridge.workers;

	return workers < mailboxes ? workers : mailboxes;
}

void bridge_ready(struct bridge *bridge)
{
	log_event(LOG_LEVEL_INFO, "ready", LOG_NUMBER("mailboxes", count_mailboxes(bridge)),
		  LOG_NUMBER("workers", bridge_workers(bridge)));
	service_notify("READY=1");
}

bool bridge_handle_signals(struct bridge *bridge)
{
	const unsigned events = signals_take();

	if (events & SIGNAL_TELL)
		tell_counters(bridge);
	if (events & SIGNAL_STOP) {
		log_event(LOG_LEVEL_INFO, "stop");
		service_notify("STOPPING=1");
		bridge->stopping = true;
		return false;
	}
	if (events & SIGNAL_RELOAD && !bridge->once && read_next(bridge))
		return false;
	tell_service(bridge);
	return true;
}

int64_t bridge_tick_ms(const struct bridge *bridge)
{
	return bridge->watchdog_ms > 0 && bridge->watchdog_ms < STATUS_MS ? bridge->watchdog_ms
									  : STATUS_MS;
}

void bridge_worsen(struct bridge *bridge, int status)
{
	if (status > bridge->status)
		bridge->status = status;
}

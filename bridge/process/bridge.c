/* bridge.c - state and services of the foreground process and the supervisor
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/bridge.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "base/module.h"
#include "bridge/process/service.h"
#include "bridge/process/signals.h"
#include "bridge/run/round.h"
#include "bridge/watch/expiry.h"
#include "bridge/wiring/wiring.h"

/* How often to update the status line of the service manager. */
#define STATUS_MS 30000
#define EXPIRY_MS (24 * 60 * 60 * 1000)

struct totals {
	struct round_counts counts;
	uint64_t connected, failures;
};

static void add_mails(struct round_counts *sum, const struct counters *counters)
{
	for (size_t fate = 0; fate < SIZE_FATE; fate++) {
		const uint64_t mails = counters->mails[fate][0][0];

		sum->mails += mails;
		*(fate == MAIL_KEEP      ? &sum->kept
		  : fate == MAIL_INVALID ? &sum->invalid
					 : &sum->archived) += mails;
	}
	for (size_t kind = 0; kind < SIZE_REPORT; kind++)
		sum->reports += counters->reports[kind][0][0];
	sum->left += counters->unrelated_mails[0][0][0];
	sum->mails += counters->unrelated_mails[0][0][0];
	sum->partial += counters->partial_addresses[0][0][0];
}

static void add_documents(struct round_counts *sum, const struct counters *counters,
			  const struct output_config *output)
{
	for (size_t kind = 0; kind < SIZE_DOCUMENT; kind++) {
		const _Atomic uint64_t
			*answers = counters->documents[kind][counter_output(output->bit)];

		sum->stored += answers[COUNT_STORED];
		sum->duplicates += answers[COUNT_DUPLICATE];
		sum->refused += output->required ? answers[COUNT_REFUSED] : 0;
		sum->missed += output->required ? 0
						: answers[COUNT_REFUSED] + answers[COUNT_RETRY] +
							  answers[COUNT_HELD];
	}
}

static struct totals total(const struct bridge *bridge)
{
	struct totals sum = { .connected = 0 };

	for (size_t i = 0; i < WORKERS_MAX; i++) {
		const struct counters *counters = &bridge->states[i].counters;

		add_mails(&sum.counts, counters);
		for (const struct output_config *o = &bridge->config.output; o; o = o->next)
			add_documents(&sum.counts, counters, o);
		sum.connected += counters->connected[0][0][0];
	}
	for (size_t i = 0; i < bridge->assignment.count; i++)
		sum.failures += bridge->mailboxes[i].failures;
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

#define COUNT(name) LOG_NUMBER(#name, sum.counts.name),
	log_event(LOG_LEVEL_INFO, "counters", LOG_NUMBER("mailboxes", count_mailboxes(bridge)),
		  ROUND_COUNTS(COUNT) LOG_NUMBER("failures", sum.failures),
		  LOG_NUMBER("connected", sum.connected));
#undef COUNT
}

static int64_t tick_ms(const struct bridge *bridge)
{
	return bridge->watchdog_ms > 0 && bridge->watchdog_ms < STATUS_MS ? bridge->watchdog_ms
									  : STATUS_MS;
}

/* Called at every event, which is more often than the service manager needs. */
static void tell_service(struct bridge *bridge)
{
	const struct totals sum = total(bridge);

	if (bridge->notified_at > 0 && clock_ms() < bridge->notified_at + tick_ms(bridge) / 2)
		return;
	bridge->notified_at = clock_ms();
	service_notify("WATCHDOG=1\nSTATUS=%" PRIu64 " of %zu mailboxes connected; %" PRIu64
		       " mails, %" PRIu64 " documents stored",
		       sum.connected, count_mailboxes(bridge), sum.counts.mails, sum.counts.stored);
}

/* Logs every error of the file, or else the one in why. */
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

static void tell_expiry(struct bridge *bridge)
{
	if (bridge->expiry_logged_at > 0 && clock_ms() < bridge->expiry_logged_at + EXPIRY_MS)
		return;
	bridge->expiry_logged_at = clock_ms();
	expiry_warn(&bridge->config, clock_unix());
}

/* NULL: no listener. */
static const char *address_of(const struct bridge *bridge, const struct config *config)
{
	const char *address = config->bridge.listen;

	return bridge->once || strcmp(address, LISTEN_NONE) == 0 ? NULL : address;
}

static bool load_for_mailbox(const struct mailbox_config *mailbox, struct error *err)
{
	if (mailbox->token.url && !module_load("http", err))
		return false;
	switch (mailbox->source) {
	case SOURCE_MAILDIR: break;
	case SOURCE_IMAP: return module_load("imap", err);
	case SOURCE_KAFKA: return module_load("kafka", err);
	}
	return true;
}

static bool load_for_output(const struct output_config *output, struct error *err)
{
	switch (output->type) {
	case OUTPUT_FILE: break;
	case OUTPUT_ELASTICSEARCH: return module_load("http", err);
	case OUTPUT_KAFKA: return module_load("kafka", err);
	}
	return true;
}

bool bridge_load_modules(const struct bridge *bridge, const struct config *config,
			 struct error *err)
{
	for (const struct mailbox_config *m = config->mailboxes; m; m = m->next)
		if (!load_for_mailbox(m, err))
			return false;
	for (const struct output_config *o = &config->output; o; o = o->next)
		if (!load_for_output(o, err))
			return false;
	return (!config->bridge.verify_dkim || module_load("dkim", err)) &&
	       (!address_of(bridge, config) || module_load("listener", err));
}

bool bridge_listen(struct bridge *bridge, const struct config *config, struct error *err)
{
	const char *address = address_of(bridge, config);
	const char *before = bridge->listener ? listener_address(bridge->listener) : NULL;
	struct listener *listener = NULL;

	if (address && before && strcmp(address, before) == 0)
		return true;
	if (address)
		listener = listener_open(address, &bridge->watched, err);
	if (address && !listener && !config->bridge.listen_by_default)
		return false;
	if (address && !listener)
		log_event(LOG_LEVEL_WARNING, "listen", LOG_TEXT("error", err->text));
	if (bridge->listener)
		listener_close(bridge->listener);
	bridge->listener = listener;
	return true;
}

/* Keeps the old configuration until the new one has been checked. */
static bool read_next(struct bridge *bridge)
{
	struct error err;

	service_notify("RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_ms() * 1000);
	if (config_read(&bridge->next, bridge->config_file, &err) &&
	    config_read_secrets(&bridge->next, &err) && wiring_directories(&bridge->next, &err) &&
	    bridge_load_modules(bridge, &bridge->next, &err) &&
	    bridge_listen(bridge, &bridge->next, &err) &&
	    (bridge->next_enricher = enricher_open(&bridge->next.enrich, &err))) {
		log_event(LOG_LEVEL_INFO, "reload", LOG_TEXT("file", bridge->config_file));
		config_log_warnings(&bridge->next);
		bridge->has_next = true;
		return true;
	}
	log_refusal(bridge, &err);
	config_release(&bridge->next);
	service_notify("READY=1");
	return false;
}

int bridge_descriptor(const struct bridge *bridge)
{
	return bridge->listener ? listener_descriptor(bridge->listener) : -1;
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

void bridge_stop(struct bridge *bridge)
{
	bridge->stopping = true;
	schedule_stop(&bridge->schedule);
}

bool bridge_handle_signals(struct bridge *bridge)
{
	const unsigned events = signals_take();

	if (events & SIGNAL_TELL)
		tell_counters(bridge);
	if (events & SIGNAL_STOP) {
		log_event(LOG_LEVEL_INFO, "stop");
		service_notify("STOPPING=1");
		bridge_stop(bridge);
		return false;
	}
	if (events & SIGNAL_RELOAD && !bridge->once && read_next(bridge))
		return false;
	if (bridge->listener)
		listener_serve(bridge->listener);
	tell_expiry(bridge);
	tell_service(bridge);
	schedule_run_due(&bridge->schedule);
	return true;
}

int64_t bridge_next_ms(const struct bridge *bridge)
{
	const int64_t tick = clock_ms() + tick_ms(bridge);
	const int64_t due = schedule_next_ms(&bridge->schedule);

	return due < tick ? due : tick;
}

void bridge_worsen(struct bridge *bridge, int status)
{
	if (status > bridge->status)
		bridge->status = status;
}

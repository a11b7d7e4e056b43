/* handover.c - carries state from one configuration to the next
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/handover.h"

#include "base/clock.h"
#include "base/log.h"
#include "bridge/run/tenant_numbers.h"

static void assign(struct bridge *bridge, const struct assignment *before)
{
	struct assignment assignment;

	assignment_make(&assignment, &bridge->config, bridge_workers(bridge), before);
	bridge->assignment = assignment;
	bridge->mailboxes = mailbox_states_new(assignment.count);
	bridge->watched = (struct watched){
		.config = &bridge->config,
		.states = bridge->states,
		.state_count = WORKERS_MAX,
		.mailboxes = bridge->mailboxes,
		.started = bridge->watched.started,
		.worker_deaths = bridge->watched.worker_deaths,
		.stuck_workers = bridge->watched.stuck_workers,
		.scheduled = bridge->schedule.states,
	};
}

void handover_begin(struct bridge *bridge)
{
	bridge->watched.started = clock_unix();
	assign(bridge, NULL);
}

void handover_end(struct bridge *bridge)
{
	mailbox_states_free(bridge->mailboxes, bridge->assignment.count);
	assignment_release(&bridge->assignment);
}

static void keep_states(struct bridge *bridge, const struct assignment *before,
			const struct mailbox_state *states)
{
	for (size_t i = 0; i < bridge->assignment.count; i++) {
		const struct assigned_mailbox *old = assignment_find(
			before, bridge->assignment.mailboxes[i].config->name);

		if (old)
			memcpy(&bridge->mailboxes[i], &states[old - before->mailboxes],
			       sizeof(*states));
		bridge->mailboxes[i].phase = PHASE_PAUSED;
	}
}

static void output_names(const struct config *config, const char *names[static SIZE_OUTPUT])
{
	for (size_t i = 0; i < SIZE_OUTPUT; i++)
		names[i] = NULL;
	for (const struct output_config *o = &config->output; o; o = o->next)
		names[counter_output(o->bit)] = o->name;
}

/* Drops the states of outputs, which are soon known again, and keeps the counters. */
static void keep_outputs(struct bridge *bridge, const struct config *before)
{
	const char *old[SIZE_OUTPUT], *new[SIZE_OUTPUT];

	output_names(before, old);
	output_names(&bridge->config, new);
	for (size_t i = 0; i < WORKERS_MAX; i++) {
		counters_renumber(&bridge->states[i].counters, LABEL_OUTPUT, SIZE_OUTPUT, old, new);
		memset(bridge->states[i].outputs, 0, sizeof(bridge->states[i].outputs));
	}
}

static void keep_tenants(struct bridge *bridge, const struct config *before)
{
	static const struct tenant_numbers nobody;
	struct tenant_numbers *const old = tenant_numbers_new(before);
	struct tenant_numbers *const new = tenant_numbers_new(&bridge->config);

	for (size_t i = 0; i < WORKERS_MAX && (old || new); i++)
		counters_renumber(&bridge->states[i].counters, LABEL_TENANT, SIZE_TENANT,
				  (old ? old : &nobody)->names, (new ? new : &nobody)->names);
	tenant_numbers_free(old);
	tenant_numbers_free(new);
}

void handover(struct bridge *bridge)
{
	struct config config = bridge->config;
	struct assignment assignment = bridge->assignment;
	struct mailbox_state *states = bridge->mailboxes;

	enricher_close(bridge->enricher);
	bridge->enricher = bridge->next_enricher;
	bridge->config = bridge->next;
	bridge->has_next = false;
	assign(bridge, &assignment);
	keep_states(bridge, &assignment, states);
	keep_outputs(bridge, &config);
	keep_tenants(bridge, &config);
	mailbox_states_free(states, assignment.count);
	assignment_release(&assignment);
	config_release(&config);
	log_configure(bridge->config.bridge.log_level, bridge->config.bridge.log_format);
	schedule_configure(&bridge->schedule, &bridge->config);
}

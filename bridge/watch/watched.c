/* watched.c - status of a running bridge, for monitoring
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/watch/watched.h"

static bool mails_wait(const struct watched *watched)
{
	size_t place = 0;

	for (const struct mailbox_config *m = watched->config->mailboxes; m; m = m->next)
		if (watched->mailboxes[place++].backlog > 0)
			return true;
	return false;
}

/* Nothing waits for an optional output, so only the result of its last batch is known. */
static enum watched_breaker breaker_of(const struct watched_output *seen, bool holding)
{
	if (seen->failing_since == 0)
		return BREAKER_CLOSED;
	return holding ? BREAKER_OPEN : BREAKER_WAITING;
}

void watched_output(const struct watched *watched, const struct output_config *output,
		    struct watched_output *seen)
{
	const size_t number = counter_output(output->bit);
	bool holding = false;

	*seen = (struct watched_output){ .served = 0 };
	for (size_t i = 0; i < watched->state_count; i++) {
		const struct output_state *state = &watched->states[i].outputs[number];
		const int64_t since = state->failing_since;

		seen->queued += state->queued;
		holding |= state->holding > 0;
		if (state->served > seen->served)
			seen->served = state->served;
		if (since == 0 || (seen->failing_since > 0 && since > seen->failing_since))
			continue;
		seen->failing_since = since;
		shared_text_get(&state->error, seen->error);
	}
	if (!output->required)
		seen->breaker = breaker_of(seen, holding);
	if (!mails_wait(watched))
		seen->failing_since = 0;
	if (output->required)
		seen->breaker = breaker_of(seen, holding);
}

bool watched_is_connected(const struct mailbox_state *mailbox)
{
	return mailbox->phase != PHASE_PAUSED && mailbox->phase != PHASE_OPENING;
}

bool watched_mailbox_is_served(const struct watched *watched, const struct mailbox_config *mailbox,
			       const struct mailbox_state *state, int64_t now)
{
	const int64_t limit = (watched->config->bridge.ready_within_ms + mailbox->poll_ms) / 1000;

	return state->served > 0 && now - state->served <= limit;
}

bool watched_output_is_served(const struct watched *watched, const struct output_config *output,
			      int64_t now)
{
	struct watched_output seen;

	watched_output(watched, output, &seen);
	return !output->required || seen.failing_since == 0 ||
	       now - seen.failing_since <= watched->config->bridge.ready_within_ms / 1000;
}

void watched_troubles_open(struct watched_troubles *troubles, const struct watched *watched,
			   int64_t now)
{
	*troubles = (struct watched_troubles){
		.watched = watched,
		.mailbox = watched->config->mailboxes,
		.output = &watched->config->output,
		.now = now,
	};
}

static bool next_mailbox(struct watched_troubles *t, struct watched_trouble *trouble)
{
	while (t->mailbox) {
		const struct mailbox_config *mailbox = t->mailbox;
		const struct mailbox_state *state = &t->watched->mailboxes[t->place++];

		t->mailbox = mailbox->next;
		if (watched_mailbox_is_served(t->watched, mailbox, state, t->now))
			continue;
		*trouble = (struct watched_trouble){ .kind = "mailbox",
						     .name = mailbox->name,
						     .served = state->served };
		shared_text_get(&state->error, trouble->error);
		return true;
	}
	return false;
}

static bool next_output(struct watched_troubles *t, struct watched_trouble *trouble)
{
	while (t->output) {
		const struct output_config *output = t->output;
		struct watched_output seen;

		t->output = output->next;
		if (watched_output_is_served(t->watched, output, t->now))
			continue;
		watched_output(t->watched, output, &seen);
		*trouble = (struct watched_trouble){ .kind = "output",
						     .name = output->name,
						     .served = seen.served };
		memcpy(trouble->error, seen.error, sizeof(trouble->error));
		return true;
	}
	return false;
}

bool watched_troubles_next(struct watched_troubles *troubles, struct watched_trouble *trouble)
{
	return next_mailbox(troubles, trouble) || next_output(troubles, trouble);
}

bool watched_is_ready(const struct watched *watched, int64_t now)
{
	struct watched_troubles troubles;
	struct watched_trouble trouble;

	watched_troubles_open(&troubles, watched, now);
	return !watched_troubles_next(&troubles, &trouble);
}

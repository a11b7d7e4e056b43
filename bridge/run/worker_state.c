/* worker_state.c - state of a worker, in memory that the supervisor reads
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/worker_state.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/slice.h"
#include "base/step.h"

static void *map_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	return memory;
}

struct worker_state *worker_states_new(size_t count)
{
	struct worker_state *states = map_shared(count * sizeof(struct worker_state));
	struct unanswered *unanswered = map_shared(sizeof(*unanswered));

	for (size_t i = 0; i < count; i++) {
		states[i].unanswered = unanswered;
		states[i].number = (uint32_t)i + 1;
	}
	return states;
}

void worker_states_free(struct worker_state *states, size_t count)
{
	if (!states)
		return;
	munmap(states[0].unanswered, sizeof(*states[0].unanswered));
	munmap(states, count * sizeof(*states));
}

void worker_state_end(struct worker_state *state)
{
	counters_end_gauges(&state->counters);
	for (size_t i = 0; i < SIZE_OUTPUT; i++)
		state->outputs[i].queued = state->outputs[i].holding = 0;
	unanswered_lose_all(state->unanswered, state->number);
	state->fibers.owner = 0;
}

/* With no mailbox, maps one struct: a mapping cannot be empty. */
struct mailbox_state *mailbox_states_new(size_t count)
{
	return map_shared((count + 1) * sizeof(struct mailbox_state));
}

void mailbox_states_free(struct mailbox_state *states, size_t count)
{
	if (states)
		munmap(states, (count + 1) * sizeof(*states));
}

static void copy_cut(char to[static WORKER_TEXT_MAX], const char *text)
{
	const size_t size = strnlen(text, WORKER_TEXT_MAX - 1);

	memcpy(to, text, size);
	to[size] = '\0';
}

const char *mailbox_phase_name(uint32_t phase)
{
	static const char *const names[] = {
#define PHASE(id, name) name,
		MAILBOX_PHASES(PHASE)
#undef PHASE
	};

	return phase < sizeof(names) / sizeof(names[0]) ? names[phase] : "?";
}

/* There is one writer. A reader that sees a write in progress tries again; after this many
 * times it takes what is there, since only people read it. */
#define TRIES 1000

void shared_text_set(struct shared_text *shared, const char *text)
{
	atomic_fetch_add(&shared->version, 1);
	copy_cut(shared->text, text);
	atomic_fetch_add(&shared->version, 1);
}

void shared_text_get(const struct shared_text *shared, char text[static WORKER_TEXT_MAX])
{
	for (int i = 0; i < TRIES; i++) {
		const uint32_t before = atomic_load(&shared->version);

		memcpy(text, shared->text, WORKER_TEXT_MAX);
		if (before % 2 == 0 && atomic_load(&shared->version) == before)
			break;
	}
	text[WORKER_TEXT_MAX - 1] = '\0';
}

static bool is_connected(uint32_t phase)
{
	return phase != PHASE_PAUSED && phase != PHASE_OPENING;
}

void mailbox_state_enter(struct mailbox_state *state, enum mailbox_phase phase, const char *mailbox)
{
	if (state->since == 0 || is_connected(state->phase) != is_connected(phase))
		state->since = clock_unix();
	atomic_store(&state->phase, phase);
	step_mailbox(mailbox_phase_name(phase), mailbox);
}

/* Writes the flag last: readers ignore the rest until it is set. */
void worker_begin_mail(struct worker_state *state, const char *mailbox, const struct mail *mail)
{
	struct mail_in_hand *in_hand = &state->in_hand;

	in_hand->epoch = mail->epoch;
	copy_cut(in_hand->mailbox, mailbox);
	copy_cut(in_hand->name, mail->name);
	atomic_store(&in_hand->held, true);
}

void worker_end_mail(struct worker_state *state)
{
	atomic_store(&state->in_hand.held, false);
}

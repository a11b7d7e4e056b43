/* worker_state.c - what a worker shows to its supervisor
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/worker_state.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/slice.h"
#include "base/step.h"

static void *map_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	return memory;
}

struct worker_state *worker_states_new(size_t count)
{
	return map_shared(count * sizeof(struct worker_state));
}

void worker_states_free(struct worker_state *states, size_t count)
{
	if (states)
		munmap(states, count * sizeof(*states));
}

/* There may be no mailbox, but there is no empty mapping. */
struct mailbox_state *mailbox_states_new(size_t count)
{
	return map_shared((count + 1) * sizeof(struct mailbox_state));
}

void mailbox_states_free(struct mailbox_state *states, size_t count)
{
	if (states)
		munmap(states, (count + 1) * sizeof(*states));
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

void mailbox_state_enter(struct mailbox_state *state, enum mailbox_phase phase, const char *mailbox)
{
	atomic_store(&state->phase, phase);
	step_mailbox(mailbox_phase_name(phase), mailbox);
}

static void copy_cut(char to[static WORKER_TEXT_MAX], const char *text)
{
	const size_t size = strnlen(text, WORKER_TEXT_MAX - 1);

	memcpy(to, text, size);
	to[size] = '\0';
}

/* The flag is written last: until then there is no mail in hand. */
void worker_take_in_hand(struct worker_state *state, const char *mailbox, const struct mail *mail)
{
	struct mail_in_hand *in_hand = &state->in_hand;

	in_hand->epoch = mail->epoch;
	copy_cut(in_hand->mailbox, mailbox);
	copy_cut(in_hand->name, mail->name);
	atomic_store(&in_hand->held, true);
}

void worker_put_down(struct worker_state *state)
{
	atomic_store(&state->in_hand.held, false);
}

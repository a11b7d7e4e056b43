/* deferred.c - mails that wait together for reverse DNS
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/deferred.h"

#include <stdlib.h>

#include "base/xalloc.h"

/* Room for names, and what the arena adds. */
#define MORE_BYTES ((size_t)DEFERRED_MAILS * 1024)

void deferred_init(struct deferred *deferred)
{
	*deferred = (struct deferred){ .count = 0 };
	arena_init(&deferred->arena, DEFERRED_BYTES + MORE_BYTES);
}

void deferred_release(struct deferred *deferred)
{
	arena_release(&deferred->arena);
	free(deferred->mails);
}

bool deferred_takes(const struct deferred *deferred, const struct mail *mail)
{
	return !deferred->at_end && deferred->count < DEFERRED_MAILS &&
	       mail->raw.size <= DEFERRED_MAIL_BYTES &&
	       deferred->arena.used + mail->raw.size <= DEFERRED_BYTES;
}

bool deferred_is_full(const struct deferred *deferred)
{
	return deferred->count == DEFERRED_MAILS ||
	       deferred->arena.used + DEFERRED_MAIL_BYTES > DEFERRED_BYTES;
}

void deferred_add(struct deferred *deferred, const struct mail *mail)
{
	struct mail *copy;

	if (!deferred->mails)
		deferred->mails = xcalloc(DEFERRED_MAILS, sizeof(*deferred->mails));
	copy = &deferred->mails[deferred->count++];
	*copy = *mail;
	copy->name = arena_text(&deferred->arena, slice_of(mail->name));
	copy->raw = arena_slice(&deferred->arena, mail->raw);
}

void deferred_reset(struct deferred *deferred)
{
	arena_reset(&deferred->arena);
	deferred->count = 0;
	deferred->at_end = false;
}

/* assignment.c - assigns mailboxes to workers, and isolates those that crash workers
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/process/assignment.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define FORGET_MS (60 * 60 * 1000)

const struct assigned_mailbox *assignment_find(const struct assignment *assignment,
					       const char *name)
{
	for (size_t i = 0; assignment && i < assignment->count; i++)
		if (strcmp(assignment->mailboxes[i].config->name, name) == 0)
			return &assignment->mailboxes[i];
	return NULL;
}

void assignment_make(struct assignment *assignment, const struct config *config, size_t workers,
		     const struct assignment *before)
{
	const size_t shared = workers > 0 ? workers : 1;
	size_t count = 0;

	for (const struct mailbox_config *m = config->mailboxes; m; m = m->next)
		count++;
	*assignment = (struct assignment){
		.mailboxes = xcalloc(count + 1, sizeof(*assignment->mailboxes)),
		.shared = shared,
		.workers = shared,
	};
	for (struct mailbox_config *m = config->mailboxes; m; m = m->next) {
		struct assigned_mailbox *mailbox = &assignment->mailboxes[assignment->count];

		mailbox->config = m;
		mailbox->worker = assignment->count++ % shared;
	}
	for (size_t i = 0; i < count; i++) {
		struct assigned_mailbox *mailbox = &assignment->mailboxes[i];
		const struct assigned_mailbox *old = assignment_find(before, mailbox->config->name);

		if (!old)
			continue;
		mailbox->deaths = old->deaths;
		mailbox->died_at = old->died_at;
		if (workers > 0 && mailbox->deaths >= ASSIGNMENT_DEATHS_ENOUGH)
			(void)assignment_isolate(assignment, mailbox);
	}
}

void assignment_release(struct assignment *assignment)
{
	free(assignment->mailboxes);
	*assignment = (struct assignment){ .mailboxes = NULL };
}

size_t assignment_share(const struct assignment *assignment, size_t worker)
{
	size_t count = 0;

	for (size_t i = 0; i < assignment->count; i++)
		count += assignment->mailboxes[i].worker == worker;
	return count;
}

unsigned assignment_blame(struct assignment *assignment, struct assigned_mailbox *mailbox,
			  int64_t now, int64_t lived_ms)
{
	const bool alone = assignment_share(assignment, mailbox->worker) == 1;
	const int64_t good_ms = alone ? lived_ms : now - mailbox->died_at;

	if (good_ms > FORGET_MS)
		mailbox->deaths = 0;
	mailbox->died_at = now;
	return ++mailbox->deaths;
}

bool assignment_isolate(struct assignment *assignment, struct assigned_mailbox *mailbox)
{
	if (assignment->workers == assignment->shared + ASSIGNMENT_ALONE_MAX ||
	    assignment_share(assignment, mailbox->worker) == 1)
		return false;
	mailbox->worker = assignment->workers++;
	return true;
}

/* stumbles.h - mails that a server has failed to give, and how often
 *
 * SPDX-License-Identifier: MIT
 *
 * A few, in a file with a line "UIDVALIDITY UID TRIES" each, so that "run --once"
 * counts on where it was.  A file that is lost costs some more tries.
 */
#ifndef MAILBOX_STUMBLES_H
#define MAILBOX_STUMBLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Of more the oldest is forgotten. */
#define STUMBLES_KEPT 100

struct stumble {
	uint32_t epoch, uid;
	unsigned tries; /* in vain */
};

struct stumbles {
	const char *path; /* NULL: nothing outlives the process */
	struct stumble mails[STUMBLES_KEPT];
	size_t count;
};

/* Reads the file; one that is missing is empty.  RETRY: it cannot be read. */
bool stumbles_open(struct stumbles *stumbles, const char *path, struct error *err);

/* How often in vain. */
unsigned stumbles_tries(const struct stumbles *stumbles, uint32_t epoch, uint32_t uid);

/* So many times more, kept in the file.  A file that cannot be written is no
 * error: the next try counts anew. */
void stumbles_add(struct stumbles *stumbles, uint32_t epoch, uint32_t uid, unsigned tries);

#endif

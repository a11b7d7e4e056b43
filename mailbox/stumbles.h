/* stumbles.h - counts failed attempts to fetch a mail
 *
 * SPDX-License-Identifier: MIT
 *
 * A small file with a line "UIDVALIDITY UID TRIES" per mail, so that "run
 * --once" continues to count.  If the file is lost, a mail gets some more
 * tries.
 */
#ifndef MAILBOX_STUMBLES_H
#define MAILBOX_STUMBLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Beyond this the oldest is dropped. */
#define STUMBLES_KEPT 100

struct stumble {
	uint32_t epoch, uid;
	unsigned tries; /* failed attempts */
};

struct stumbles {
	const char *path; /* NULL: not stored in a file */
	struct stumble mails[STUMBLES_KEPT];
	size_t count;
};

/* Reads the file; a missing file is empty.  RETRY: it cannot be read. */
bool stumbles_open(struct stumbles *stumbles, const char *path, struct error *err);

/* Returns the number of failed attempts. */
unsigned stumbles_tries(const struct stumbles *stumbles, uint32_t epoch, uint32_t uid);

/* Adds failed attempts and writes the file.  A failed write is no error: the next
 * process counts from the value in the file. */
void stumbles_add(struct stumbles *stumbles, uint32_t epoch, uint32_t uid, unsigned tries);

#endif

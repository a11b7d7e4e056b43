/* mail_memory.h - remembers mails that stay in place and are not to be read again
 *
 * SPDX-License-Identifier: MIT
 *
 * A set of numbers in a file, one per line, for mailboxes without a keyword:
 * for IMAP from UIDVALIDITY and UID, for a Maildir from the file's name and
 * size.  If the file is lost, the mails are read once more.
 */
#ifndef MAILBOX_MAIL_MEMORY_H
#define MAILBOX_MAIL_MEMORY_H

#include "base/error.h"
#include "base/slice.h"

struct mail_memory {
	const char *path; /* NULL: not stored in a file */
	uint64_t *keys;   /* sorted */
	size_t count;
};

/* Reads the file; a missing file is empty.  memory is zeroed. */
bool mail_memory_open(struct mail_memory *memory, const char *path, struct error *err);
void mail_memory_close(struct mail_memory *memory);

bool mail_memory_has(const struct mail_memory *memory, uint64_t key);
/* RETRY: the file cannot be written. */
bool mail_memory_add(struct mail_memory *memory, const uint64_t *keys, size_t count,
		     struct error *err);

uint64_t mail_memory_uid_key(uint32_t epoch, uint32_t uid);
uint64_t mail_memory_file_key(struct slice name, uint64_t size);

#endif

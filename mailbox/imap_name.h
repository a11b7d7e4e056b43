/* imap_name.h - folder names as the server writes them
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  The configuration writes "Reports/Archive" in UTF-8; a server may
 * want "INBOX.Reports.Archive" in modified UTF-7 (RFC 3501 section 5.1.3).
 */
#ifndef MAILBOX_IMAP_NAME_H
#define MAILBOX_IMAP_NAME_H

#include "base/error.h"
#include "base/strbuf.h"

/* The server's personal namespace. */
struct imap_namespace {
	char prefix[64]; /* "", "INBOX." */
	char delimiter;  /* 0: the server has no hierarchy */
};

/* A delimiter that is not printable ASCII would end a command. */
bool imap_delimiter_valid(char delimiter);
/* Sets a namespace with this prefix and no hierarchy; false if no folder name can
 * begin with the prefix. */
bool imap_namespace_begin(struct imap_namespace *space, struct slice prefix);

/* Longer names are rejected. */
#define IMAP_NAME_MAX 1000

/* Appends the server's name of a folder.  INBOX in any case becomes INBOX; a prefix
 * that the name already has is not repeated.  FATAL: control bytes, invalid UTF-8,
 * empty or too long; option is the key to name in the error. */
bool imap_name_encode(const struct imap_namespace *space, const char *folder, const char *option,
		      struct strbuf *name, struct error *err);
/* Returns the same in a new string; free() it. */
bool imap_name_new(const struct imap_namespace *space, const char *folder, const char *option,
		   char **name, struct error *err);

/* Appends valid UTF-8 text as modified UTF-7. */
void utf7_encode(struct slice text, struct strbuf *out);

/* FATAL if the text of an option contains control bytes: they would end the command
 * line and start another command. */
bool imap_text_valid(const char *text, const char *option, struct error *err);

#endif

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

/* What the server calls its personal namespace. */
struct imap_namespace {
	char prefix[64]; /* "", "INBOX." */
	char delimiter;	 /* 0: the server knows no levels */
};

/* A delimiter that is no printable ASCII character would end a command. */
bool imap_delimiter_valid(char delimiter);
/* A namespace with this prefix and without levels; false when no folder's name
 * can begin like this. */
bool imap_namespace_begin(struct imap_namespace *space, struct slice prefix);

/* A name longer than this is nobody's folder. */
#define IMAP_NAME_MAX 1000

/* Appends the server's name of a folder.  INBOX in any case is INBOX; a name
 * that carries the prefix already is not given it twice.  FATAL: control
 * bytes, invalid UTF-8, empty or too long; option is the key to name. */
bool imap_name_encode(const struct imap_namespace *space, const char *folder, const char *option,
		      struct strbuf *name, struct error *err);
/* The same as a text of its own; free() it. */
bool imap_name_new(const struct imap_namespace *space, const char *folder, const char *option,
		   char **name, struct error *err);

/* Appends UTF-8 text as modified UTF-7; the text is valid UTF-8. */
void utf7_encode(struct slice text, struct strbuf *out);

/* FATAL when the text of an option holds control bytes: they would end the
 * command line and begin another one. */
bool imap_text_valid(const char *text, const char *option, struct error *err);

#endif

/* importing.h - from settings of parsedmarc to settings of ours
 *
 * SPDX-License-Identifier: MIT
 *
 * For the files of the command "import-config": what they read from, what they
 * write into, and how a setting gets from one to the other.
 */
#ifndef BRIDGE_IMPORT_IMPORTING_H
#define BRIDGE_IMPORT_IMPORTING_H

#include "base/strbuf.h"
#include "bridge/import/foreign_ini.h"
#include "ingest/report/tenant.h"

struct importing {
	struct arena arena;
	struct foreign_entry *theirs;
	struct strbuf ours, tenants;
	struct tenant_table *table;	  /* what is claimed already */
	char tenant[TENANT_NAME_MAX + 1]; /* the last one written */
};

/* Says what has no counterpart, or is to be done by hand. */
__attribute__((format(printf, 3, 4))) void import_note(const char *section, const char *key,
						       const char *format, ...);

/* A value of theirs, which is dealt with then; data NULL: there is none. */
struct slice import_get(struct importing *i, const char *section, const char *key);
/* As configparser reads it. */
bool import_is_true(struct slice value);
/* Ours ends a value at a comment. */
bool import_is_writable(struct slice value);

/* A line of ours. */
void import_put(struct importing *i, const char *key, struct slice value);
void import_put_text(struct importing *i, const char *key, const char *value);

/* A setting that is the same under another name; one in seconds. */
void import_copy(struct importing *i, const char *section, const char *their_key,
		 const char *our_key);
void import_copy_time(struct importing *i, const char *section, const char *their_key,
		      const char *our_key);

/* Names a file for a secret, "imap-password" after its section; the second one
 * only if they have it. */
void import_put_secret(struct importing *i, const char *section, const char *their_key,
		       const char *our_key, const char *what);
void import_secret(struct importing *i, const char *section, const char *their_key,
		   const char *our_key, const char *what);

/* Theirs may leave certificates unverified, ours never does. */
void import_verification(struct importing *i, const char *section);

/* import_mailbox.c */
void import_mailboxes(struct importing *i);
/* import_output.c */
void import_outputs(struct importing *i);

#endif

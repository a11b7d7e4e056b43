/* dovecot.h - mailboxes of the Dovecot that imap-dovecot has started
 *
 * SPDX-License-Identifier: MIT
 *
 * IMAP_DOVECOT names its directory and IMAP_PORT its port.  One user per test;
 * what goes wrong fails the running test.
 */
#ifndef TESTS_LIB_DOVECOT_H
#define TESTS_LIB_DOVECOT_H

#include "mailbox/mailbox.h"

extern const char *dovecot_directory;
extern uint16_t dovecot_port; /* IMAP; IMAPS is one above */
extern char dovecot_ca_file[500];

/* First of all; ends the program when there is no Dovecot. */
void dovecot_use(void);

/* A login that works, over IMAPS. */
struct imap_settings settings_for(const char *user);

/* A file of the user's Maildir; valid until the fourth call after it. */
const char *mail_path(const char *user, const char *name);
void make_user(const char *user);
/* "Subject: mail NUMBER", and size bytes of text. */
void deliver(const char *user, unsigned number, size_t size);
void deliver_old(const char *user, unsigned number, unsigned days);
/* In a process of its own, while the test waits. */
void deliver_soon(const char *user, unsigned number);
/* folder: "", ".Archive.Aggregate"; count_files of a directory in it. */
unsigned count_files(const char *user, const char *directory);
unsigned count_mails(const char *user, const char *folder);

struct mailbox *open_mailbox(const struct imap_settings *settings);
const struct mail *next_mail(struct mailbox *mailbox);
void settle(struct mailbox *mailbox, struct mail_settlement *settlements, size_t count);

#endif

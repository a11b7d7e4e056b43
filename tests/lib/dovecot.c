/* dovecot.c - mailboxes of the Dovecot that imap-dovecot has started
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/lib/dovecot.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

const char *dovecot_directory;
uint16_t dovecot_port;
char dovecot_ca_file[500];

void dovecot_use(void)
{
	dovecot_directory = getenv("IMAP_DOVECOT");
	if (!dovecot_directory) {
		fprintf(stderr, "IMAP_DOVECOT is not set; use make check-imap\n");
		exit(1);
	}
	dovecot_port = (uint16_t)(getenv("IMAP_PORT") ? atoi(getenv("IMAP_PORT")) : 21143);
	snprintf(dovecot_ca_file, sizeof(dovecot_ca_file), "%s/ca.pem", dovecot_directory);
	signal(SIGPIPE, SIG_IGN);
}

struct imap_settings settings_for(const char *user)
{
	return (struct imap_settings){
		.host = "localhost",
		.port = (uint16_t)(dovecot_port + 1),
		.tls = MAILBOX_TLS_IMPLICIT,
		.ca_file = dovecot_ca_file,
		.user = user,
		.password = "secret",
		.folder = "INBOX",
		.archive = "Archive",
		.max_mail_bytes = 100000,
		.timeout_ms = 10000,
	};
}

/* --- what is in the Maildir of a user --------------------------------------- */

const char *mail_path(const char *user, const char *name)
{
	static char path[4][600];
	static unsigned turn;
	char *text = path[turn++ % 4];

	snprintf(text, sizeof(path[0]), "%s/mail/%s/%s", dovecot_directory, user, name);
	return text;
}

static void own(const char *path)
{
	struct stat status;

	assert_int_equal(stat(mail_path("", ""), &status), 0);
	assert_int_equal(chown(path, status.st_uid, status.st_gid), 0);
}

static void make_directory(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
	own(path);
}

void make_user(const char *user)
{
	make_directory(mail_path(user, ""));
	make_directory(mail_path(user, "new"));
	make_directory(mail_path(user, "cur"));
	make_directory(mail_path(user, "tmp"));
}

void deliver(const char *user, unsigned number, size_t size)
{
	char name[40];
	FILE *file;

	snprintf(name, sizeof(name), "new/%u.test", 1000000 + number);
	file = fopen(mail_path(user, name), "w");
	assert_non_null(file);
	fprintf(file, "Subject: mail %u\r\n\r\n", number);
	for (size_t i = 0; i < size; i++)
		fputc(i % 64 == 63 ? '\n' : 'x', file);
	assert_int_equal(fclose(file), 0);
	own(mail_path(user, name));
}

void deliver_old(const char *user, unsigned number, unsigned days)
{
	const time_t then = time(NULL) - (time_t)days * 86400;
	char name[40];

	deliver(user, number, 100);
	snprintf(name, sizeof(name), "new/%u.test", 1000000 + number);
	assert_int_equal(utime(mail_path(user, name), &(struct utimbuf){ then, then }), 0);
}

/* In a process of its own, while the test waits. */
void deliver_soon(const char *user, unsigned number)
{
	if (fork() != 0)
		return;
	usleep(300000);
	deliver(user, number, 100);
	_exit(0);
}

unsigned count_files(const char *user, const char *folder)
{
	unsigned count = 0;
	DIR *stream = opendir(mail_path(user, folder));
	const struct dirent *found;

	if (!stream)
		return 0;
	while ((found = readdir(stream)) != NULL)
		count += found->d_name[0] != '.';
	closedir(stream);
	return count;
}

unsigned count_mails(const char *user, const char *folder)
{
	char name[200];
	unsigned count;

	snprintf(name, sizeof(name), "%s/new", folder);
	count = count_files(user, name);
	snprintf(name, sizeof(name), "%s/cur", folder);
	return count + count_files(user, name);
}

/* --- opening, reading, settling --------------------------------------------- */

struct mailbox *open_mailbox(const struct imap_settings *settings)
{
	struct mailbox *mailbox = imap_mailbox_new(settings);
	struct error err;

	if (!mailbox->ops->open(mailbox, &err))
		fail_msg("%s", err.text);
	return mailbox;
}

const struct mail *next_mail(struct mailbox *mailbox)
{
	const struct mail *mail;
	struct error err;

	if (!mailbox->ops->next(mailbox, &mail, &err))
		fail_msg("%s", err.text);
	return mail;
}

void settle(struct mailbox *mailbox, struct mail_settlement *settlements, size_t count)
{
	struct error err;

	if (!mailbox->ops->settle(mailbox, settlements, count, &err))
		fail_msg("%s", err.text);
}

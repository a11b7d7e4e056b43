/* test_imap.c - the IMAP mailbox against a real Dovecot
 *
 * SPDX-License-Identifier: MIT
 *
 * IMAP_DOVECOT names the directory and IMAP_PORT the port of imap-dovecot,
 * whose head says which fault is on which address.  One user per test.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "mailbox/mailbox.h"
#include "tests/lib/dovecot.h"
#include "tests/lib/rows.h"

static void expect_refusal(const struct imap_settings *settings, enum error_class class,
			   const char *want)
{
	struct mailbox *mailbox = imap_mailbox_new(settings);
	struct error err;

	assert_false(mailbox->ops->open(mailbox, &err));
	if (err.class != class || !strstr(err.text, want))
		fail_msg("class %d: %s", (int)err.class, err.text);
	mailbox->ops->free(mailbox);
}

/* --- tests ------------------------------------------------------------------ */

static void bad_certificates_are_refused(void **state)
{
	static const struct {
		const char *host, *want;
		bool trust;
	} cases[] = {
		{ "127.0.1.2", "issuer is unknown: set ca_file", true },
		{ "127.0.1.3", "has expired", true },
		{ "127.0.1.4", "another name, mail.example.org: set host", true },
		/* a good certificate that the system does not trust */
		{ "127.0.1.1", "issuer is unknown: set ca_file", false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct imap_settings settings = settings_for("refused");

		settings.host = cases[i].host;
		if (!cases[i].trust)
			settings.ca_file = NULL;
		expect_refusal(&settings, ERROR_RETRY, cases[i].want);
		settings.tls = MAILBOX_TLS_STARTTLS;
		settings.port = dovecot_port;
		expect_refusal(&settings, ERROR_RETRY, cases[i].want);
	}
	/* The user was never known to the server: nobody logged in. */
	assert_int_not_equal(access(mail_path("refused", ""), F_OK), 0);
}

static void wrong_settings_are_named(void **state)
{
	struct imap_settings settings = settings_for("refused2");

	(void)state;
	settings.port = dovecot_port;
	expect_refusal(&settings, ERROR_RETRY, "set tls = starttls");
	settings.tls = MAILBOX_TLS_STARTTLS;
	settings.host = "127.0.1.7";
	expect_refusal(&settings, ERROR_RETRY, "does not offer it");
	assert_int_not_equal(access(mail_path("refused2", ""), F_OK), 0);

	settings = settings_for("refused2");
	settings.password = "wrong";
	expect_refusal(&settings, ERROR_RETRY, "refused: check user and password_file");
	settings.password = "secret";
	settings.ca_file = "/nonexistent.pem";
	expect_refusal(&settings, ERROR_FATAL, "ca_file /nonexistent.pem");
	settings.ca_file = dovecot_ca_file;
	settings.folder = "No such folder";
	expect_refusal(&settings, ERROR_RETRY, "check folder");
	settings.folder = "INBOX";
	settings.host = "127.0.1.6";
	expect_refusal(&settings, ERROR_FATAL, "neither MOVE");
	settings.host = "no-such-host.invalid";
	expect_refusal(&settings, ERROR_RETRY, "cannot look up");
	settings.host = "127.0.1.200";
	expect_refusal(&settings, ERROR_RETRY, "cannot connect");
}

/* Every fate over every way in and every way of moving. */
static void fates_move_mail(void **state)
{
	static const struct {
		const char *user, *host;
		enum mailbox_tls tls;
		const char *prefix;
	} cases[] = {
		{ "fates1", "localhost", MAILBOX_TLS_IMPLICIT, "" },
		{ "fates2", "127.0.1.1", MAILBOX_TLS_STARTTLS, "" },
		{ "fates3", "127.0.1.1", MAILBOX_TLS_NONE, "" },
		{ "fates4", "127.0.1.5", MAILBOX_TLS_IMPLICIT, "" },
		{ "dot1", "127.0.1.1", MAILBOX_TLS_IMPLICIT, "" },
		{ "dot2", "127.0.1.5", MAILBOX_TLS_STARTTLS, "" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct imap_settings settings = settings_for(cases[i].user);
		struct mail_settlement settlements[6];
		struct mailbox *mailbox;
		const struct mail *mail;

		settings.host = cases[i].host;
		settings.tls = cases[i].tls;
		if (cases[i].tls != MAILBOX_TLS_IMPLICIT)
			settings.port = dovecot_port;
		make_user(cases[i].user);
		for (unsigned n = 0; n < 6; n++)
			deliver(cases[i].user, n, 1000);
		mailbox = open_mailbox(&settings);
		for (unsigned n = 0; n < 6; n++) {
			mail = next_mail(mailbox);
			assert_non_null(mail);
			assert_false(mail->too_large);
			assert_memory_equal(mail->raw.data, "Subject: mail ", 14);
			settlements[n] = (struct mail_settlement){ .id = mail->id,
								   .fate = n % MAIL_FATES };
		}
		assert_null(next_mail(mailbox));
		settle(mailbox, settlements, 6);
		mailbox->ops->free(mailbox);
		assert_int_equal(count_mails(cases[i].user, ""), 2);
		assert_int_equal(count_mails(cases[i].user, ".Archive.Aggregate"), 1);
		assert_int_equal(count_mails(cases[i].user, ".Archive.Failure"), 1);
		assert_int_equal(count_mails(cases[i].user, ".Archive.SMTP-TLS"), 1);
		assert_int_equal(count_mails(cases[i].user, ".Archive.Invalid"), 1);
		/* Reading leaves no mark. */
		assert_int_equal(count_files(cases[i].user, ".Archive.Invalid/new"), 1);
	}
}

static void a_thousand_mails_are_drained(void **state)
{
	enum { COUNT = 1000, BATCH = 300 };
	struct imap_settings settings = settings_for("thousand");
	struct mail_settlement settlements[BATCH];
	struct mailbox *mailbox;
	const struct mail *mail;
	unsigned seen = 0;
	size_t held = 0;

	(void)state;
	make_user("thousand");
	for (unsigned n = 0; n < COUNT; n++)
		deliver("thousand", n, 6000);
	mailbox = open_mailbox(&settings);
	do {
		mail = next_mail(mailbox);
		if (mail) {
			char want[40];

			/* In the order of delivery, each with its own bytes. */
			snprintf(want, sizeof(want), "Subject: mail %u\r\n", seen++);
			assert_memory_equal(mail->raw.data, want, strlen(want));
			settlements[held++] = (struct mail_settlement){ .id = mail->id,
									.fate = MAIL_AGGREGATE };
		}
		if (held == BATCH || !mail) {
			settle(mailbox, settlements, held);
			held = 0;
		}
	} while (mail);
	mailbox->ops->free(mailbox);
	assert_int_equal(seen, COUNT);
	assert_int_equal(count_mails("thousand", ""), 0);
	assert_int_equal(count_mails("thousand", ".Archive.Aggregate"), COUNT);

	mailbox = open_mailbox(&settings);
	assert_null(next_mail(mailbox));
	mailbox->ops->free(mailbox);
}

static void large_mail_is_not_fetched(void **state)
{
	struct imap_settings settings = settings_for("large");
	struct mail_settlement settlement = { .id = 0, .fate = MAIL_INVALID };
	struct mailbox *mailbox;
	const struct mail *mail;

	(void)state;
	make_user("large");
	deliver("large", 1, 200000);
	deliver("large", 2, 0);
	mailbox = open_mailbox(&settings);
	mail = next_mail(mailbox);
	assert_true(mail->too_large);
	assert_true(mail->size > 200000);
	assert_null(mail->raw.data);
	settlement.id = mail->id;
	mail = next_mail(mailbox);
	assert_false(mail->too_large);
	assert_null(next_mail(mailbox));
	settle(mailbox, &settlement, 1);
	mailbox->ops->free(mailbox);
	assert_int_equal(count_mails("large", ".Archive.Invalid"), 1);
	assert_int_equal(count_mails("large", ""), 1);
}

/* Somebody else takes mails out of the folder while it is selected. */
static void vanished_mail_is_no_error(void **state)
{
	struct imap_settings settings = settings_for("vanished");
	struct mail_settlement settlements[10];
	struct mailbox *first, *second;
	const struct mail *mail;
	size_t count = 0;

	(void)state;
	make_user("vanished");
	for (unsigned n = 0; n < 5; n++)
		deliver("vanished", n, 100);
	first = open_mailbox(&settings);
	second = open_mailbox(&settings);
	while ((mail = next_mail(second)) != NULL)
		settlements[count++] = (struct mail_settlement){ .id = mail->id,
								 .fate = MAIL_AGGREGATE };
	assert_int_equal(count, 5);
	settle(second, settlements + 1, 3);

	count = 0;
	while ((mail = next_mail(first)) != NULL)
		settlements[count++] = (struct mail_settlement){ .id = mail->id,
								 .fate = MAIL_FAILURE };
	assert_true(count >= 2);
	settle(second, settlements, 1);
	settle(first, settlements, count);
	first->ops->free(first);
	second->ops->free(second);
	assert_int_equal(count_mails("vanished", ""), 0);
	assert_int_equal(count_mails("vanished", ".Archive.Aggregate") +
				 count_mails("vanished", ".Archive.Failure"),
			 5);
}

/* A file that is gone behind the server's back. */
static void a_lost_file_hides_no_other_mail(void **state)
{
	struct imap_settings settings = settings_for("lost");
	struct mailbox *mailbox;
	const struct mail *mail;
	unsigned readable = 0;

	(void)state;
	make_user("lost");
	for (unsigned n = 0; n < 5; n++)
		deliver("lost", n, 100);
	mailbox = open_mailbox(&settings);
	assert_int_equal(unlink(mail_path("lost", "cur/1000002.test:2,")) &&
				 unlink(mail_path("lost", "new/1000002.test")),
			 0);
	while ((mail = next_mail(mailbox)) != NULL)
		readable += mail->raw.size > 0;
	mailbox->ops->free(mailbox);
	assert_int_equal(readable, 4);
}

static void folders_have_any_name(void **state)
{
	struct imap_settings settings = settings_for("names");
	struct mailbox *mailbox;

	(void)state;
	make_user("names");
	deliver("names", 1, 100);
	settings.archive = "B\xc3\xbc"
			   "cher & \"Akten\"/2026";
	mailbox = open_mailbox(&settings);
	settle(mailbox,
	       &(struct mail_settlement){ .id = next_mail(mailbox)->id, .fate = MAIL_SMTP_TLS }, 1);
	mailbox->ops->free(mailbox);
	assert_int_equal(count_mails("names", ".B&APw-cher &- \"Akten\".2026.SMTP-TLS"), 1);

	settings.folder = "B\xc3\xbc"
			  "cher & \"Akten\"/2026/SMTP-TLS";
	mailbox = open_mailbox(&settings);
	assert_non_null(next_mail(mailbox));
	mailbox->ops->free(mailbox);
}

/* Over TLS and in the clear, with IDLE and without. */
static void new_mail_ends_the_wait(void **state)
{
	static const struct {
		const char *user, *host;
		enum mailbox_tls tls;
		bool idle;
	} cases[] = {
		{ "wait1", "localhost", MAILBOX_TLS_IMPLICIT, true },
		{ "wait2", "127.0.1.1", MAILBOX_TLS_NONE, true },
		{ "wait3", "127.0.1.5", MAILBOX_TLS_IMPLICIT, false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct imap_settings settings = settings_for(cases[i].user);
		const int64_t longest = cases[i].idle ? 60000 : 2000;
		struct mailbox *mailbox;
		struct error err;
		const struct mail *mail;
		int64_t start;

		settings.host = cases[i].host;
		settings.tls = cases[i].tls;
		settings.idle_ms = 25 * 60 * 1000;
		if (cases[i].tls != MAILBOX_TLS_IMPLICIT)
			settings.port = dovecot_port;
		make_user(cases[i].user);
		deliver(cases[i].user, 1, 100);
		mailbox = open_mailbox(&settings);
		assert_non_null(next_mail(mailbox)); /* kept */
		assert_null(next_mail(mailbox));

		start = clock_ms();
		deliver_soon(cases[i].user, 2);
		if (!mailbox->ops->wait(mailbox, start + longest, &err))
			fail_msg("%s", err.text);
		/* By IDLE the new one alone, in the fullness of time both. */
		mail = next_mail(mailbox);
		assert_non_null(mail);
		assert_memory_equal(mail->raw.data,
				    cases[i].idle ? "Subject: mail 2" : "Subject: mail 1", 15);
		assert_true((clock_ms() - start < longest) == cases[i].idle);
		settle(mailbox, &(struct mail_settlement){ .id = mail->id, .fate = MAIL_AGGREGATE },
		       1);
		assert_int_equal(next_mail(mailbox) != NULL, !cases[i].idle);
		if (!cases[i].idle)
			assert_null(next_mail(mailbox));
		while (wait(NULL) > 0)
			;
		if (!mailbox->ops->wait(mailbox, clock_ms() + 300, &err))
			fail_msg("%s", err.text);
		mailbox->ops->free(mailbox);
	}
}

/* Mail for mail, each moved away before the next one comes: the number of mails
 * is the same ever again, and must not hide them. */
static void mail_after_mail_is_noticed(void **state)
{
	struct imap_settings settings = settings_for("trickle");
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	settings.idle_ms = 25 * 60 * 1000;
	make_user("trickle");
	mailbox = open_mailbox(&settings);
	assert_null(next_mail(mailbox));
	for (unsigned n = 0; n < 4; n++) {
		const int64_t start = clock_ms();
		const struct mail *mail;

		deliver_soon("trickle", n);
		do
			if (!mailbox->ops->wait(mailbox, start + 60000, &err))
				fail_msg("%s", err.text);
		while ((mail = next_mail(mailbox)) == NULL && clock_ms() < start + 60000);
		assert_non_null(mail);
		assert_true(clock_ms() - start < 60000);
		settle(mailbox, &(struct mail_settlement){ .id = mail->id, .fate = MAIL_AGGREGATE },
		       1);
		assert_null(next_mail(mailbox));
		while (wait(NULL) > 0)
			;
	}
	mailbox->ops->free(mailbox);
}

/* Fibers of one thread, each in the middle of its own FETCH while the others
 * are in theirs: libetpan keeps its literals in one table for all. */
struct reader {
	char user[20];
	unsigned mails;
};

static void read_all(void *context)
{
	struct reader *reader = context;
	struct imap_settings settings = settings_for(reader->user);
	struct mailbox *mailbox = open_mailbox(&settings);
	const struct mail *mail;

	while ((mail = next_mail(mailbox)) != NULL) {
		char want[40];

		snprintf(want, sizeof(want), "Subject: mail %u\r\n\r\n", reader->mails);
		assert_memory_equal(mail->raw.data, want, strlen(want));
		for (size_t i = strlen(want); i < mail->raw.size; i++)
			assert_non_null(strchr("x\r\n", mail->raw.data[i]));
		settle(mailbox, &(struct mail_settlement){ .id = mail->id, .fate = MAIL_SMTP_TLS },
		       1);
		reader->mails++;
	}
	mailbox->ops->free(mailbox);
}

static void sessions_take_turns(void **state)
{
	enum { READERS = 8, MAILS = 60 };
	struct reader readers[READERS];

	(void)state;
	for (unsigned i = 0; i < READERS; i++) {
		readers[i].mails = 0;
		snprintf(readers[i].user, sizeof(readers[i].user), "turn%u", i);
		make_user(readers[i].user);
		for (unsigned n = 0; n < MAILS; n++)
			deliver(readers[i].user, n, 20000 + 100 * i);
		fiber_start(read_all, &readers[i]);
	}
	fiber_run(fiber_wait);
	for (unsigned i = 0; i < READERS; i++) {
		assert_int_equal(readers[i].mails, MAILS);
		assert_int_equal(count_mails(readers[i].user, ".Archive.SMTP-TLS"), MAILS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_certificates_are_refused),
		cmocka_unit_test(wrong_settings_are_named),
		cmocka_unit_test(fates_move_mail),
		cmocka_unit_test(a_thousand_mails_are_drained),
		cmocka_unit_test(large_mail_is_not_fetched),
		cmocka_unit_test(vanished_mail_is_no_error),
		cmocka_unit_test(a_lost_file_hides_no_other_mail),
		cmocka_unit_test(folders_have_any_name),
		cmocka_unit_test(new_mail_ends_the_wait),
		cmocka_unit_test(mail_after_mail_is_noticed),
		cmocka_unit_test(sessions_take_turns),
	};

	dovecot_use();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_imap_settle.c - what becomes of settled mail, and which mail is read
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "mailbox/mailbox.h"
#include "tests/lib/dovecot.h"
#include "tests/lib/imap_script.h"
#include "tests/lib/rows.h"

#define DAY_MS (INT64_C(86400) * 1000)

/* Settles every mail of the round the same way; gives their number. */
static unsigned settle_all(struct mailbox *mailbox, enum mail_fate fate)
{
	struct mail_settlement settlements[600];
	const struct mail *mail;
	unsigned count = 0;

	while ((mail = next_mail(mailbox)) != NULL) {
		assert_true(count < 600);
		settlements[count++] = (struct mail_settlement){ .id = mail->id, .fate = fate };
	}
	settle(mailbox, settlements, count);
	return count;
}

static void new_round(struct mailbox *mailbox)
{
	struct error err;

	if (!mailbox->ops->wait(mailbox, clock_ms(), &err))
		fail_msg("%s", err.text);
}

static unsigned visit(const struct imap_settings *settings, enum mail_fate fate)
{
	struct mailbox *mailbox = open_mailbox(settings);
	const unsigned count = settle_all(mailbox, fate);

	mailbox->ops->free(mailbox);
	return count;
}

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

/* What other clients have marked as deleted stays, with MOVE and without. */
static void deleted_mail_is_ours_alone(void **state)
{
	static const struct {
		const char *user, *host;
		enum mailbox_disposition disposition;
	} cases[] = {
		{ "delete1", "localhost", MAILBOX_DELETE },
		{ "delete2", "127.0.1.5", MAILBOX_DELETE },
		{ "delete3", "localhost", MAILBOX_MOVE },
		{ "delete4", "127.0.1.5", MAILBOX_MOVE },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const char *user = cases[i].user;
		struct imap_settings settings = settings_for(user);

		settings.host = cases[i].host;
		settings.dispositions[MAIL_AGGREGATE] = cases[i].disposition;
		make_user(user);
		for (unsigned n = 0; n < 4; n++)
			deliver(user, n, 100);
		assert_int_equal(rename(mail_path(user, "new/1000001.test"),
					mail_path(user, "cur/1000001.test:2,T")),
				 0);
		assert_int_equal(visit(&settings, MAIL_AGGREGATE), 3);
		assert_int_equal(count_mails(user, ""), 1);
		assert_int_equal(access(mail_path(user, "cur/1000001.test:2,T"), F_OK), 0);
		assert_int_equal(count_mails(user, ".Archive.Aggregate"),
				 cases[i].disposition == MAILBOX_MOVE ? 3 : 0);
		/* No folder is made that nothing goes to. */
		assert_int_equal(access(mail_path(user, ".Archive.Aggregate"), F_OK) == 0,
				 cases[i].disposition == MAILBOX_MOVE);
		assert_int_equal(visit(&settings, MAIL_AGGREGATE), 0);
	}
}

static void marked_mail_is_not_read_again(void **state)
{
	struct imap_settings settings = settings_for("mark1");
	struct mailbox *mailbox;

	(void)state;
	for (enum mail_fate fate = MAIL_KEEP; fate < MAIL_FATES; fate++)
		settings.dispositions[fate] = MAILBOX_MARK;
	settings.keyword = "$ReportBridge";
	/* It needs neither MOVE nor UIDPLUS. */
	settings.host = "127.0.1.6";
	settings.tls = MAILBOX_TLS_STARTTLS;
	settings.port = dovecot_port;
	make_user("mark1");
	for (unsigned n = 0; n < 3; n++)
		deliver("mark1", n, 100);
	mailbox = open_mailbox(&settings);
	settle(mailbox,
	       &(struct mail_settlement){ .id = next_mail(mailbox)->id, .fate = MAIL_AGGREGATE },
	       1);
	assert_int_equal(settle_all(mailbox, MAIL_KEEP), 2);
	new_round(mailbox);
	assert_int_equal(settle_all(mailbox, MAIL_INVALID), 2);
	deliver("mark1", 3, 100);
	new_round(mailbox);
	assert_int_equal(settle_all(mailbox, MAIL_SMTP_TLS), 1);
	new_round(mailbox);
	assert_int_equal(settle_all(mailbox, MAIL_SMTP_TLS), 0);
	mailbox->ops->free(mailbox);
	assert_int_equal(visit(&settings, MAIL_FAILURE), 0);
	assert_int_equal(count_mails("mark1", ""), 4);
	/* And it stays unread to the user. */
	assert_int_equal(count_files("mark1", ".Archive.Aggregate"), 0);
}

static void old_mail_is_not_read(void **state)
{
	struct imap_settings settings = settings_for("since1");

	(void)state;
	make_user("since1");
	for (unsigned n = 0; n < 6; n++)
		deliver_old("since1", n, 10 * n);
	settings.since_age_ms = 25 * DAY_MS;
	assert_int_equal(visit(&settings, MAIL_AGGREGATE), 3);
	settings.since_age_ms = 0;
	settings.since = clock_unix() - 45 * INT64_C(86400);
	assert_int_equal(visit(&settings, MAIL_AGGREGATE), 2);
	settings.since = 0;
	assert_int_equal(visit(&settings, MAIL_AGGREGATE), 1);
}

/* Only what is old, only in our own folders, and not what others have marked
 * as deleted in the folder that is read. */
static void old_archives_are_emptied(void **state)
{
	struct imap_settings settings = settings_for("retention1");
	struct mailbox *mailbox;

	(void)state;
	make_user("retention1");
	for (unsigned n = 0; n < 8; n++)
		deliver_old("retention1", n, n < 4 ? 100 : 1);
	assert_int_equal(rename(mail_path("retention1", "new/1000001.test"),
				mail_path("retention1", "cur/1000001.test:2,T")),
			 0);
	assert_int_equal(visit(&settings, MAIL_FAILURE), 7);
	deliver_old("retention1", 20, 100);
	assert_int_equal(count_mails("retention1", ".Archive.Failure"), 7);

	settings.retention_ms = 90 * DAY_MS;
	mailbox = open_mailbox(&settings);
	/* To check is not to touch. */
	assert_int_equal(count_mails("retention1", ".Archive.Failure"), 7);
	assert_int_equal(settle_all(mailbox, MAIL_KEEP), 1);
	assert_int_equal(count_mails("retention1", ".Archive.Failure"), 4);
	assert_int_equal(count_mails("retention1", ""), 2);
	/* The connection goes on as before. */
	deliver("retention1", 21, 100);
	new_round(mailbox);
	assert_int_equal(settle_all(mailbox, MAIL_AGGREGATE), 2);
	mailbox->ops->free(mailbox);
	assert_int_equal(count_mails("retention1", ".Archive.Aggregate"), 2);

	settings.host = "127.0.1.6";
	expect_refusal(&settings, ERROR_FATAL, "no UIDPLUS");
}

/* However much there is, no round is held up for long by it. */
static void a_large_archive_is_emptied_piece_by_piece(void **state)
{
	enum { MAILS = 2001, A_ROUND = 1000 };
	struct imap_settings settings = settings_for("retention2");
	struct mailbox *mailbox;
	char name[64], archived[96];

	(void)state;
	make_user("retention2");
	assert_int_equal(visit(&settings, MAIL_KEEP), 0); /* makes the folders */
	for (unsigned n = 0; n < MAILS; n++) {
		deliver_old("retention2", n, 100);
		snprintf(name, sizeof(name), "new/%u.test", 1000000 + n);
		snprintf(archived, sizeof(archived), ".Archive.Failure/%s", name);
		assert_int_equal(rename(mail_path("retention2", name),
					mail_path("retention2", archived)),
				 0);
	}
	deliver("retention2", MAILS, 100);
	settings.retention_ms = 90 * DAY_MS;
	mailbox = open_mailbox(&settings);
	for (unsigned left = MAILS; left > 0;) {
		left -= left < A_ROUND ? left : A_ROUND;
		assert_int_equal(settle_all(mailbox, MAIL_KEEP), 1);
		assert_int_equal(count_mails("retention2", ".Archive.Failure"), left);
		new_round(mailbox);
	}
	mailbox->ops->free(mailbox);
}

static void shards_divide_a_folder(void **state)
{
	struct imap_settings settings = settings_for("shard1");
	unsigned sum = 0;

	(void)state;
	make_user("shard1");
	for (unsigned n = 0; n < 10; n++)
		deliver("shard1", n, 100);
	settings.shards = 3;
	for (settings.shard = 0; settings.shard < 3; settings.shard++) {
		const unsigned count = visit(&settings, MAIL_AGGREGATE);

		assert_in_range(count, 3, 4);
		sum += count;
	}
	assert_int_equal(sum, 10);
}

/* Nothing at all: no folder, no flag, no move. */
static void examining_changes_nothing(void **state)
{
	struct imap_settings settings = settings_for("examine1");
	struct mailbox *mailbox;

	(void)state;
	make_user("examine1");
	for (unsigned n = 0; n < 3; n++)
		deliver("examine1", n, 100);
	settings.examine = true;
	settings.host = "127.0.1.6"; /* there is nothing to move */
	settings.tls = MAILBOX_TLS_STARTTLS;
	settings.port = dovecot_port;
	settings.retention_ms = DAY_MS;
	mailbox = open_mailbox(&settings);
	assert_int_equal(settle_all(mailbox, MAIL_AGGREGATE), 3);
	/* What has been read is not read again and again. */
	new_round(mailbox);
	assert_int_equal(settle_all(mailbox, MAIL_AGGREGATE), 0);
	deliver("examine1", 3, 100);
	new_round(mailbox);
	assert_int_equal(settle_all(mailbox, MAIL_AGGREGATE), 1);
	mailbox->ops->free(mailbox);
	assert_int_equal(count_files("examine1", "new"), 4);
	assert_int_not_equal(access(mail_path("examine1", ".Archive.Aggregate"), F_OK), 0);
}

static void over_quota_keeps_the_mail(void **state)
{
	struct imap_settings settings = settings_for("quota1");
	struct mail_settlement settlement = { .id = 0, .fate = MAIL_AGGREGATE };
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	make_user("quota1");
	for (unsigned n = 0; n < 3; n++)
		deliver("quota1", n, 100);
	settings.host = "127.0.1.5"; /* a copy is one mail more */
	mailbox = open_mailbox(&settings);
	settlement.id = next_mail(mailbox)->id;
	if (!mailbox->ops->settle(mailbox, &settlement, 1, &err))
		fail_msg("%s", err.text);
	assert_non_null(settlement.refusal);
	assert_non_null(strstr(settlement.refusal, "over its quota: make room"));
	mailbox->ops->free(mailbox);
	assert_int_equal(count_mails("quota1", ""), 3);
	assert_int_equal(count_mails("quota1", ".Archive.Aggregate"), 0);
	/* A move is none. */
	settings.host = "localhost";
	assert_int_equal(visit(&settings, MAIL_AGGREGATE), 3);
}

static void a_hundred_users_at_once(void **state)
{
	enum { USERS = 100 };
	static char names[USERS][20];
	static struct imap_settings settings[USERS];
	struct mailbox *mailboxes[USERS];

	(void)state;
	for (unsigned i = 0; i < USERS; i++) {
		snprintf(names[i], sizeof(names[i]), "hundred%u", i);
		make_user(names[i]);
		deliver(names[i], i, 100);
		settings[i] = settings_for(names[i]);
		mailboxes[i] = open_mailbox(&settings[i]);
	}
	/* All in step, so that what one has under way is met by the others. */
	for (unsigned i = 0; i < USERS; i++) {
		char want[40];
		const struct mail *mail = next_mail(mailboxes[i]);

		assert_non_null(mail);
		snprintf(want, sizeof(want), "Subject: mail %u\r\n", i);
		assert_memory_equal(mail->raw.data, want, strlen(want));
	}
	for (unsigned i = 0; i < USERS; i++)
		settle(mailboxes[i], &(struct mail_settlement){ .id = 1, .fate = MAIL_AGGREGATE },
		       1);
	for (unsigned i = 0; i < USERS; i++) {
		mailboxes[i]->ops->free(mailboxes[i]);
		assert_int_equal(count_mails(names[i], ".Archive.Aggregate"), 1);
	}
}

/* --- scripted: what this Dovecot would not do ------------------------------------ */

#define END                                   \
	{                                     \
		NULL, NULL, IMAP_SCRIPT_GO_ON \
	}
#define RULE(word, reply)                               \
	{                                               \
		{ word, reply, IMAP_SCRIPT_GO_ON }, END \
	}
#define MARK MAILBOX_MARK
#define DELETE MAILBOX_DELETE
#define MOVE MAILBOX_MOVE

static void odd_answers_to_settling(void **state)
{
	static const struct {
		const char *name;
		enum mailbox_disposition disposition;
		struct imap_rule rules[5];
		enum error_class class; /* of open or settle; NONE: all is well */
		const char *want;       /* sent, or in the text of the error */
		const char *never;      /* sent; NULL: anything may be */
	} cases[] = {
		{ "move",
		  MOVE,
		  { END },
		  ERROR_NONE,
		  "UID MOVE 11 \"Archive/SMTP-TLS\"",
		  "EXPUNGE" },
		{ "no MOVE", MOVE,
		  RULE("CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS\r\n$ OK done\r\n"), ERROR_NONE,
		  "UID EXPUNGE 11\r\n", " EXPUNGE\r\n" },
		{ "neither MOVE nor UIDPLUS", MOVE,
		  RULE("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n$ OK done\r\n"), ERROR_FATAL,
		  "neither MOVE", "EXPUNGE" },
		{ "MOVE alone, deleting", DELETE,
		  RULE("CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE\r\n$ OK done\r\n"), ERROR_FATAL,
		  "no UIDPLUS", "STORE" },
		{ "deleting", DELETE, { END }, ERROR_NONE, "UID EXPUNGE 11\r\n", " EXPUNGE\r\n" },
		{ "over quota on MOVE", MOVE, RULE("MOVE", "$ NO [OVERQUOTA] full\r\n"),
		  ERROR_RETRY, "over its quota", "EXPUNGE" },
		{ "over quota on COPY",
		  MOVE,
		  { { "CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    { "COPY", "$ NO [OVERQUOTA] full\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  ERROR_RETRY,
		  "over its quota",
		  "STORE" },
		{ "BYE in the middle",
		  MOVE,
		  { { "CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    { "STORE", "* BYE sorry\r\n", IMAP_SCRIPT_HANG_UP },
		    END },
		  ERROR_RETRY,
		  "moving mail",
		  "EXPUNGE" },
		{ "a MOVE that speaks much", MOVE,
		  RULE("MOVE", "* OK [COPYUID 7 11 1] moved\r\n* 1 EXPUNGE\r\n* 1 EXISTS\r\n"
			       "* 1 FETCH (FLAGS (\\Seen) UID 12)\r\n$ OK done\r\n"),
		  ERROR_NONE, "UID MOVE", NULL },
		{ "EXPUNGEISSUED", MOVE, RULE("MOVE", "$ NO [EXPUNGEISSUED] some are gone\r\n"),
		  ERROR_RETRY, "some are gone", NULL },
		{ "a MOVE that moves nothing", MOVE, RULE("MOVE", "$ OK moved\r\n"), ERROR_RETRY,
		  "says OK and does nothing", NULL },
		{ "a MOVE that says nothing of it",
		  MOVE,
		  { { "MOVE", "$ OK moved\r\n", IMAP_SCRIPT_GO_ON },
		    { "SEARCH UID 11", "* SEARCH\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  ERROR_NONE,
		  "SEARCH UID 11",
		  NULL },
		{ "a keyword that is refused", MARK,
		  RULE("STORE", "$ NO Keywords not supported\r\n"), ERROR_RETRY,
		  "Keywords not supported", NULL },
		{ "no rights", MOVE, RULE("MOVE", "$ NO [NOPERM] not you\r\n"), ERROR_RETRY,
		  "may not move mail", NULL },
		{ "marking", MARK,
		  RULE("SELECT", "* 2 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] kept\r\n"
				 "$ OK [READ-WRITE] done\r\n"),
		  ERROR_NONE, "UID STORE 11 +FLAGS.SILENT (ReportBridge)", "EXPUNGE" },
		{ "marking with a keyword that is there", MARK,
		  RULE("SELECT",
		       "* 2 EXISTS\r\n* OK [PERMANENTFLAGS (reportbridge \\Seen)] kept\r\n"
		       "$ OK [READ-WRITE] done\r\n"),
		  ERROR_NONE, "SEARCH 1:* UNDELETED UNKEYWORD ReportBridge", NULL },
		{ "marking where no keyword is kept", MARK,
		  RULE("SELECT", "* 2 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen)] kept\r\n"
				 "$ OK [READ-WRITE] done\r\n"),
		  ERROR_RETRY, "keeps no keyword ReportBridge", "STORE" },
		{ "a read-only folder", MARK,
		  RULE("SELECT", "* 2 EXISTS\r\n$ OK [READ-ONLY] done\r\n"), ERROR_RETRY,
		  "may only read", "STORE" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct imap_script script = { .rules = cases[i].rules };
		struct mail_settlement settlement = { .id = 11, .fate = MAIL_SMTP_TLS };
		struct imap_settings settings;
		struct imap_server server;
		struct mailbox *mailbox;
		const struct mail *mail;
		struct error err = { .class = ERROR_NONE };

		imap_server_start(&server, &script);
		settings = (struct imap_settings){
			.host = "127.0.0.1",
			.port = server.port,
			.tls = MAILBOX_TLS_NONE,
			.user = "reports",
			.password = "secret",
			.folder = "INBOX",
			.archive = "Archive",
			.max_mail_bytes = 1000,
			.timeout_ms = 30000,
			.keyword = "ReportBridge",
		};
		for (enum mail_fate fate = MAIL_KEEP; fate < MAIL_FATES; fate++)
			settings.dispositions[fate] = cases[i].disposition;
		mailbox = imap_mailbox_new(&settings);
		if (mailbox->ops->open(mailbox, &err) && mailbox->ops->next(mailbox, &mail, &err) &&
		    mailbox->ops->settle(mailbox, &settlement, 1, &err)) {
			err.class = ERROR_NONE;
			if (settlement.refusal)
				error_set(&err, ERROR_RETRY, "%s", settlement.refusal);
		}
		mailbox->ops->free(mailbox);
		if (err.class != cases[i].class)
			fail_msg("%s: class %d: %s", cases[i].name, (int)err.class, err.text);
		if (!strstr(err.class == ERROR_NONE ? server.received : err.text, cases[i].want))
			fail_msg("%s: %s%s", cases[i].name, err.text, server.received);
		if (cases[i].never && strstr(server.received, cases[i].never))
			fail_msg("%s: sent %s", cases[i].name, server.received);
		/* Never the EXPUNGE that takes all. */
		for (const char *p = server.received; (p = strstr(p, "EXPUNGE")) != NULL; p++)
			assert_memory_equal(p - 4, "UID EXPUNGE 11\r\n", 16);
		imap_server_stop(&server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deleted_mail_is_ours_alone),
		cmocka_unit_test(marked_mail_is_not_read_again),
		cmocka_unit_test(old_mail_is_not_read),
		cmocka_unit_test(old_archives_are_emptied),
		cmocka_unit_test(a_large_archive_is_emptied_piece_by_piece),
		cmocka_unit_test(shards_divide_a_folder),
		cmocka_unit_test(examining_changes_nothing),
		cmocka_unit_test(over_quota_keeps_the_mail),
		cmocka_unit_test(a_hundred_users_at_once),
		cmocka_unit_test(odd_answers_to_settling),
	};

	dovecot_use();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

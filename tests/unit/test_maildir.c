/* test_maildir.c - a Maildir as a source of mail
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "mailbox/mailbox.h"
#include "mailbox/maildir_name.h"
#include "tests/lib/rows.h"

static char root[] = "/tmp/reportbridge-maildir-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[4][600];
	static unsigned turn;
	char *text = path[turn++ % 4];

	snprintf(text, sizeof(path[0]), "%s/%s", root, name);
	return text;
}

static void put_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool exists(const char *name)
{
	struct stat status;

	return lstat(path_of(name), &status) == 0;
}

/* Everything below the test's directory is its own. */
static void remove_tree(void)
{
	char command[sizeof(root) + 32];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
}

static int make_maildir(void **state)
{
	(void)state;
	memcpy(root + strlen(root) - 6, "XXXXXX", 6);
	if (!mkdtemp(root))
		return -1;
	return mkdir(path_of("new"), 0700) || mkdir(path_of("cur"), 0700) ||
	       mkdir(path_of("tmp"), 0700);
}

static int remove_maildir(void **state)
{
	(void)state;
	remove_tree();
	return 0;
}

static const struct maildir_settings settings = {
	.path = root,
	.archive = "Archive",
	.max_mail_bytes = 100,
};

static void set_time(const char *name, int64_t unix)
{
	const struct timespec times[] = { { .tv_sec = unix }, { .tv_sec = unix } };

	assert_int_equal(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
}

static struct mailbox *open_with(const struct maildir_settings *with)
{
	struct mailbox *mailbox = maildir_mailbox_new(with);
	struct error err;

	if (!mailbox->ops->open(mailbox, &err))
		fail_msg("%s", err.text);
	return mailbox;
}

static struct mailbox *open_maildir(void)
{
	return open_with(&settings);
}

static const struct mail *next_mail(struct mailbox *mailbox)
{
	const struct mail *mail;
	struct error err;

	assert_true(mailbox->ops->next(mailbox, &mail, &err));
	return mail;
}

static void settle_one(struct mailbox *mailbox, uint32_t id, enum mail_fate fate)
{
	struct mail_settlement settlement = { .id = id, .fate = fate };
	struct error err;

	if (!mailbox->ops->settle(mailbox, &settlement, 1, &err))
		fail_msg("%s", err.text);
}

static void mails_come_by_name_and_go_by_fate(void **state)
{
	static const struct {
		const char *name, *path, *want;
		enum mail_fate fate;
	} mails[] = {
		{ "1.a", "new/1.a", ".Archive.Aggregate/cur/1.a:2,S", MAIL_AGGREGATE },
		{ "2.b:2,F", "cur/2.b:2,F", ".Archive.SMTP-TLS/cur/2.b:2,FS", MAIL_SMTP_TLS },
		{ "3.c:2,S", "cur/3.c:2,S", ".Archive.Failure/cur/3.c:2,S", MAIL_FAILURE },
		{ "4.d", "new/4.d", ".Archive.Invalid/cur/4.d:2,", MAIL_INVALID },
		{ "5.e", "new/5.e", "new/5.e", MAIL_KEEP },
	};
	enum { COUNT = sizeof(mails) / sizeof(mails[0]) };
	uint32_t ids[COUNT];
	struct mailbox *mailbox;

	(void)state;
	for (size_t i = COUNT; i-- > 0;)
		put_file(mails[i].path, mails[i].name);
	put_file("new/.hidden", "no mail");
	put_file("tmp/6.f", "not delivered yet");
	put_file("cur/0.trashed:2,ST", "deleted");
	assert_int_equal(mkdir(path_of("cur/0.directory"), 0700), 0);
	assert_int_equal(symlink("/etc/passwd", path_of("new/0.link")), 0);
	assert_int_equal(mkfifo(path_of("new/0.pipe"), 0600), 0);

	mailbox = open_maildir();
	for (size_t i = 0; i < COUNT; i++) {
		const struct mail *mail = next_mail(mailbox);

		assert_non_null(mail);
		assert_string_equal(mail->name, mails[i].name);
		assert_int_equal(mail->raw.size, strlen(mails[i].name));
		assert_memory_equal(mail->raw.data, mails[i].name, mail->raw.size);
		ids[i] = mail->id;
	}
	assert_null(next_mail(mailbox));
	for (size_t i = 0; i < COUNT; i++) {
		settle_one(mailbox, ids[i], mails[i].fate);
		assert_true(exists(mails[i].want));
		if (mails[i].fate != MAIL_KEEP)
			assert_false(exists(mails[i].path));
	}
	assert_true(exists(".Archive.Aggregate/maildirfolder"));
	assert_true(exists(".Archive.Aggregate/new"));
	assert_true(exists(".Archive.Aggregate/tmp"));
	mailbox->ops->free(mailbox);
}

static void the_limit_is_the_last_size_taken(void **state)
{
	char text[102];
	const struct mail *mail;
	struct mailbox *mailbox;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[101] = '\0';
	put_file("new/2.over", text);
	text[100] = '\0';
	put_file("new/1.at", text);
	put_file("new/3.empty", "");
	set_time("new/3.empty", 1790000000);
	put_file("new/4.not-written-yet", "");
	mailbox = open_maildir();
	mail = next_mail(mailbox);
	assert_false(mail->too_large);
	assert_int_equal(mail->raw.size, 100);
	mail = next_mail(mailbox);
	assert_true(mail->too_large);
	assert_int_equal(mail->size, 101);
	assert_null(mail->raw.data);
	settle_one(mailbox, mail->id, MAIL_INVALID);
	assert_true(exists(".Archive.Invalid/cur/2.over:2,"));
	mail = next_mail(mailbox);
	assert_int_equal(mail->raw.size, 0);
	assert_non_null(mail->raw.data);
	assert_null(next_mail(mailbox));
	mailbox->ops->free(mailbox);
}

static void vanished_mail_is_no_error(void **state)
{
	struct mailbox *mailbox;
	const struct mail *mail;

	(void)state;
	put_file("new/1.a", "a");
	put_file("new/2.b", "b");
	put_file("new/3.c", "c");
	mailbox = open_maildir();
	assert_int_equal(unlink(path_of("new/1.a")), 0);
	mail = next_mail(mailbox);
	assert_string_equal(mail->name, "2.b");
	assert_int_equal(rename(path_of("new/2.b"), path_of("cur/2.b:2,S")), 0);
	settle_one(mailbox, mail->id, MAIL_AGGREGATE);
	assert_true(exists("cur/2.b:2,S"));
	assert_string_equal(next_mail(mailbox)->name, "3.c");
	assert_null(next_mail(mailbox));
	mailbox->ops->free(mailbox);
}

static void nothing_is_overwritten(void **state)
{
	struct mailbox *mailbox;
	const struct mail *mail;
	char found[2] = "";
	FILE *file;

	(void)state;
	put_file("new/1.a", "x");
	mailbox = open_maildir();
	put_file(".Archive.Aggregate/cur/1.a:2,S", "y");
	mail = next_mail(mailbox);
	settle_one(mailbox, mail->id, MAIL_AGGREGATE);
	assert_true(exists(".Archive.Aggregate/cur/1.a_1:2,S"));
	file = fopen(path_of(".Archive.Aggregate/cur/1.a:2,S"), "r");
	assert_non_null(file);
	assert_int_equal(fread(found, 1, 1, file), 1);
	fclose(file);
	assert_string_equal(found, "y");
	mailbox->ops->free(mailbox);
}

static void ids_die_with_the_opening(void **state)
{
	struct mail_settlement settlement = { .id = 1, .fate = MAIL_AGGREGATE };
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	put_file("new/1.a", "x");
	mailbox = open_maildir();
	assert_int_equal(next_mail(mailbox)->id, 1);
	mailbox->ops->close(mailbox);
	assert_true(mailbox->ops->open(mailbox, &err));
	assert_false(mailbox->ops->settle(mailbox, &settlement, 1, &err));
	assert_int_equal(err.class, ERROR_FATAL);
	assert_true(exists("new/1.a"));
	mailbox->ops->free(mailbox);
}

static unsigned count_round(struct mailbox *mailbox)
{
	unsigned count = 0;

	while (next_mail(mailbox))
		count++;
	return count;
}

/* In a process of its own, while the test waits. */
static void deliver_soon(const char *name)
{
	if (fork() != 0)
		return;
	usleep(100000);
	put_file("tmp/x", "x");
	_exit(rename(path_of("tmp/x"), path_of(name)));
}

static void new_mail_ends_the_wait(void **state)
{
	const int64_t start = clock_ms();
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	put_file("new/1.kept", "x");
	mailbox = open_maildir();
	assert_int_equal(count_round(mailbox), 1);

	deliver_soon("new/2.b");
	assert_true(mailbox->ops->wait(mailbox, start + 60000, &err));
	/* The one that was kept is not met again with every mail that comes. */
	assert_string_equal(next_mail(mailbox)->name, "2.b");
	assert_null(next_mail(mailbox));
	deliver_soon("cur/3.c:2,S");
	assert_true(mailbox->ops->wait(mailbox, start + 60000, &err));
	assert_int_equal(count_round(mailbox), 1);
	assert_true(clock_ms() - start < 50000);

	/* What came while nobody waited is there at once. */
	put_file("new/4.d", "x");
	put_file("new/.5.e", "x");
	assert_true(mailbox->ops->wait(mailbox, start + 60000, &err));
	assert_int_equal(count_round(mailbox), 1);
	assert_true(clock_ms() - start < 50000);
	mailbox->ops->free(mailbox);
	while (wait(NULL) > 0)
		;
}

static void kept_mail_is_met_again_in_time(void **state)
{
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	put_file("new/1.kept", "x");
	mailbox = open_maildir();
	assert_int_equal(count_round(mailbox), 1);
	assert_true(mailbox->ops->wait(mailbox, clock_ms() + 50, &err));
	assert_int_equal(count_round(mailbox), 1);
	mailbox->ops->free(mailbox);
}

static void each_kind_has_its_disposition(void **state)
{
	struct maildir_settings mixed = settings;
	struct mailbox *mailbox;

	(void)state;
	mixed.dispositions[MAIL_AGGREGATE] = MAILBOX_DELETE;
	put_file("new/1.a", "x");
	put_file("cur/2.b:2,S", "x");
	put_file("new/3.c", "x");
	mailbox = open_with(&mixed);
	assert_false(exists(".Archive.Aggregate"));
	settle_one(mailbox, next_mail(mailbox)->id, MAIL_AGGREGATE);
	settle_one(mailbox, next_mail(mailbox)->id, MAIL_SMTP_TLS);
	settle_one(mailbox, next_mail(mailbox)->id, MAIL_KEEP);
	assert_null(next_mail(mailbox));
	assert_false(exists("new/1.a"));
	assert_true(exists(".Archive.SMTP-TLS/cur/2.b:2,S"));
	assert_true(exists("new/3.c"));
	mailbox->ops->free(mailbox);
}

static void what_is_only_examined_stays_as_it_is(void **state)
{
	struct maildir_settings examined = settings;
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	examined.examine = true;
	examined.dispositions[MAIL_AGGREGATE] = MAILBOX_DELETE;
	put_file("new/1.a", "x");
	put_file("new/2.b", "x");
	mailbox = open_with(&examined);
	settle_one(mailbox, next_mail(mailbox)->id, MAIL_AGGREGATE);
	settle_one(mailbox, next_mail(mailbox)->id, MAIL_INVALID);
	assert_null(next_mail(mailbox));
	assert_true(exists("new/1.a"));
	assert_true(exists("new/2.b"));
	assert_false(exists(".Archive.Invalid"));
	/* What has been read is not read again until the next opening. */
	put_file("new/3.c", "x");
	assert_true(mailbox->ops->wait(mailbox, clock_ms(), &err));
	assert_string_equal(next_mail(mailbox)->name, "3.c");
	assert_null(next_mail(mailbox));
	mailbox->ops->close(mailbox);
	assert_true(mailbox->ops->open(mailbox, &err));
	assert_int_equal(count_round(mailbox), 3);
	mailbox->ops->free(mailbox);
}

static void older_mail_is_not_read(void **state)
{
	const struct {
		int64_t since, age_ms;
		const char *want;
	} cases[] = {
		{ 1700000000, 0, "2.b" },
		{ 1700000001, 0, "3.c" },
		{ 0, 3600 * 1000, "3.c" },
	};

	(void)state;
	put_file("new/1.a", "x");
	put_file("cur/2.b", "x");
	put_file("new/3.c", "x");
	set_time("new/1.a", 1699999999);
	set_time("cur/2.b", 1700000000);
	FOR_ROWS (i, cases) {
		struct maildir_settings recent = settings;
		struct mailbox *mailbox;

		recent.since = cases[i].since;
		recent.since_age_ms = cases[i].age_ms;
		mailbox = open_with(&recent);
		assert_string_equal(next_mail(mailbox)->name, cases[i].want);
		mailbox->ops->free(mailbox);
	}
	assert_true(exists("new/1.a"));
}

static void a_replaced_maildir_is_noticed(void **state)
{
	struct mailbox *mailbox;
	const struct mail *mail;
	struct error err;
	char aside[sizeof(root) + 8];

	(void)state;
	mailbox = open_maildir();
	assert_int_equal(count_round(mailbox), 0);
	snprintf(aside, sizeof(aside), "%s.aside", root);
	assert_int_equal(rename(root, aside), 0);
	assert_int_equal(mkdir(root, 0700), 0);
	assert_true(mailbox->ops->wait(mailbox, clock_ms(), &err));
	assert_false(mailbox->ops->next(mailbox, &mail, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	mailbox->ops->free(mailbox);
	assert_int_equal(rmdir(root), 0);
	assert_int_equal(rename(aside, root), 0);
}

static void what_is_no_maildir_is_named(void **state)
{
	const struct maildir_settings missing = { .path = "/nonexistent/maildir",
						  .archive = "Archive" };
	struct mailbox *mailbox = maildir_mailbox_new(&missing);
	struct error err;

	(void)state;
	assert_false(mailbox->ops->open(mailbox, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	assert_non_null(strstr(err.text, "/nonexistent/maildir"));
	mailbox->ops->free(mailbox);
}

static void folders_have_safe_names(void **state)
{
	static const struct {
		const char *archive, *want;
	} cases[] = {
		{ "Archive", ".Archive.Invalid" },
		{ "Reports/Old", ".Reports.Old.Invalid" },
		{ "B\xc3\xbc"
		  "cher",
		  ".B&APw-cher.Invalid" },
		{ "", NULL },
		{ "..", NULL },
		{ "a/../b", NULL },
		{ "/a", NULL },
		{ "a/", NULL },
		{ "a.b", NULL },
		{ "a\nb", NULL },
		{ "a\xff", NULL },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct strbuf name;
		struct error err = { .class = ERROR_NONE };
		const bool good = (strbuf_init(&name, 200),
				   maildir_folder_name(cases[i].archive, "Invalid", &name, &err));

		assert_int_equal(good, cases[i].want != NULL);
		if (good)
			assert_string_equal(name.buf, cases[i].want);
		else
			assert_int_equal(err.class, ERROR_FATAL);
		strbuf_release(&name);
	}
}

#define TEN(text) text text text text text text text text text text
#define N50 TEN("abcde")
#define N250 N50 N50 N50 N50 N50

static void the_time_of_the_file_is_told(void **state)
{
	struct mailbox *mailbox;

	(void)state;
	put_file("new/1.a", "mail");
	set_time("new/1.a", 1790000000);
	mailbox = open_maildir();
	assert_int_equal(next_mail(mailbox)->received, 1790000000);
	mailbox->ops->free(mailbox);
}

/* With the flags of a settled mail a name may become longer than a name can be. */
static void long_names_are_settled_too(void **state)
{
	static const char *const names[] = {
		"new/" N250 "12345", "new/" N250 "12346", "new/" N250 "1:2,",
		"cur/" N250 ":2,F",  "cur/1:2," N250 "A",
	};
	enum { COUNT = sizeof(names) / sizeof(names[0]) };
	struct mail_settlement all[COUNT] = {
		{ .id = 1, .fate = MAIL_AGGREGATE }, { .id = 2, .fate = MAIL_AGGREGATE },
		{ .id = 3, .fate = MAIL_AGGREGATE }, { .id = 4, .fate = MAIL_AGGREGATE },
		{ .id = 5, .fate = MAIL_AGGREGATE },
	};
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		put_file(names[i], "mail");
	mailbox = open_maildir();
	for (size_t i = 0; i < COUNT; i++)
		assert_non_null(next_mail(mailbox));
	assert_null(next_mail(mailbox));
	if (!mailbox->ops->settle(mailbox, all, COUNT, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < COUNT; i++)
		assert_false(exists(names[i]));
	assert_true(exists(".Archive.Aggregate/cur/" N250 "1:2,S"));
	mailbox->ops->free(mailbox);
}

/* One that cannot be moved stays; those behind it are moved all the same. */
static void one_mail_that_stays_keeps_no_other(void **state)
{
	struct mail_settlement all[] = { { .id = 1, .fate = MAIL_SMTP_TLS },
					 { .id = 2, .fate = MAIL_AGGREGATE } };
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	put_file("new/1.a", "mail");
	put_file("new/2.b", "mail");
	mailbox = open_maildir();
	assert_non_null(next_mail(mailbox));
	assert_non_null(next_mail(mailbox));
	put_file(".Archive.SMTP-TLS/cur/1.a:2,S", "taken");
	for (int i = 1; i < 100; i++) {
		char taken[64];

		snprintf(taken, sizeof(taken), ".Archive.SMTP-TLS/cur/1.a_%d:2,S", i);
		put_file(taken, "taken");
	}
	assert_false(mailbox->ops->settle(mailbox, all, 2, &err));
	assert_non_null(strstr(err.text, "1.a cannot be moved"));
	assert_true(exists("new/1.a"));
	assert_true(exists(".Archive.Aggregate/cur/2.b:2,S"));
	mailbox->ops->free(mailbox);
}

/* Whoever owns the Maildir does not decide where else files are written. */
static void links_inside_a_maildir_are_not_followed(void **state)
{
	static const char *const names[] = { "new", ".Archive.Aggregate", ".Archive.Invalid/cur" };
	struct mailbox *mailbox;

	(void)state;
	assert_int_equal(mkdir(path_of("elsewhere"), 0700), 0);
	assert_int_equal(mkdir(path_of(".Archive.Invalid"), 0700), 0);
	assert_int_equal(rmdir(path_of("new")), 0);
	FOR_ROWS (i, names) {
		struct error err = { .class = ERROR_NONE };

		mailbox = maildir_mailbox_new(&settings);
		assert_int_equal(symlink(path_of("elsewhere"), path_of(names[i])), 0);
		assert_false(mailbox->ops->open(mailbox, &err));
		if (!strstr(err.text, "symbolic link"))
			fail_msg("%s: %s", names[i], err.text);
		mailbox->ops->free(mailbox);
		assert_int_equal(unlink(path_of(names[i])), 0);
		if (i == 0)
			assert_int_equal(mkdir(path_of("new"), 0700), 0);
	}
	assert_int_equal(mkdir(path_of(".Archive.Aggregate"), 0700) == 0 || errno == EEXIST, 1);
	(void)unlink(path_of(".Archive.Aggregate/maildirfolder"));
	assert_int_equal(symlink(path_of("target"), path_of(".Archive.Aggregate/maildirfolder")),
			 0);
	mailbox = open_maildir();
	mailbox->ops->free(mailbox);
	assert_false(exists("target"));
}

static uid_t owner_of(const char *name)
{
	struct stat status;

	assert_int_equal(lstat(path_of(name), &status), 0);
	return status.st_uid;
}

/* A user who links root's file into the Maildir does not get it. */
static void roots_folders_belong_to_the_owner_of_the_maildir(void **state)
{
	static const char *const made[] = {
		".Archive.Aggregate",     ".Archive.Aggregate/new",
		".Archive.Aggregate/tmp", ".Archive.Aggregate/cur",
		".Archive.Invalid",       ".Archive.Aggregate/maildirfolder",
		".Archive.Invalid/cur",
	};
	const uid_t nobody = 65534;
	struct mailbox *mailbox;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(root, nobody, nobody), 0);
	put_file("own", "root's\n");
	assert_int_equal(mkdir(path_of(".Archive.Invalid"), 0700), 0);
	assert_int_equal(chown(path_of(".Archive.Invalid"), nobody, nobody), 0);
	assert_int_equal(link(path_of("own"), path_of(".Archive.Invalid/maildirfolder")), 0);
	mailbox = open_maildir();
	mailbox->ops->free(mailbox);
	FOR_ROWS (i, made)
		if (owner_of(made[i]) != nobody)
			fail_msg("%s", made[i]);
	assert_int_equal(owner_of("own"), 0);
	assert_int_equal(owner_of("new"), 0); /* was there before */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(mails_come_by_name_and_go_by_fate, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(roots_folders_belong_to_the_owner_of_the_maildir,
						make_maildir, remove_maildir),
		cmocka_unit_test_setup_teardown(the_limit_is_the_last_size_taken, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(vanished_mail_is_no_error, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(nothing_is_overwritten, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(ids_die_with_the_opening, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(new_mail_ends_the_wait, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(kept_mail_is_met_again_in_time, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(each_kind_has_its_disposition, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(what_is_only_examined_stays_as_it_is, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(older_mail_is_not_read, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(a_replaced_maildir_is_noticed, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(the_time_of_the_file_is_told, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(long_names_are_settled_too, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(one_mail_that_stays_keeps_no_other, make_maildir,
						remove_maildir),
		cmocka_unit_test_setup_teardown(links_inside_a_maildir_are_not_followed,
						make_maildir, remove_maildir),
		cmocka_unit_test(what_is_no_maildir_is_named),
		cmocka_unit_test(folders_have_safe_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

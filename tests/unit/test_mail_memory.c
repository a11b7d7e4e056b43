/* test_mail_memory.c - mails that are not to be read again
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailbox/mail_memory.h"

static void a_file_keeps_them(void **state)
{
	char path[] = "/tmp/test_mail_memory.XXXXXX";
	const int fd = mkstemp(path);
	const uint64_t first[] = { 7, UINT64_MAX, 7 }, second[] = { 3 };
	struct mail_memory memory = { .path = NULL };
	struct error err;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	for (int i = 0; i < 3; i++) {
		assert_true(mail_memory_open(&memory, path, &err));
		assert_int_equal(mail_memory_has(&memory, 7), i > 0);
		assert_int_equal(mail_memory_has(&memory, UINT64_MAX), i > 0);
		assert_int_equal(mail_memory_has(&memory, 3), i > 1);
		assert_false(mail_memory_has(&memory, 4));
		assert_true(mail_memory_add(&memory, i ? second : first, i ? 1 : 3, &err));
		assert_true(mail_memory_has(&memory, i ? 3 : 7));
		mail_memory_close(&memory);
	}
	close(fd);
	unlink(path);
}

static void odd_files_are_read_as_far_as_they_go(void **state)
{
	char path[] = "/tmp/test_mail_memory.XXXXXX";
	const int fd = mkstemp(path);
	static const char text[] = "12\nnonsense\n\n99999999999999999999\n 13 \n14";
	struct mail_memory memory = { .path = NULL };
	struct error err;

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_true(mail_memory_open(&memory, path, &err));
	assert_int_equal(memory.count, 3);
	assert_true(mail_memory_has(&memory, 12) && mail_memory_has(&memory, 13) &&
		    mail_memory_has(&memory, 14));
	mail_memory_close(&memory);
	unlink(path);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_false(mail_memory_open(&memory, path, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	unlink(path);
}

static void what_cannot_be_written_is_known_all_the_same(void **state)
{
	struct mail_memory memory = { .path = NULL };
	const uint64_t key = 5;
	struct error err;

	(void)state;
	assert_true(mail_memory_open(&memory, "/nowhere/at/all", &err));
	assert_false(mail_memory_add(&memory, &key, 1, &err));
	assert_non_null(strstr(err.text, "/nowhere/at/all: "));
	assert_true(mail_memory_has(&memory, key));
	mail_memory_close(&memory);
	assert_true(mail_memory_open(&memory, NULL, &err));
	assert_true(mail_memory_add(&memory, &key, 1, &err));
	assert_true(mail_memory_has(&memory, key));
	mail_memory_close(&memory);
}

static void keys_tell_mails_apart(void **state)
{
	(void)state;
	assert_true(mail_memory_uid_key(1, 2) != mail_memory_uid_key(2, 1));
	assert_true(mail_memory_uid_key(0, 2) == 2);
	assert_true(mail_memory_file_key(slice_of("1.a"), 7) !=
		    mail_memory_file_key(slice_of("1.b"), 7));
	assert_true(mail_memory_file_key(slice_of("1.a"), 0) !=
		    mail_memory_file_key(slice_of("1.a"), 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_keeps_them),
		cmocka_unit_test(odd_files_are_read_as_far_as_they_go),
		cmocka_unit_test(what_cannot_be_written_is_known_all_the_same),
		cmocka_unit_test(keys_tell_mails_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_replace_file.c - a file that is there whole, the old one or the new one
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/replace_file.h"

static char directory[] = "/tmp/reportbridge-replace.XXXXXX";
static int fd;

static void contains(const char *name, const char *expected)
{
	char text[64] = "";
	const int file = openat(fd, name, O_RDONLY);

	assert_true(file >= 0);
	assert_int_equal(read(file, text, sizeof(text) - 1), strlen(expected));
	assert_string_equal(text, expected);
	close(file);
}

static void the_new_one_takes_its_place(void **state)
{
	struct error err;
	struct stat file;

	(void)state;
	assert_true(replace_file(fd, "a", slice_of("old"), 0600, &err));
	assert_true(replace_file(fd, "a", slice_of("new one"), 0600, &err));
	contains("a", "new one");
	assert_int_equal(fstatat(fd, "a", &file, 0), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	assert_int_equal(fstatat(fd, ".a.new", &file, 0), -1);
}

static void a_link_is_replaced_and_not_followed(void **state)
{
	struct error err;

	(void)state;
	assert_true(replace_file(fd, "target", slice_of("untouched"), 0600, &err));
	assert_int_equal(symlinkat("target", fd, "link"), 0);
	assert_int_equal(symlinkat("target", fd, ".link.new"), 0);
	assert_true(replace_file(fd, "link", slice_of("own"), 0600, &err));
	contains("target", "untouched");
	contains("link", "own");
}

static void what_cannot_be_written_leaves_the_old_one(void **state)
{
	struct error err;

	(void)state;
	assert_true(replace_file(fd, "b", slice_of("old"), 0600, &err));
	assert_int_equal(mkdirat(fd, ".b.new", 0700), 0);
	assert_false(replace_file(fd, "b", slice_of("new"), 0600, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	contains("b", "old");
}

static void it_may_be_in_a_directory_below(void **state)
{
	struct error err;

	(void)state;
	assert_false(replace_file(fd, "in/c", slice_of("c"), 0600, &err));
	assert_int_equal(mkdirat(fd, "in", 0700), 0);
	assert_true(replace_file(fd, "in/c", slice_of("c"), 0600, &err));
	contains("in/c", "c");
}

static int set_up(void **state)
{
	(void)state;
	fd = mkdtemp(directory) ? open(directory, O_RDONLY | O_DIRECTORY) : -1;
	return fd < 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "a", "b", "link", "target", "in/c" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(fd, names[i], 0);
	unlinkat(fd, ".b.new", AT_REMOVEDIR);
	unlinkat(fd, "in", AT_REMOVEDIR);
	close(fd);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_new_one_takes_its_place),
		cmocka_unit_test(a_link_is_replaced_and_not_followed),
		cmocka_unit_test(what_cannot_be_written_leaves_the_old_one),
		cmocka_unit_test(it_may_be_in_a_directory_below),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

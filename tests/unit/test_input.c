/* test_input.c - bytes in memory and in files as inputs
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "ingest/report/input.h"

static const char text[] = "0123456789";

/* Everything, three bytes at a time. */
static void expect_content(struct input *input)
{
	char all[32], buffer[3];
	size_t used = 0, got;
	struct error err;

	do {
		assert_true(input_read(input, buffer, sizeof(buffer), &got, &err));
		assert_true(used + got <= sizeof(all));
		memcpy(all + used, buffer, got);
		used += got;
	} while (got > 0);
	assert_int_equal(used, sizeof(text) - 1);
	assert_memory_equal(all, text, used);
}

static void exercise(struct input *input)
{
	char buffer[4];
	uint64_t size;
	size_t got;
	struct error err;

	expect_content(input);
	assert_true(input_size(input, &size, &err));
	assert_int_equal(size, 10);
	assert_true(input_read_at(input, 8, buffer, sizeof(buffer), &got, &err));
	assert_int_equal(got, 2);
	assert_memory_equal(buffer, "89", 2);
	assert_true(input_read_at(input, 11, buffer, sizeof(buffer), &got, &err));
	assert_int_equal(got, 0);
	assert_true(input_read(input, buffer, sizeof(buffer), &got, &err));
	assert_int_equal(got, 0);
	assert_true(input_rewind(input, &err));
	expect_content(input);
	input_close(input);
}

static void memory(void **state)
{
	(void)state;
	exercise(input_from_memory(slice_of(text)));
}

static void file(void **state)
{
	const int fd = memfd_create("input", 0);

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	exercise(input_from_file(fd));
	assert_int_equal(close(fd), -1);
}

static void absent_memory_is_empty(void **state)
{
	struct input *input = input_from_memory((struct slice){ NULL, 0 });
	char buffer[1];
	size_t got = 1;
	struct error err;

	(void)state;
	assert_true(input_read(input, buffer, sizeof(buffer), &got, &err));
	assert_int_equal(got, 0);
	input_close(input);
	input_close(NULL);
}

static void unreadable_file_is_no_verdict_on_it(void **state)
{
	int ends[2];
	char buffer[1];
	size_t got;
	struct input *input;
	struct error err;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	input = input_from_file(ends[0]);
	assert_false(input_read(input, buffer, sizeof(buffer), &got, &err));
	assert_int_equal(err.class, ERROR_RETRY);
	input_close(input);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(file),
		cmocka_unit_test(absent_memory_is_empty),
		cmocka_unit_test(unreadable_file_is_no_verdict_on_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

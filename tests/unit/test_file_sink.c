/* test_file_sink.c - files that hold each document once, whatever happens
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "output/sink.h"
#include "tests/lib/scratch.h"

static bool post(struct sink *sink, struct bulk *bulk, const char *index, const char *id,
		 struct error *err)
{
	bulk_reset(bulk);
	assert_true(bulk_add(bulk, 0, slice_of(index), slice_of(id), slice_of("{\"a\":1}")));
	return sink_post(sink, bulk, err);
}

static void path_of(const char *index, char path[static 128])
{
	snprintf(path, 128, "%s/%s.ndjson", scratch_directory, index);
}

static void append_to(const char *index, const char *text)
{
	char path[128];
	FILE *file;

	path_of(index, path);
	file = fopen(path, "a");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static long size_of(const char *index)
{
	struct stat status;
	char path[128];

	path_of(index, path);
	assert_int_equal(stat(path, &status), 0);
	return (long)status.st_size;
}

static void a_document_is_stored_once_across_restarts(void **state)
{
	struct error err;
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 65536);
	for (unsigned run = 0; run < 3; run++) {
		struct sink *sink = file_sink_new(scratch_directory);

		assert_true(post(sink, &bulk, "once", "the-id", &err));
		assert_int_equal(bulk.items[0].verdict,
				 run == 0 ? VERDICT_STORED : VERDICT_DUPLICATE);
		assert_true(post(sink, &bulk, "once", "the-id", &err));
		assert_int_equal(bulk.items[0].verdict, VERDICT_DUPLICATE);
		sink->ops->free(sink);
	}
	bulk_release(&bulk);
}

static void what_a_crash_has_torn_is_cut_off(void **state)
{
	static const char *const torn[] = {
		"{\"create\":{\"_index\":\"torn\",\"_id\":\"half\"}}\n{\"a\":",
		"{\"create\":{\"_index\":\"torn\",\"_id\":\"half\"}}\n",
		"{\"create\":{\"_ind",
		"garbage\n",
	};
	struct error err;
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 65536);
	for (size_t i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
		struct sink *sink = file_sink_new(scratch_directory);
		char id[16];
		long before;

		snprintf(id, sizeof(id), "before-%zu", i);
		assert_true(post(sink, &bulk, "torn", id, &err));
		sink->ops->free(sink);
		before = size_of("torn");
		append_to("torn", torn[i]);
		sink = file_sink_new(scratch_directory);
		assert_true(post(sink, &bulk, "torn", id, &err));
		assert_int_equal(bulk.items[0].verdict, VERDICT_DUPLICATE);
		assert_int_equal(size_of("torn"), before);
		sink->ops->free(sink);
	}
	bulk_release(&bulk);
}

static void two_processes_do_not_mix(void **state)
{
	struct sink *first = file_sink_new(scratch_directory), *second = file_sink_new(scratch_directory);
	struct error err;
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 65536);
	for (unsigned turn = 0; turn < 3; turn++) {
		char id[16];

		snprintf(id, sizeof(id), "%u", turn);
		assert_true(post(first, &bulk, "mine", id, &err));
		assert_int_equal(bulk.items[0].verdict, VERDICT_STORED);
		assert_true(post(second, &bulk, "mine", id, &err));
		assert_int_equal(bulk.items[0].verdict, VERDICT_DUPLICATE);
		snprintf(id, sizeof(id), "%u again", turn);
		assert_true(post(second, &bulk, "mine", id, &err));
		assert_int_equal(bulk.items[0].verdict, VERDICT_STORED);
	}
	first->ops->free(first);
	second->ops->free(second);
	bulk_release(&bulk);
}

static void names_that_are_no_file_names_are_refused(void **state)
{
	static const char *const names[] = { "../evil", "a/b", "", ".hidden", "A", "a b" };
	struct sink *sink = file_sink_new(scratch_directory);
	struct error err;
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 65536);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_false(post(sink, &bulk, names[i], "a", &err));
		assert_int_equal(err.class, ERROR_FATAL);
	}
	sink->ops->free(sink);
	bulk_release(&bulk);
}

/* More indices than files are kept open. */
static void many_indices_need_few_descriptors(void **state)
{
	struct sink *sink = file_sink_new(scratch_directory);
	struct error err;
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 65536);
	for (unsigned turn = 0; turn < 2; turn++)
		for (unsigned i = 0; i < 300; i++) {
			char index[16];

			snprintf(index, sizeof(index), "many-%u", i);
			assert_true(post(sink, &bulk, index, "x", &err));
			assert_int_equal(bulk.items[0].verdict,
					 turn == 0 ? VERDICT_STORED : VERDICT_DUPLICATE);
		}
	assert_true(dup(0) < 128);
	sink->ops->free(sink);
	bulk_release(&bulk);
}

static void a_missing_directory_is_said(void **state)
{
	struct sink *sink = file_sink_new("/nowhere/at/all");
	struct error err;

	(void)state;
	assert_false(sink->ops->check(sink, &err));
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
	sink->ops->free(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_stored_once_across_restarts),
		cmocka_unit_test(what_a_crash_has_torn_is_cut_off),
		cmocka_unit_test(two_processes_do_not_mix),
		cmocka_unit_test(names_that_are_no_file_names_are_refused),
		cmocka_unit_test(many_indices_need_few_descriptors),
		cmocka_unit_test(a_missing_directory_is_said),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}

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

#include "output/append_file.h"
#include "output/sink.h"
#include "tests/lib/rows.h"
#include "tests/lib/scratch.h"

static struct sink *new_sink(const char *directory)
{
	return file_sink_new(&(struct file_settings){ .directory = directory });
}

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
		struct sink *sink = new_sink(scratch_directory);

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
		"{",
		"{\"create\":{\"_index\":\"torn\",\"_id\":\"half\"}}\n{\"a\":{\"b\":1}",
	};
	struct error err;
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 65536);
	FOR_ROWS (i, torn) {
		struct sink *sink = new_sink(scratch_directory);
		char id[16];
		long before;

		snprintf(id, sizeof(id), "before-%zu", i);
		assert_true(post(sink, &bulk, "torn", id, &err));
		sink->ops->free(sink);
		before = size_of("torn");
		append_to("torn", torn[i]);
		sink = new_sink(scratch_directory);
		assert_true(post(sink, &bulk, "torn", id, &err));
		assert_int_equal(bulk.items[0].verdict, VERDICT_DUPLICATE);
		assert_int_equal(size_of("torn"), before);
		sink->ops->free(sink);
	}
	bulk_release(&bulk);
}

#define PAIR(id) "{\"create\":{\"_index\":\"ours\",\"_id\":\"" id "\"}}\n{\"a\":1}\n"
#define PAIR_CRLF(id) "{\"create\":{\"_index\":\"ours\",\"_id\":\"" id "\"}}\r\n{\"a\":1}\r\n"

static void write_bytes(const char *index, struct slice text)
{
	char path[128];
	FILE *file;

	path_of(index, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text.data, 1, text.size, file), text.size);
	fclose(file);
}

static void expect_bytes(const char *index, struct slice text)
{
	char path[128], found[4096];
	FILE *file;
	size_t size;

	path_of(index, path);
	file = fopen(path, "r");
	assert_non_null(file);
	size = fread(found, 1, sizeof(found), file);
	fclose(file);
	assert_int_equal(size, text.size);
	assert_memory_equal(found, text.data, size);
}

static void expect_text(const char *index, const char *text)
{
	expect_bytes(index, slice_of(text));
}

static void expect_post(struct sink *sink, const char *id, enum verdict verdict)
{
	struct error err;
	struct bulk bulk;

	bulk_init(&bulk, 65536);
	if (!post(sink, &bulk, "ours", id, &err))
		fail_msg("%s", err.text);
	assert_int_equal(bulk.items[0].verdict, verdict);
	bulk_release(&bulk);
}

static char warning[512];

static void keep_warning(enum sink_notice kind, const struct error *what)
{
	assert_int_equal(kind, SINK_WARNS);
	assert_non_null(strstr(what->text, "/ours.ndjson: "));
	snprintf(warning, sizeof(warning), "%s", what->text);
}

#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

/* Lines that are not ours stay, and so do the documents around them. */
static void what_is_not_ours_stays_and_is_told(void **state)
{
	static const struct {
		struct slice found, kept;
		const char *warning; /* NULL: none */
	} cases[] = {
		{ BYTES(PAIR("1") "\n" PAIR("2")), BYTES(PAIR("1") "\n" PAIR("2")), "line 3 " },
		{ BYTES(PAIR("1") "# note\n" PAIR("2")), BYTES(PAIR("1") "# note\n" PAIR("2")),
		  "line 3 " },
		/* an action without a document, a document without an action */
		{ BYTES(PAIR("1") "{\"create\":{\"_index\":\"ours\",\"_id\":\"x\"}}\n" PAIR("2")),
		  BYTES(PAIR("1") "{\"create\":{\"_index\":\"ours\",\"_id\":\"x\"}}\n" PAIR("2")),
		  "line 3 " },
		{ BYTES("{\"a\":1}\n" PAIR("1") PAIR("2")),
		  BYTES("{\"a\":1}\n" PAIR("1") PAIR("2")), "line 1 " },
		/* zeros of a damaged file system, in the middle and in a document */
		{ BYTES(PAIR("1") "\0\0\0\n" PAIR("2")), BYTES(PAIR("1") "\0\0\0\n" PAIR("2")),
		  "line 3 " },
		{ BYTES("{\"create\":{\"_index\":\"ours\",\"_id\":\"x\"}}\n{\"\0\":1}\n" PAIR("1")
				PAIR("2")),
		  BYTES("{\"create\":{\"_index\":\"ours\",\"_id\":\"x\"}}\n{\"\0\":1}\n" PAIR("1")
				PAIR("2")),
		  "2 lines from line 1 on " },
		{ BYTES(PAIR("1") PAIR("2") "a note"), BYTES(PAIR("1") PAIR("2") "a note\n"),
		  "line 5 " },
		{ BYTES(PAIR("1") PAIR("2") "a note\n\0\0"),
		  BYTES(PAIR("1") PAIR("2") "a note\n\0\0\n"), "2 lines from line 5 on " },
		/* what servers take is no reason to warn */
		{ BYTES(PAIR_CRLF("1") PAIR("2")), BYTES(PAIR_CRLF("1") PAIR("2")), NULL },
		{ BYTES(PAIR("1") "{\"create\":{\"_index\":\"ours\",\"_id\":\"2\"}}\n{\"a\":{\"b\":"
				  "1}}"),
		  BYTES(PAIR("1") "{\"create\":{\"_index\":\"ours\",\"_id\":\"2\"}}\n{\"a\":{\"b\":"
				  "1}}\n"),
		  NULL },
		/* zeros at the end, where a power failure leaves them */
		{ BYTES(PAIR("1") PAIR("2") "\0\0\0"), BYTES(PAIR("1") PAIR("2")), NULL },
		{ BYTES(PAIR("1") PAIR("2") "{\"create\":\0\0"), BYTES(PAIR("1") PAIR("2")), NULL },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct sink *sink = new_sink(scratch_directory);
		char expected[1024];

		sink->notice = keep_warning;
		warning[0] = '\0';
		write_bytes("ours", cases[i].found);
		expect_post(sink, "1", VERDICT_DUPLICATE);
		expect_post(sink, "2", VERDICT_DUPLICATE);
		expect_bytes("ours", cases[i].kept);
		expect_post(sink, "3", VERDICT_STORED);
		memcpy(expected, cases[i].kept.data, cases[i].kept.size);
		memcpy(expected + cases[i].kept.size, PAIR("3"), sizeof(PAIR("3")) - 1);
		expect_bytes("ours", (struct slice){ expected,
						     cases[i].kept.size + sizeof(PAIR("3")) - 1 });
		if (cases[i].warning)
			assert_non_null(strstr(warning, cases[i].warning));
		else
			assert_string_equal(warning, "");
		sink->ops->free(sink);
	}
}

/* A line that fits no memory is skipped, not read. */
static void a_line_without_end_is_skipped(void **state)
{
	const size_t size = 20 << 20;
	struct sink *sink = new_sink(scratch_directory);
	char *text = malloc(size + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', size);
	text[size] = '\0';
	sink->notice = keep_warning;
	write_bytes("ours", slice_of(PAIR("1")));
	append_to("ours", text);
	append_to("ours", "\n" PAIR("2"));
	append_to("ours", text);
	expect_post(sink, "1", VERDICT_DUPLICATE);
	expect_post(sink, "2", VERDICT_DUPLICATE);
	assert_non_null(strstr(warning, "2 lines from line 3 on "));
	expect_post(sink, "3", VERDICT_STORED);
	assert_int_equal(size_of("ours"), 3 * strlen(PAIR("1")) + 2 * size + 2);
	free(text);
	sink->ops->free(sink);
}

static void rename_file(const char *from, const char *to)
{
	char old[128], new[128];

	path_of(from, old);
	path_of(to, new);
	assert_int_equal(rename(old, new), 0);
}

static void a_moved_file_is_left_alone(void **state)
{
	struct sink *sink = new_sink(scratch_directory);

	(void)state;
	write_bytes("ours", slice_of(""));
	expect_post(sink, "1", VERDICT_STORED);
	rename_file("ours", "sent");
	expect_post(sink, "2", VERDICT_STORED);
	expect_post(sink, "1", VERDICT_STORED); /* a repeat: who knows where the other is */
	expect_text("sent", PAIR("1"));
	expect_text("ours", PAIR("2") PAIR("1"));
	/* another one in its place */
	write_bytes("other", slice_of(PAIR("3")));
	rename_file("other", "ours");
	expect_post(sink, "3", VERDICT_DUPLICATE);
	expect_post(sink, "2", VERDICT_STORED);
	expect_text("ours", PAIR("3") PAIR("2"));
	sink->ops->free(sink);
}

static void a_removed_file_is_written_anew(void **state)
{
	struct sink *sink = new_sink(scratch_directory);
	char path[128];

	(void)state;
	path_of("ours", path);
	write_bytes("ours", slice_of(""));
	expect_post(sink, "1", VERDICT_STORED);
	assert_int_equal(unlink(path), 0);
	expect_post(sink, "1", VERDICT_STORED);
	expect_text("ours", PAIR("1"));
	sink->ops->free(sink);
}

static void an_emptied_file_starts_anew(void **state)
{
	struct sink *sink = new_sink(scratch_directory);

	(void)state;
	write_bytes("ours", slice_of(""));
	expect_post(sink, "1", VERDICT_STORED);
	expect_post(sink, "2", VERDICT_STORED);
	write_bytes("ours", slice_of(""));
	expect_post(sink, "3", VERDICT_STORED);
	expect_text("ours", PAIR("3"));
	/* and longer again than it was when we looked: by another process */
	write_bytes("ours", slice_of(PAIR("4") PAIR("5") PAIR("6")));
	expect_post(sink, "3", VERDICT_STORED);
	expect_post(sink, "5", VERDICT_DUPLICATE);
	expect_text("ours", PAIR("4") PAIR("5") PAIR("6") PAIR("3"));
	/* edited: one document less */
	write_bytes("ours", slice_of(PAIR("4") PAIR("6")));
	expect_post(sink, "5", VERDICT_STORED);
	sink->ops->free(sink);
}

static void only_a_regular_file_will_do(void **state)
{
	struct sink *sink = new_sink(scratch_directory);
	struct error err;
	struct bulk bulk;
	char path[128];

	(void)state;
	bulk_init(&bulk, 65536);
	path_of("ours", path);
	unlink(path);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_false(post(sink, &bulk, "ours", "1", &err));
	assert_non_null(strstr(err.text, "symbolic link"));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(post(sink, &bulk, "ours", "1", &err));
	assert_non_null(strstr(err.text, "regular file"));
	assert_int_equal(err.class, ERROR_RETRY);
	unlink(path);
	expect_post(sink, "1", VERDICT_STORED);
	bulk_release(&bulk);
	sink->ops->free(sink);
}

/* The directory moved away: what stands at its path now counts. */
static void a_moved_directory_is_followed(void **state)
{
	char directory[128], moved[128], path[160];
	struct sink *sink;
	struct error err;
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 65536);
	snprintf(directory, sizeof(directory), "%s/out", scratch_directory);
	snprintf(moved, sizeof(moved), "%s/out.old", scratch_directory);
	assert_int_equal(mkdir(directory, 0700), 0);
	sink = new_sink(directory);
	expect_post(sink, "1", VERDICT_STORED);
	assert_int_equal(rename(directory, moved), 0);
	for (unsigned turn = 0; turn < 2; turn++) {
		assert_false(post(sink, &bulk, "ours", "2", &err));
		assert_int_equal(err.class, ERROR_RETRY);
		assert_non_null(strstr(err.text, directory));
	}
	assert_int_equal(mkdir(directory, 0700), 0);
	expect_post(sink, "2", VERDICT_STORED);
	expect_text("out.old/ours", PAIR("1"));
	expect_text("out/ours", PAIR("2"));
	snprintf(path, sizeof(path), "%s/ours.ndjson", directory);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(rename(moved, directory), 0);
	expect_post(sink, "1", VERDICT_DUPLICATE);
	bulk_release(&bulk);
	sink->ops->free(sink);
}

/* Between the writing and the moment it is on disk. */
static void what_goes_while_it_is_written_is_not_stored(void **state)
{
	struct directory_lock lock = { .path = scratch_directory, .fd = -1 };
	struct append_file file;
	struct error err;

	(void)state;
	for (unsigned how = 0; how < 3; how++) {
		assert_true(directory_lock(&lock, &err));
		assert_true(append_file_open(&file, &lock, "going.ndjson", &err));
		assert_true(append_file_read_all(&file, &err));
		assert_true(append_file_write(&file, slice_of(PAIR("1")), &err));
		if (how == 0)
			rename_file("going", "gone");
		else if (how == 1)
			write_bytes("going", slice_of(""));
		assert_int_equal(append_file_sync(&file, &err), how == 2);
		append_file_close(&file);
		directory_unlock(&lock);
	}
	directory_lock_close(&lock);
}

static void two_processes_do_not_mix(void **state)
{
	struct sink *first = new_sink(scratch_directory), *second = new_sink(scratch_directory);
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
	struct sink *sink = new_sink(scratch_directory);
	struct error err;
	struct bulk bulk;

	(void)state;
	bulk_init(&bulk, 65536);
	FOR_ROWS (i, names) {
		assert_false(post(sink, &bulk, names[i], "a", &err));
		assert_int_equal(err.class, ERROR_FATAL);
	}
	sink->ops->free(sink);
	bulk_release(&bulk);
}

/* More indices than files are kept open. */
static void many_indices_need_few_descriptors(void **state)
{
	struct sink *sink = new_sink(scratch_directory);
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
	struct sink *sink = new_sink("/nowhere/at/all");
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
		cmocka_unit_test(what_is_not_ours_stays_and_is_told),
		cmocka_unit_test(a_line_without_end_is_skipped),
		cmocka_unit_test(a_moved_file_is_left_alone),
		cmocka_unit_test(a_removed_file_is_written_anew),
		cmocka_unit_test(an_emptied_file_starts_anew),
		cmocka_unit_test(only_a_regular_file_will_do),
		cmocka_unit_test(a_moved_directory_is_followed),
		cmocka_unit_test(what_goes_while_it_is_written_is_not_stored),
		cmocka_unit_test(two_processes_do_not_mix),
		cmocka_unit_test(names_that_are_no_file_names_are_refused),
		cmocka_unit_test(many_indices_need_few_descriptors),
		cmocka_unit_test(a_missing_directory_is_said),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}

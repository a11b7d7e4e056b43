/* test_file_rotation.c - documents that are written once, over every rotation
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "output/gzip_file.h"
#include "output/sink.h"
#include "tests/lib/rows.h"
#include "tests/lib/scratch.h"

static const char *path_of(const char *suffix)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/i-2026.11.ndjson%s", scratch_directory, suffix);
	return path;
}

static struct sink *new_sink(uint64_t rotate_bytes, uint64_t keep, bool compress)
{
	return file_sink_new(&(struct file_settings){ .directory = scratch_directory,
						      .format = FILE_NDJSON,
						      .rotate_bytes = rotate_bytes,
						      .keep = keep,
						      .compress = compress });
}

static bool try_post(struct sink *sink, const char *id, enum verdict *verdict, struct error *err)
{
	struct bulk bulk;
	bool good;

	bulk_init(&bulk, 4096);
	assert_true(bulk_add(&bulk, 0, slice_of("i-2026.11"), slice_of(id), slice_of("{\"a\":1}")));
	good = sink_post(sink, &bulk, err);
	*verdict = bulk.items[0].verdict;
	bulk_release(&bulk);
	return good;
}

static void post(struct sink *sink, const char *id, enum verdict expected)
{
	enum verdict verdict;
	struct error err;

	if (!try_post(sink, id, &verdict, &err))
		fail_msg("%s", err.text);
	if (verdict != expected)
		fail_msg("%s: verdict %d", id, verdict);
}

static void add_line(void *context, struct slice line)
{
	strbuf_add_slice(context, line);
	strbuf_add_byte(context, '\n');
}

static void expect_at(const char *path, const char *content)
{
	struct strbuf found;
	struct error err;

	strbuf_init(&found, 65536);
	assert_true(gzip_file_lines(path, add_line, &found, &err));
	assert_string_equal(found.buf, content);
	strbuf_release(&found);
}

static void expect(const char *suffix, const char *content)
{
	expect_at(path_of(suffix), content);
}

static void append_to(const char *text)
{
	FILE *file = fopen(path_of(""), "a");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#define LINE(id) "{\"_index\":\"i-2026.11\",\"_id\":\"" id "\",\"a\":1}\n"

static void a_document_is_written_once(void **state)
{
	struct sink *sink = new_sink(0, 10, false);

	(void)state;
	post(sink, "one", VERDICT_STORED);
	post(sink, "one", VERDICT_DUPLICATE);
	sink->ops->free(sink);
	sink = new_sink(0, 10, false);
	post(sink, "one", VERDICT_DUPLICATE);
	post(sink, "two", VERDICT_STORED);
	expect("", LINE("one") LINE("two"));
	sink->ops->free(sink);
}

static void a_torn_line_is_cut_off(void **state)
{
	struct sink *sink;

	(void)state;
	append_to(LINE("one") "{\"_index\":\"i-2026.11\",\"_id\":\"tw");
	sink = new_sink(0, 10, false);
	post(sink, "one", VERDICT_DUPLICATE);
	post(sink, "two", VERDICT_STORED);
	expect("", LINE("one") LINE("two"));
	/* by another process, meanwhile */
	append_to(LINE("three") "{\"_in");
	post(sink, "three", VERDICT_DUPLICATE);
	post(sink, "four", VERDICT_STORED);
	expect("", LINE("one") LINE("two") LINE("three") LINE("four"));
	sink->ops->free(sink);
}

static void rotated(bool compress)
{
	struct sink *sink = new_sink(1, 2, compress);

	post(sink, "1", VERDICT_STORED);
	post(sink, "2", VERDICT_STORED);
	post(sink, "3", VERDICT_STORED);
	expect("", LINE("3"));
	expect(compress ? ".1.gz" : ".1", LINE("2"));
	expect(compress ? ".2.gz" : ".2", LINE("1"));
	assert_int_equal(access(path_of(compress ? ".1" : ".1.gz"), F_OK), -1);
	sink->ops->free(sink);
	sink = new_sink(1, 2, compress);
	/* the file is full, so each post rotates: the oldest is gone */
	post(sink, "2", VERDICT_DUPLICATE);
	post(sink, "3", VERDICT_DUPLICATE);
	post(sink, "1", VERDICT_STORED);
	assert_int_equal(access(path_of(".3"), F_OK), -1);
	sink->ops->free(sink);
}

static void ids_go_with_their_file(void **state)
{
	(void)state;
	rotated(false);
}

static void rotated_files_are_compressed(void **state)
{
	(void)state;
	rotated(true);
}

static void a_moved_file_is_left_alone(void **state)
{
	struct sink *sink = new_sink(0, 10, false);
	char moved[128];

	(void)state;
	post(sink, "one", VERDICT_STORED);
	strcpy(moved, path_of("-20261101"));
	assert_int_equal(rename(path_of(""), moved), 0);
	post(sink, "two", VERDICT_STORED);
	post(sink, "one", VERDICT_STORED); /* who knows where the other is now */
	expect("-20261101", LINE("one"));
	expect("", LINE("two") LINE("one"));
	sink->ops->free(sink);
}

static void an_emptied_file_starts_anew(void **state)
{
	struct sink *sink = new_sink(0, 10, false);

	(void)state;
	post(sink, "one", VERDICT_STORED);
	assert_int_equal(truncate(path_of(""), 0), 0);
	post(sink, "two", VERDICT_STORED);
	post(sink, "one", VERDICT_STORED);
	expect("", LINE("two") LINE("one"));
	sink->ops->free(sink);
}

static void a_removed_file_is_written_anew(void **state)
{
	struct sink *sink = new_sink(0, 10, false);

	(void)state;
	post(sink, "one", VERDICT_STORED);
	assert_int_equal(unlink(path_of("")), 0);
	post(sink, "two", VERDICT_STORED);
	post(sink, "one", VERDICT_STORED);
	expect("", LINE("two") LINE("one"));
	sink->ops->free(sink);
}

static unsigned warnings;

static void count_warning(enum sink_notice kind, const struct error *what)
{
	assert_int_equal(kind, SINK_WARNS);
	assert_non_null(strstr(what->text, "i-2026.11.ndjson: line 2 "));
	warnings++;
}

/* A document that only lacks its line end is whole; what is no document stays
 * and is told. */
static void what_others_wrote_stays(void **state)
{
	static const struct {
		const char *found, *expected;
	} cases[] = {
		{ LINE("one") "{\"_index\":\"i-2026.11\",\"_id\":\"two\",\"a\":1}",
		  LINE("one") LINE("two") LINE("three") },
		{ LINE("one") "# a note\n" LINE("two"),
		  LINE("one") "# a note\n" LINE("two") LINE("three") },
		{ LINE("one") "# a note", LINE("one") "# a note\n" LINE("two") LINE("three") },
		{ LINE("one") "\n" LINE("two"), LINE("one") "\n" LINE("two") LINE("three") },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct sink *sink = new_sink(0, 10, false);

		warnings = 0;
		sink->notice = count_warning;
		unlink(path_of(""));
		append_to(cases[i].found);
		post(sink, "one", VERDICT_DUPLICATE);
		post(sink, "two", i == 2 ? VERDICT_STORED : VERDICT_DUPLICATE);
		post(sink, "three", VERDICT_STORED);
		expect("", cases[i].expected);
		assert_int_equal(warnings, i == 0 ? 0 : 1);
		sink->ops->free(sink);
	}
}

static void two_writers_meet(void **state)
{
	struct sink *a = new_sink(60, 10, false), *b = new_sink(60, 10, false);

	(void)state;
	post(a, "1", VERDICT_STORED);
	post(b, "1", VERDICT_DUPLICATE);
	post(b, "2", VERDICT_STORED);
	post(a, "2", VERDICT_DUPLICATE);
	for (char id[2] = "3"; id[0] <= '9'; id[0]++) { /* with rotations by either */
		post(id[0] % 2 ? a : b, id, VERDICT_STORED);
		post(id[0] % 2 ? b : a, id, VERDICT_DUPLICATE);
	}
	assert_int_equal(access(path_of(".2"), F_OK), 0);
	a->ops->free(a);
	b->ops->free(b);
}

static void nothing_is_stored_on_a_full_disk(void **state)
{
	const struct rlimit full = { 80, RLIM_INFINITY },
			    free_again = { RLIM_INFINITY, RLIM_INFINITY };
	struct sink *sink = new_sink(0, 10, false);
	enum verdict verdict;
	struct error err;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	post(sink, "one", VERDICT_STORED);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	assert_false(try_post(sink, "two", &verdict, &err));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &free_again), 0);
	assert_int_equal(err.class, ERROR_RETRY);
	post(sink, "two", VERDICT_STORED);
	post(sink, "one", VERDICT_DUPLICATE);
	expect("", LINE("one") LINE("two"));
	sink->ops->free(sink);
}

/* With their action lines; and as it was called before, all in one file. */
static void other_forms_are_rotated_alike(void **state)
{
	struct file_settings settings = {
		.directory = scratch_directory, .rotate_bytes = 1, .keep = 2, .compress = true
	};
	struct sink *sink = file_sink_new(&settings);
	char path[128];

	(void)state;
	post(sink, "1", VERDICT_STORED);
	post(sink, "2", VERDICT_STORED);
	sink->ops->free(sink);
	sink = file_sink_new(&settings);
	post(sink, "1", VERDICT_DUPLICATE);
	post(sink, "2", VERDICT_DUPLICATE);
	expect(".2.gz", "{\"create\":{\"_index\":\"i-2026.11\",\"_id\":\"1\"}}\n{\"a\":1}\n");
	sink->ops->free(sink);
	settings.format = FILE_NDJSON;
	settings.one_file = "documents.jsonl";
	sink = file_sink_new(&settings);
	post(sink, "1", VERDICT_STORED);
	snprintf(path, sizeof(path), "%s/documents.jsonl", scratch_directory);
	expect_at(path, LINE("1"));
	sink->ops->free(sink);
}

int main(void)
{
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(a_document_is_written_once),
		IN_DIRECTORY(a_torn_line_is_cut_off),
		IN_DIRECTORY(ids_go_with_their_file),
		IN_DIRECTORY(rotated_files_are_compressed),
		IN_DIRECTORY(a_moved_file_is_left_alone),
		IN_DIRECTORY(an_emptied_file_starts_anew),
		IN_DIRECTORY(a_removed_file_is_written_anew),
		IN_DIRECTORY(what_others_wrote_stays),
		IN_DIRECTORY(two_writers_meet),
		IN_DIRECTORY(nothing_is_stored_on_a_full_disk),
		IN_DIRECTORY(other_forms_are_rotated_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

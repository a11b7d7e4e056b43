/* test_verdict.c - recorded answers of real servers, and what they mean
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "output/bulk_answer.h"
#include "output/verdict.h"
#include "tests/lib/rows.h"

/* Larger answers are not cut everywhere: it would take long. */
#define CUT_BYTES 1200
#define REPLIES "tests/unit/bulk-replies/"

static void read_file(const char *path, struct strbuf *text)
{
	char buffer[4096];
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	strbuf_init(text, 1 << 22);
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		strbuf_add(text, buffer, n);
	fclose(file);
}

static char letter(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_STORED: return 'S';
	case VERDICT_DUPLICATE: return 'D';
	case VERDICT_RETRY: return 'R';
	case VERDICT_HOLD: return 'H';
	case VERDICT_REFUSED: return 'X';
	default: return '?';
	}
}

static void note_item(void *context, size_t position, const struct bulk_answer_item *item)
{
	char *letters = context;
	const char *cause;

	if (position < 63)
		letters[position] = letter(
			verdict_of_item(item->status, item->type, item->reason, &cause));
}

static void replies_of(const char *name, glob_t *found)
{
	char pattern[256];

	snprintf(pattern, sizeof(pattern), REPLIES "%s.*.json", name);
	assert_int_equal(glob(pattern, 0, NULL, found), 0);
}

/* A row of the file `expected`. */
struct row {
	char files[128], verdicts[64];
	unsigned status, used;
};

static size_t read_rows(struct row *rows, size_t most)
{
	struct strbuf text;
	struct slice rest;
	size_t count = 0;

	read_file(REPLIES "expected", &text);
	rest = strbuf_slice(&text);
	while (rest.size > 0) {
		struct slice line = slice_split(rest, '\n', &rest), files, status;
		struct row *row = &rows[count];
		uint64_t number;

		if (slice_starts_with(line, "#"))
			continue;
		assert_true(count++ < most);
		files = slice_split(line, '\t', &line);
		status = slice_split(line, '\t', &line);
		assert_true(slice_to_uint(status, 999, &number));
		*row = (struct row){ .status = (unsigned)number };
		snprintf(row->files, sizeof(row->files), "%.*s", (int)files.size, files.data);
		snprintf(row->verdicts, sizeof(row->verdicts), "%.*s", (int)line.size, line.data);
	}
	strbuf_release(&text);
	return count;
}

static void check_reply(const char *path, const struct row *row)
{
	char letters[64] = { 0 };
	const struct bulk_answer_handler handler = { note_item, letters };
	const char *cause, *got = letters;
	struct bulk_answer answer;
	struct strbuf text;
	struct error err;
	bool is_json;

	read_file(path, &text);
	is_json = bulk_answer_read(strbuf_slice(&text), &handler, &answer, &err);
	strbuf_release(&text);
	if (row->status != 200) {
		const enum verdict verdict = verdict_of_request(row->status, slice_of(answer.type),
								slice_of(answer.reason), &cause);

		/* Whoever must wait is told for what. */
		assert_true((verdict == VERDICT_RETRY) == (cause != NULL));
		got = verdict_name(verdict);
	} else {
		assert_true(is_json);
		assert_int_equal(answer.items, strlen(letters));
		if (answer.items == 0)
			got = "-";
	}
	if (strcmp(got, row->verdicts) != 0)
		fail_msg("%s: %s, want %s", path, got, row->verdicts);
}

static void every_recorded_reply_has_its_verdicts(void **state)
{
	static struct row rows[256];
	const size_t count = read_rows(rows, sizeof(rows) / sizeof(rows[0]));
	glob_t found;

	(void)state;
	replies_of("*", &found);
	assert_true(found.gl_pathc > 400);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = found.gl_pathv[i] + strlen(REPLIES);
		size_t at = 0;

		while (at < count && fnmatch(rows[at].files, name, 0) != 0)
			at++;
		if (at == count)
			fail_msg("%s: nothing is expected of it", name);
		check_reply(found.gl_pathv[i], &rows[at]);
		rows[at].used++;
	}
	globfree(&found);
	for (size_t i = 0; i < count; i++)
		if (rows[i].used == 0)
			fail_msg("%s: no such reply", rows[i].files);
}

static void what_no_server_was_seen_to_send(void **state)
{
	static const struct {
		unsigned status;
		const char *type, *reason;
		enum verdict verdict;
	} cases[] = {
		{ 400, "illegal_argument_exception",
		  "request [/_bulk] contains unrecognized parameter: [x]", VERDICT_STOP },
		{ 403, "", "", VERDICT_STOP },
		{ 404, "", "", VERDICT_STOP },
		{ 405, "", "", VERDICT_STOP },
		{ 301, "", "", VERDICT_STOP },
		{ 200, "", "", VERDICT_STOP },
		{ 413, "", "", VERDICT_SPLIT },
		{ 429, "", "", VERDICT_RETRY },
		{ 500, "", "", VERDICT_RETRY },
		{ 502, "", "", VERDICT_RETRY },
		{ 503, "", "", VERDICT_RETRY },
		{ 504, "", "", VERDICT_RETRY },
		{ 500, "illegal_state_exception", "There are no ingest nodes", VERDICT_RETRY },
		{ 4000, "", "", VERDICT_STOP },
	};
	const char *cause;

	(void)state;
	FOR_ROWS (i, cases)
		assert_int_equal(verdict_of_request(cases[i].status, slice_of(cases[i].type),
						    slice_of(cases[i].reason), &cause),
				 cases[i].verdict);
	/* A status that is none must never lose or bless a document. */
	assert_int_equal(verdict_of_item(0, slice_of(""), slice_of(""), &cause), VERDICT_RETRY);
	assert_int_equal(verdict_of_item(302, slice_of(""), slice_of(""), &cause), VERDICT_RETRY);
	assert_int_equal(verdict_of_item(204, slice_of(""), slice_of(""), &cause), VERDICT_RETRY);
	assert_int_equal(verdict_of_item(429, slice_of("cluster_block_exception"), slice_of(""),
					 &cause),
			 VERDICT_HOLD);
	assert_int_equal(verdict_of_item(409, slice_of("resource_already_exists_exception"),
					 slice_of(""), &cause),
			 VERDICT_RETRY);
	assert_int_equal(verdict_of_item(401, slice_of(""), slice_of(""), &cause), VERDICT_HOLD);
	assert_int_equal(verdict_of_item(408, slice_of(""), slice_of(""), &cause), VERDICT_RETRY);
	assert_int_equal(verdict_of_item(418, slice_of("new"), slice_of(""), &cause),
			 VERDICT_REFUSED);
}

/* Documented and not recorded: a data stream's failure store takes what its
 * mapping refused, and the answer looks good. */
static void the_failure_store_is_a_refusal(void **state)
{
	static const char text[] = "{\"errors\":false,\"items\":[{\"create\":{\"status\":201,"
				   "\"failure_store\":\"used\"}},{\"create\":{\"status\":201,"
				   "\"failure_store\":\"not_applicable_or_unknown\"}}]}";
	char letters[64] = { 0 };
	const struct bulk_answer_handler handler = { note_item, letters };
	struct bulk_answer answer;
	struct error err;

	(void)state;
	assert_true(bulk_answer_read(slice_of(text), &handler, &answer, &err));
	assert_string_equal(letters, "XS");
}

static void count_good(void *context, size_t position, const struct bulk_answer_item *item)
{
	size_t *good = context;
	const char *cause;

	(void)position;
	*good += verdict_of_item(item->status, item->type, item->reason, &cause) == VERDICT_STORED;
}

/* A cut answer may hand out what it holds, but never more, and is not
 * believed as a whole. */
static void answers_cut_anywhere_promise_nothing(void **state)
{
	glob_t found;

	(void)state;
	replies_of("*", &found);
	for (size_t j = 0; j < found.gl_pathc; j++) {
		struct strbuf text;
		struct slice whole;

		read_file(found.gl_pathv[j], &text);
		whole = slice_trim(strbuf_slice(&text));
		if (whole.size > CUT_BYTES)
			whole.size = 0;
		for (size_t cut = 0; cut < whole.size; cut++) {
			size_t good = 0;
			const struct bulk_answer_handler handler = { count_good, &good };
			struct bulk_answer answer;
			struct error err;

			assert_false(bulk_answer_read((struct slice){ whole.data, cut }, &handler,
						      &answer, &err));
			assert_true(good <= answer.items);
		}
		strbuf_release(&text);
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_reply_has_its_verdicts),
		cmocka_unit_test(the_failure_store_is_a_refusal),
		cmocka_unit_test(what_no_server_was_seen_to_send),
		cmocka_unit_test(answers_cut_anywhere_promise_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_verdict.c - recorded answers of real servers, and what they mean
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "output/bulk_answer.h"
#include "output/verdict.h"

#define REPLIES "tests/unit/bulk-replies/"

/* S stored, D duplicate, R retry, H hold, X refused */
static const struct {
	const char *name;
	const char *items;
} item_cases[] = {
	{ "created", "SS" },
	{ "duplicate-mixed", "DSD" },
	{ "filter-path", "SDX" },
	{ "strict-mapping", "XS" },
	{ "bad-values", "XXXXXXS" },
	{ "bad-sources", "XSXXXXSXXXSS" },
	{ "field-limit", "X" },
	{ "id-empty", "XS" },
	{ "index-closed", "HS" },
	{ "block-write", "HS" },
	{ "block-read-only", "HS" },
	{ "block-read-only-allow-delete", "HS" },
	{ "shard-limit", "HS" },
	{ "no-index", "HS" },
	{ "require-alias", "HH" },
	{ "alias-no-write-index", "H" },
	{ "routing-missing", "H" },
	{ "invalid-index-name", "HHHHS" },
	{ "unavailable-shards", "R" },
	{ "primary-not-allocated", "RS" },
	{ "queue-full-all-items", "RRRRRRRRRRRR" },
	{ "forbidden-index", "HS" },
	{ "forbidden-auto-create", "H" },
};

static const struct {
	const char *name;
	unsigned status;
	enum verdict verdict;
} request_cases[] = {
	{ "cluster-block-read-only", 403, VERDICT_RETRY },
	{ "indexing-pressure", 429, VERDICT_RETRY },
	{ "circuit-breaker", 429, VERDICT_RETRY },
	{ "no-master", 503, VERDICT_RETRY },
	{ "malformed-second", 400, VERDICT_SPLIT },
	{ "malformed-unknown-parameter", 400, VERDICT_SPLIT },
	{ "id-too-long", 400, VERDICT_SPLIT },
	{ "wrong-password", 401, VERDICT_STOP },
	{ "bad-api-key", 401, VERDICT_STOP },
};

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

static void every_item_has_its_verdict_on_every_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(item_cases) / sizeof(item_cases[0]); i++) {
		glob_t found;

		replies_of(item_cases[i].name, &found);
		for (size_t j = 0; j < found.gl_pathc; j++) {
			char letters[64] = { 0 };
			const struct bulk_answer_handler handler = { note_item, letters };
			struct bulk_answer answer;
			struct strbuf text;
			struct error err;

			read_file(found.gl_pathv[j], &text);
			if (!bulk_answer_read(strbuf_slice(&text), &handler, &answer, &err))
				fail_msg("%s: %s", found.gl_pathv[j], err.text);
			if (strcmp(letters, item_cases[i].items) != 0)
				fail_msg("%s: %s, want %s", found.gl_pathv[j], letters,
					 item_cases[i].items);
			assert_int_equal(answer.items, strlen(letters));
			strbuf_release(&text);
		}
		globfree(&found);
	}
}

static void every_request_has_its_verdict_on_every_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(request_cases) / sizeof(request_cases[0]); i++) {
		glob_t found;

		replies_of(request_cases[i].name, &found);
		for (size_t j = 0; j < found.gl_pathc; j++) {
			struct bulk_answer answer;
			struct strbuf text;
			struct error err;
			enum verdict verdict;
			const char *cause;

			read_file(found.gl_pathv[j], &text);
			/* OpenSearch answers 401 in plain text. */
			if (!bulk_answer_read(strbuf_slice(&text), NULL, &answer, &err))
				assert_int_equal(request_cases[i].status, 401);
			verdict = verdict_of_request(request_cases[i].status, slice_of(answer.type),
						     slice_of(answer.reason), &cause);
			/* Whoever must wait is told for what. */
			assert_true((verdict == VERDICT_RETRY) == (cause != NULL));
			if (verdict != request_cases[i].verdict)
				fail_msg("%s: %s", found.gl_pathv[j], verdict_name(verdict));
			strbuf_release(&text);
		}
		globfree(&found);
	}
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
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
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
	replies_of("duplicate-mixed", &found);
	for (size_t j = 0; j < found.gl_pathc; j++) {
		struct strbuf text;
		struct slice whole;

		read_file(found.gl_pathv[j], &text);
		whole = slice_trim(strbuf_slice(&text));
		for (size_t cut = 0; cut < whole.size; cut++) {
			size_t good = 0;
			const struct bulk_answer_handler handler = { count_good, &good };
			struct bulk_answer answer;
			struct error err;

			assert_false(bulk_answer_read((struct slice){ whole.data, cut }, &handler,
						      &answer, &err));
			assert_true(good <= 1);
			assert_true(answer.items <= 3);
		}
		strbuf_release(&text);
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_item_has_its_verdict_on_every_server),
		cmocka_unit_test(every_request_has_its_verdict_on_every_server),
		cmocka_unit_test(the_failure_store_is_a_refusal),
		cmocka_unit_test(what_no_server_was_seen_to_send),
		cmocka_unit_test(answers_cut_anywhere_promise_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

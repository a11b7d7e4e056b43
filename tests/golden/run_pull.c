/* run_pull.c - mails read alternately, and mails that are given up half-way
 *
 * SPDX-License-Identifier: MIT
 *
 *   run_pull tests/golden
 *
 * With runs of one record: whatever else is read meanwhile, and wherever reading
 * of something else has stopped, whole mails and files give the documents that
 * are expected of them.  Between two pulls anybody may wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/wait.h"
#include "ingest/report/input.h"
#include "tests/golden/golden.h"

#define CASES_MAX 500
/* Of a case: further ones are not given up at every pull. */
#define PULLS_MAX 400

static struct golden *cases[CASES_MAX];
static size_t case_count; /* of all kinds, the reports alone behind the mails */
static size_t mail_count;

/* One case on its way. */
struct reading {
	const struct golden *golden;
	struct ingest *ingest;
	struct input *input;
	struct ingest_file *file;
	enum { NEXT_MAIL, NEXT_REPORT, NEXT_RUN, NEXT_DOCUMENT, LAST_DOCUMENTS, ENDED } next;
	size_t records; /* of the last run */
	struct strbuf documents;
};

static void begin(struct reading *r, const struct golden *golden, struct ingest *ingest)
{
	*r = (struct reading){ .golden = golden, .ingest = ingest };
	r->input = input_from_memory(strbuf_slice(&golden->bytes));
	r->file = ingest_file_open(ingest, r->input, golden->input_name);
	strbuf_init(&r->documents, GOLDEN_SIZE_MAX);
}

static void end(struct reading *r)
{
	ingest_file_close(r->file);
	input_close(r->input);
	strbuf_release(&r->documents);
}

static void next_mail(struct reading *r)
{
	struct error err;
	bool more;

	assert_true(ingest_file_next(r->file, &more, &err));
	r->next = more ? NEXT_REPORT : ENDED;
	if (more)
		golden_give_keys(r->golden, r->ingest);
}

static void next_document(struct reading *r)
{
	struct document document;
	struct error err;

	assert_true(ingest_next_document(r->ingest, &document, &err));
	if (document.name) {
		golden_add_document(&r->documents, document.name, document.json);
	} else if (r->next == LAST_DOCUMENTS) {
		golden_add_result(&r->documents, ingest_result_of(r->ingest));
		r->next = NEXT_MAIL;
	} else {
		r->next = r->records > 0 ? NEXT_RUN : NEXT_REPORT;
	}
}

static void next_run(struct reading *r)
{
	struct error err;
	struct run run;

	assert_true(ingest_next_run(r->ingest, &run, &err));
	assert_true(run.count <= 1);
	r->records = run.count;
	r->next = NEXT_DOCUMENT;
}

/* false: it has come to its end. */
static bool pull(struct reading *r)
{
	const struct report_summary *report;
	struct error err;

	switch (r->next) {
	case NEXT_MAIL: next_mail(r); break;
	case NEXT_REPORT:
		assert_true(ingest_next_report(r->ingest, &report, &err));
		r->next = report ? NEXT_RUN : LAST_DOCUMENTS;
		break;
	case NEXT_RUN: next_run(r); break;
	default: next_document(r); break;
	}
	assert_true(wait_permitted());
	return r->next != ENDED;
}

static void expect_golden(const struct reading *r)
{
	struct strbuf expected;

	assert_true(golden_read(r->golden, "expected.ndjson", &expected));
	golden_compare(r->golden, "expected.ndjson", expected.buf, r->documents.buf);
	strbuf_release(&expected);
}

static void two_are_read_alternately(void **state)
{
	(void)state;
	for (size_t i = 0; i < mail_count; i++) {
		struct golden *golden[] = { cases[i], cases[(i + 1) % mail_count] };
		struct reading readings[2];
		bool more[2] = { true, true };

		for (int j = 0; j < 2; j++)
			begin(&readings[j], golden[j], ingest_new(&golden[j]->settings));
		while (more[0] || more[1])
			for (int j = 0; j < 2; j++)
				more[j] = more[j] && pull(&readings[j]);
		for (int j = 0; j < 2; j++) {
			expect_golden(&readings[j]);
			end(&readings[j]);
			ingest_free(readings[j].ingest);
		}
	}
}

static size_t pulls_of(const struct golden *golden)
{
	struct ingest *ingest = ingest_new(&golden->settings);
	struct reading r;
	size_t pulls = 0;

	begin(&r, golden, ingest);
	while (pull(&r))
		pulls++;
	end(&r);
	ingest_free(ingest);
	return pulls;
}

/* Given up after so many pulls: forgotten with its reader, or for another mail. */
static void give_up(const struct golden *golden, size_t pulls, const struct golden *other)
{
	struct ingest *ingest = ingest_new(&golden->settings);
	struct reading r;

	begin(&r, golden, ingest);
	for (size_t i = 0; i < pulls; i++)
		assert_true(pull(&r));
	end(&r);
	if (other) {
		begin(&r, other, ingest);
		while (pull(&r))
			continue;
		expect_golden(&r);
		end(&r);
	}
	ingest_free(ingest);
}

/* Settings of one kind: those a reader is made with. */
static bool goes_with(const struct golden *a, const struct golden *b)
{
	return a->settings.schemas == b->settings.schemas && !a->key.data && !b->key.data;
}

static void one_is_given_up_anywhere(void **state)
{
	size_t all = 0;

	(void)state;
	for (size_t i = 0; i < case_count; i++) {
		const struct golden *other = cases[(i + 1) % mail_count];
		const size_t pulls = pulls_of(cases[i]);

		if (!goes_with(cases[i], other))
			other = NULL;
		for (size_t k = 0; k <= pulls && k < PULLS_MAX; k++, all++) {
			give_up(cases[i], k, NULL);
			if (other)
				give_up(cases[i], k, other);
		}
	}
	print_message("%zu cases, given up in %zu ways\n", case_count, all);
	assert_true(all > case_count);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_are_read_alternately),
		cmocka_unit_test(one_is_given_up_anywhere),
	};
	int failed;

	if (argc != 2) {
		fprintf(stderr, "usage: run_pull FOLDER\n");
		return 2;
	}
	golden_find(argv[1], "mail", cases, &case_count, CASES_MAX);
	mail_count = case_count;
	golden_find(argv[1], "dmarc", cases, &case_count, CASES_MAX);
	golden_find(argv[1], "tlsrpt", cases, &case_count, CASES_MAX);
	for (size_t i = 0; i < case_count; i++) {
		golden_open(cases[i]);
		cases[i]->settings.run_records = 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; i < case_count; i++) {
		golden_close(cases[i]);
		free(cases[i]);
	}
	return failed;
}

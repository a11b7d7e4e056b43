/* test_mbox.c - the mails of an mbox file, one after the other
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/unwrap/mbox.h"
#include "tests/lib/drip.h"

static void expect_mails(struct slice file, size_t step, const char *const *want)
{
	struct input *input = drip_open(file, step);
	struct mbox *mbox = mbox_open(input, 1000);
	struct mbox_mail mail;
	struct error err;
	bool more;

	for (; *want; want++) {
		assert_true(mbox_next(mbox, &mail, &more, &err));
		assert_true(more);
		assert_false(mail.too_large);
		if (!slice_is(mail.raw, *want))
			fail_msg("\"%.*s\"", (int)mail.raw.size, mail.raw.data);
	}
	assert_true(mbox_next(mbox, &mail, &more, &err));
	assert_false(more);
	mbox_close(mbox);
	input_close(input);
}

static void mails_are_divided(void **state)
{
	static const struct {
		const char *file;
		const char *mails[4];
	} cases[] = {
		{ "", { NULL } },
		{ "From a\n", { "", NULL } },
		{ "From a\nA: 1\n\nbody\n", { "A: 1\n\nbody\n", NULL } },
		{ "From a\nA: 1\n\nbody\n\nFrom b\nB: 2\n\nbody\n\n",
		  { "A: 1\n\nbody\n\n", "B: 2\n\nbody\n\n", NULL } },
		{ "From a\r\nA: 1\r\n\r\nbody\r\n\r\nFrom b\r\nB: 2\r\n",
		  { "A: 1\r\n\r\nbody\r\n\r\n", "B: 2\r\n", NULL } },
		{ "From a\nA: 1\n\ntext\nFrom here on\n",
		  { "A: 1\n\ntext\nFrom here on\n", NULL } },
		{ "From a\n\n>From x\n>>From y\n> From z\n>Fro",
		  { "\nFrom x\n>From y\n> From z\n>Fro", NULL } },
		{ "From a\nA: 1\n\nFrom b\nB: 2\n\nFrom c\nC: 3",
		  { "A: 1\n\n", "B: 2\n\n", "C: 3", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step < 60; step++)
			expect_mails(slice_of(cases[i].file), step, cases[i].mails);
}

static void a_large_mail_leaves_the_next_one(void **state)
{
	char file[3000] = "From a\nA: 1\n\n";
	static const char next[] = "\n\nFrom b\nB: 2\n";
	struct input *input;
	struct mbox *mbox;
	struct mbox_mail mail;
	struct error err;
	bool more;

	(void)state;
	memset(file + 13, 'x', sizeof(file) - 13);
	memcpy(file + sizeof(file) - sizeof(next) + 1, next, sizeof(next) - 1);
	input = input_from_memory((struct slice){ file, sizeof(file) });
	mbox = mbox_open(input, 1000);
	assert_true(mbox_next(mbox, &mail, &more, &err));
	assert_true(more && mail.too_large);
	assert_true(mail.raw.size <= 1000);
	assert_true(mbox_next(mbox, &mail, &more, &err));
	assert_true(more && !mail.too_large);
	assert_true(slice_is(mail.raw, "B: 2\n"));
	mbox_close(mbox);
	input_close(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mails_are_divided),
		cmocka_unit_test(a_large_mail_leaves_the_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_letter.c - a mail made of its parts, whatever these hold
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

#include "base/limits.h"
#include "bridge/tell/letter.h"

static const char *const to[] = { "a@example.org", "b@example.org", NULL };

static struct strbuf written(const struct letter *letter)
{
	struct strbuf out;

	strbuf_init(&out, 16 * MIB);
	letter_write(letter, &out);
	return out;
}

/* What every line of a mail must be, with the header fields at its head. */
static void is_mail(struct slice mail, unsigned fields)
{
	struct slice rest = mail;
	bool header = true;
	unsigned found = 0;

	while (rest.size > 0) {
		const struct slice line = slice_split(rest, '\n', &rest);

		assert_true(line.size > 0 && line.data[line.size - 1] == '\r');
		assert_true(line.size <= 999);
		assert_int_equal(slice_find(line, '\r'), line.size - 1);
		for (size_t i = 0; i + 1 < line.size; i++)
			assert_true((unsigned char)line.data[i] >= ' ' || line.data[i] == '\t');
		for (size_t i = 0; i < line.size; i++)
			assert_true((unsigned char)line.data[i] < 0x7f);
		header = header && line.size > 1;
		found += header && line.data[0] != ' ' && line.data[0] != '\t';
	}
	assert_int_equal(found, fields);
}

static struct letter plain(const char *subject, const char *text)
{
	return (struct letter){ .from = "reports@example.net",
				.from_name = "Service",
				.to = to,
				.subject = slice_of(subject),
				.id = slice_of("abc-_123"),
				.date = 1764000000,
				.text = slice_of(text) };
}

#define PLAIN_FIELDS 9

static void headers_cannot_be_added(void **state)
{
	static const char *const evil[] = {
		"x\r\nBcc: victim@example.org",
		"x\nBcc: victim@example.org\n\nbody",
		"x\rBcc: victim@example.org",
		"=?utf-8?q?=0ABcc:_v?=",
		"\x01\x7f\x1b[31m",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		struct letter letter = plain(evil[i], "text\n");
		struct strbuf mail;

		letter.from_name = evil[i];
		mail = written(&letter);
		is_mail(strbuf_slice(&mail), PLAIN_FIELDS);
		strbuf_release(&mail);
	}
}

static void long_and_foreign_lines_are_encoded(void **state)
{
	char long_text[5000];
	struct letter letter;
	struct strbuf mail;

	(void)state;
	memset(long_text, 'W', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	letter = plain(long_text, long_text);
	mail = written(&letter);
	is_mail(strbuf_slice(&mail), PLAIN_FIELDS);
	strbuf_release(&mail);
	letter = plain("Gr\xc3\xbc\xc3\x9f"
		       "e \xe2\x9c\x93",
		       "\xc3\xbc\n.\n.\r\nFrom \xff\n");
	mail = written(&letter);
	is_mail(strbuf_slice(&mail), PLAIN_FIELDS);
	strbuf_release(&mail);
}

static void the_id_is_that_of_the_message(void **state)
{
	const struct letter letter = plain("subject", "text\n");
	struct strbuf mail = written(&letter);

	(void)state;
	assert_true(slice_find_text(strbuf_slice(&mail), "Message-Id: <abc-_123@example.net>\r\n") <
		    mail.len);
	assert_true(slice_find_text(strbuf_slice(&mail), "To: a@example.org, b@example.org\r\n") <
		    mail.len);
	strbuf_release(&mail);
}

static void the_same_letter_has_the_same_bytes(void **state)
{
	struct letter letter = plain("subject", "text\n");
	struct strbuf one, other;

	(void)state;
	letter.html = slice_of("<p>text</p>");
	letter.logo = (struct letter_file){ slice_of("\x89PNG"), "logo.png", "image", "png" };
	letter.attachment = (struct letter_file){ slice_of("<p>page</p>"), "page.html", "text",
						  "html" };
	one = written(&letter);
	other = written(&letter);
	assert_true(slice_equal(strbuf_slice(&one), strbuf_slice(&other)));
	is_mail(strbuf_slice(&one), PLAIN_FIELDS - 1); /* its parts have the encodings */
	strbuf_release(&one);
	strbuf_release(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_cannot_be_added),
		cmocka_unit_test(long_and_foreign_lines_are_encoded),
		cmocka_unit_test(the_id_is_that_of_the_message),
		cmocka_unit_test(the_same_letter_has_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

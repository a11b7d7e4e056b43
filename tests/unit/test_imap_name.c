/* test_imap_name.c - folder names as the server writes them
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailbox/imap_name.h"
#include "tests/lib/rows.h"

static void utf7_is_the_rfcs(void **state)
{
	static const struct {
		const char *utf8, *utf7;
	} cases[] = {
		{ "", "" },
		{ "Reports", "Reports" },
		{ "a&b", "a&-b" },
		{ "&", "&-" },
		/* RFC 3501 section 5.1.3 */
		{ "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		  "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
		{ "Entw\xc3\xbcrfe", "Entw&APw-rfe" },
		{ "\xc3\xa4\xc3\xb6\xc3\xbc", "&AOQA9gD8-" },
		/* beyond the basic plane: two units */
		{ "x\xf0\x9f\x93\xac", "x&2D3c7A-" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct strbuf out;

		strbuf_init(&out, 200);
		utf7_encode(slice_of(cases[i].utf8), &out);
		assert_string_equal(out.buf, cases[i].utf7);
		strbuf_release(&out);
	}
}

static void names_get_prefix_and_delimiter(void **state)
{
	static const struct {
		struct imap_namespace space;
		const char *folder, *want;
	} cases[] = {
		{ { "", '/' }, "INBOX", "INBOX" },
		{ { "", '/' }, "Reports/Archive", "Reports/Archive" },
		{ { "", '.' }, "Reports/Archive", "Reports.Archive" },
		{ { "INBOX.", '.' }, "inbox", "INBOX" },
		{ { "INBOX.", '.' }, "Inbox/Archive", "INBOX.Archive" },
		{ { "INBOX.", '.' }, "INBOX.Archive", "INBOX.Archive" },
		{ { "INBOX.", '.' }, "Archive/Aggregate", "INBOX.Archive.Aggregate" },
		{ { "INBOX.", '.' }, "Inboxes/a", "INBOX.Inboxes.a" },
		{ { "", '\0' }, "Reports/Archive", "Reports/Archive" },
		{ { "", '/' }, "Entw\xc3\xbcrfe/a", "Entw&APw-rfe/a" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct strbuf name;
		struct error err;

		strbuf_init(&name, 200);
		assert_true(
			imap_name_encode(&cases[i].space, cases[i].folder, "folder", &name, &err));
		assert_string_equal(name.buf, cases[i].want);
		strbuf_release(&name);
	}
}

static void bad_names_are_refused(void **state)
{
	static const char *const names[] = { "", "a\r\nb LOGOUT", "a\tb", "a\x7f", "a\xff", NULL };
	const struct imap_namespace space = { "", '/' };
	char longest[IMAP_NAME_MAX + 2];
	struct strbuf name;
	struct error err;

	(void)state;
	strbuf_init(&name, 4 * IMAP_NAME_MAX);
	FOR_ROWS (i, names) {
		err.class = ERROR_NONE;
		assert_false(imap_name_encode(&space, names[i], "archive", &name, &err));
		assert_int_equal(err.class, ERROR_FATAL);
		assert_non_null(strstr(err.text, "archive"));
		assert_int_equal(name.len, 0);
	}
	memset(longest, 'a', sizeof(longest));
	longest[IMAP_NAME_MAX + 1] = '\0';
	assert_false(imap_name_encode(&space, longest, "folder", &name, &err));
	longest[IMAP_NAME_MAX] = '\0';
	assert_true(imap_name_encode(&space, longest, "folder", &name, &err));
	assert_int_equal(name.len, IMAP_NAME_MAX);
	strbuf_release(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf7_is_the_rfcs),
		cmocka_unit_test(names_get_prefix_and_delimiter),
		cmocka_unit_test(bad_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_mailbox_list.c - names and addresses out of address lists
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ingest/report/mailbox_list.h"
#include "tests/lib/rows.h"

static void mailboxes_are_cut_one_by_one(void **state)
{
	static const struct {
		const char *list, *expected; /* name|address; for each */
	} cases[] = {
		{ "a@example.com", "|a@example.com;" },
		{ "<a@example.com>", "|a@example.com;" },
		{ "A Person <a@example.com>", "A Person|a@example.com;" },
		{ "\"Person, A\" <a@example.com>, b@example.com",
		  "Person, A|a@example.com;|b@example.com;" },
		{ "\"x\\\"y, z\" <a@example.com>", "x\\\"y, z|a@example.com;" },
		{ ", ,a@example.com,", "|a@example.com;" },
		{ "A <a@example.com", "A|a@example.com;" },
		{ "\"open <a@example.com>, b", "\"open|a@example.com;" },
		{ "x <a,b>, c", "x|a,b;|c;" },
		{ "\\", "|\\;" },
		{ "", "" },
		{ " , ", "" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct slice rest = slice_of(cases[i].list);
		struct mailbox_name mailbox;
		struct strbuf found;

		strbuf_init(&found, 1024);
		while (mailbox_list_next(&rest, &mailbox))
			strbuf_add_format(&found, "%.*s|%.*s;", (int)mailbox.display_name.size,
					  mailbox.display_name.data, (int)mailbox.address.size,
					  mailbox.address.data);
		assert_string_equal(found.buf, cases[i].expected);
		strbuf_release(&found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailboxes_are_cut_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_imap_error.c - what a server's refusal means
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailbox/imap_error.h"

static void a_refusal_names_what_to_change(void **state)
{
	static const struct {
		enum imap_step step;
		const char *atom, *text, *want;
	} cases[] = {
		{ IMAP_STEP_LOGIN, "AUTHENTICATIONFAILED", "Authentication failed.",
		  "login: user name or password refused: check user and password_file; the server "
		  "says NO [AUTHENTICATIONFAILED]: Authentication failed." },
		{ IMAP_STEP_LOGIN, NULL, NULL,
		  "login: user name or password refused: check user and password_file; the server "
		  "says NO" },
		/* a server in trouble is not a wrong password */
		{ IMAP_STEP_LOGIN, "UNAVAILABLE", "Temporary failure",
		  "login: the server is not able to now; the server says NO [UNAVAILABLE]: Temporary "
		  "failure" },
		{ IMAP_STEP_LOGIN, "limit", "",
		  "login: a limit of the server is reached; the server says NO [limit]" },
		{ IMAP_STEP_SELECT, "NONEXISTENT", "no such mailbox",
		  "selecting the folder: check folder; the server says NO [NONEXISTENT]: no such "
		  "mailbox" },
		{ IMAP_STEP_CREATE, "NOPERM", "denied",
		  "creating an archive folder: the user may not create it: check archive; the server "
		  "says NO [NOPERM]: denied" },
		{ IMAP_STEP_MOVE, "OVERQUOTA", "full",
		  "moving mail: the account is over its quota: make room; the server says NO "
		  "[OVERQUOTA]: full" },
		{ IMAP_STEP_SEARCH, NULL, "what?", "searching: the server says NO: what?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { ERROR_NONE, "", "" };

		assert_false(imap_refused(&err, cases[i].step, cases[i].atom, cases[i].text));
		assert_int_equal(err.class, ERROR_RETRY);
		assert_null(err.reason);
		assert_string_equal(err.text, cases[i].want);
	}
}

static void a_broken_connection_says_where(void **state)
{
	struct error err;

	(void)state;
	assert_false(imap_broken(&err, IMAP_STEP_FETCH, "the server closed the connection"));
	assert_int_equal(err.class, ERROR_RETRY);
	assert_string_equal(err.text, "fetching mail: the server closed the connection");
	assert_false(imap_broken(&err, IMAP_STEP_GREETING, NULL));
	assert_string_equal(err.text, "greeting: the connection is out of step");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refusal_names_what_to_change),
		cmocka_unit_test(a_broken_connection_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

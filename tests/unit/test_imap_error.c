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
#include "tests/lib/rows.h"

static void a_refusal_names_what_to_change(void **state)
{
	static const struct {
		enum imap_step step;
		enum imap_refusal refusal;
		const char *atom, *text, *want;
		bool slow;
	} cases[] = {
		{ IMAP_STEP_LOGIN, IMAP_NO, "AUTHENTICATIONFAILED", "Authentication failed.",
		  "login: user name or password refused: check user and password_file; the server "
		  "says NO [AUTHENTICATIONFAILED]: Authentication failed.",
		  true },
		{ IMAP_STEP_LOGIN, IMAP_NO, NULL, NULL,
		  "login: user name or password refused: check user and password_file; the server "
		  "says NO",
		  true },
		/* a server in trouble is not a wrong password */
		{ IMAP_STEP_LOGIN, IMAP_NO, "UNAVAILABLE", "Temporary failure",
		  "login: the server is temporarily unavailable; the server says NO [UNAVAILABLE]: "
		  "Temporary failure",
		  false },
		{ IMAP_STEP_LOGIN, IMAP_NO, "limit", "",
		  "login: a limit of the server is reached; the server says NO [limit]", false },
		{ IMAP_STEP_SELECT, IMAP_NO, "NONEXISTENT", "no such mailbox",
		  "selecting the folder: check folder; the server says NO [NONEXISTENT]: no such "
		  "mailbox",
		  true },
		{ IMAP_STEP_CREATE, IMAP_NO, "NOPERM", "denied",
		  "creating an archive folder: the user may not create it: check archive; the server "
		  "says NO [NOPERM]: denied",
		  true },
		{ IMAP_STEP_MOVE, IMAP_NO, "OVERQUOTA", "full",
		  "moving mail: the account is over its quota: make room; the server says NO "
		  "[OVERQUOTA]: full",
		  true },
		{ IMAP_STEP_SEARCH, IMAP_NO, NULL, "what?", "searching: the server says NO: what?",
		  false },
		/* the same in whatever words */
		{ IMAP_STEP_GREETING, IMAP_BYE, NULL, " Too many connections. ",
		  "greeting: too many connections or requests: use fewer, or have the server's limit "
		  "raised; the server says BYE: Too many connections.",
		  true },
		{ IMAP_STEP_LOGIN, IMAP_NO, NULL,
		  "Maximum number of connections from user+IP exceeded (10)",
		  "login: too many connections or requests: use fewer, or have the server's limit "
		  "raised; the server says NO: Maximum number of connections from user+IP exceeded (10)",
		  true },
		{ IMAP_STEP_FETCH, IMAP_BAD, NULL, "Request is throttled.",
		  "fetching mail: too many connections or requests: use fewer, or have the server's "
		  "limit raised; the server says BAD: Request is throttled.",
		  true },
		/* BAD says nothing of the folder */
		{ IMAP_STEP_SELECT, IMAP_BAD, NULL, "not connected",
		  "selecting the folder: the server says BAD: not connected", false },
		{ IMAP_STEP_IDLE, IMAP_BYE, NULL, NULL, "waiting for mail: the server says BYE",
		  false },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		struct error err = { .class = ERROR_NONE };

		assert_false(imap_refused(&err, cases[i].step, cases[i].refusal, cases[i].atom,
					  slice_of(cases[i].text)));
		assert_int_equal(err.class, ERROR_RETRY);
		assert_null(err.reason);
		assert_string_equal(err.text, cases[i].want);
		assert_int_equal(err.slow, cases[i].slow);
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

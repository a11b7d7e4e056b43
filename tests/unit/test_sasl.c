/* test_sasl.c - what a server can make its client compute before it is known
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsasl.h>

#include "mailbox/sasl.h"
#include "tests/lib/rows.h"

#define PASSWORD "open-sesame"
#define TEN(text) text text text text text text text text text text
#define LONG TEN(TEN("abcdef"))

static const struct sasl_identity identity = { .user = "reports", .password = PASSWORD };

static char *encode(const char *bytes, size_t size)
{
	char *text = NULL;

	assert_int_equal(gsasl_base64_to(bytes, size, &text, NULL), GSASL_OK);
	return text;
}

/* The client's nonce, from its first message "n,,n=reports,r=NONCE". */
static void first_message(struct sasl *sasl, char *nonce, size_t room)
{
	struct strbuf answer;
	struct error err;
	char *bytes = NULL;
	size_t size = 0;
	const char *mark;

	strbuf_init(&answer, 4096);
	assert_true(sasl_step(sasl, "", &answer, &err));
	assert_int_equal(gsasl_base64_from(answer.buf, answer.len, &bytes, &size), GSASL_OK);
	mark = memmem(bytes, size, ",r=", 3);
	assert_non_null(mark);
	size -= (size_t)(mark + 3 - bytes);
	assert_true(size < room);
	memcpy(nonce, mark + 3, size);
	nonce[size] = '\0';
	gsasl_free(bytes);
	strbuf_release(&answer);
}

/* Answers with a server's first message, in which "@" is the client's nonce and
 * "~" a NUL. */
static bool accepts(const char *form, struct error *err)
{
	struct sasl *sasl = sasl_new(SASL_SCRAM_SHA_256, &identity);
	struct strbuf message, answer;
	char nonce[200], *challenge;
	bool good;

	first_message(sasl, nonce, sizeof(nonce));
	strbuf_init(&message, 1 << 20);
	for (; *form; form++) {
		if (*form == '@')
			strbuf_add_text(&message, nonce);
		else
			strbuf_add_byte(&message, *form == '~' ? '\0' : *form);
	}
	challenge = encode(message.buf, message.len);
	strbuf_init(&answer, 4096);
	good = sasl_step(sasl, challenge, &answer, err);
	assert_true(good == (answer.len > 0));
	gsasl_free(challenge);
	strbuf_release(&answer);
	strbuf_release(&message);
	sasl_free(sasl);
	return good;
}

static void one_cheap_iteration_count_is_taken(void **state)
{
	static const char *const good[] = {
		"r=@server,s=c2FsdA==,i=4096",
		"r=@server,s=c2FsdA==,i=15000",
		"r=@server,s=c2FsdA==,i=4096,x=extension",
	};
	struct error err = { .class = ERROR_NONE };

	(void)state;
	FOR_ROWS (i, good)
		if (!accepts(good[i], &err))
			fail_msg("%s: %s", good[i], err.text);
}

static void anything_else_is_refused_unread(void **state)
{
	static const char *const bad[] = {
		"r=@server,s=c2FsdA==,i=15001",
		"r=@server,s=c2FsdA==,i=2147483647",
		"r=@server,s=c2FsdA==,i=18446744073709551617",
		"r=@server,s=c2FsdA==,i=2000000000,i=4096",
		"r=@server,s=c2FsdA==,i=4096,i=2000000000",
		"r=@server,s=c2FsdA==,i=4096,x=y,i=2000000000",
		"r=@server,i=4096,s=c2FsdA==",
		"i=4096,r=@server,s=c2FsdA==,i=2000000000",
		"m=x,r=@server,s=c2FsdA==,i=4096",
		"r=@server,s=c2FsdA==,i=4096,m=x",
		"r=@server,s=c2FsdA==,s=c2FsdA==,i=4096",
		"r=@server,r=@server,s=c2FsdA==,i=4096",
		"r=@server,s=c2FsdA==,i=0",
		"r=@server,s=c2FsdA==,i=-1",
		"r=@server,s=c2FsdA==,i=+4096",
		"r=@server,s=c2FsdA==,i= 4096",
		"r=@server,s=c2FsdA==,\ti=4096",
		"r=@server,s=c2FsdA==,i=0x1000",
		"r=@server,s=c2FsdA==,i=4096~",
		"r=@server,s=c2FsdA==,i=4096~,i=9",
		"r=@server,s=c2FsdA==,i=",
		"r=@server,s=c2FsdA==",
		"r=@server,s=,i=4096",
		"r=,s=c2FsdA==,i=4096",
		"r=@" LONG ",s=c2FsdA==,i=4096",
		"r=@server,s=" LONG ",i=4096",
		"r=@server,s=c2FsdA==,i=4096,x=" LONG,
		"",
	};
	struct error err;

	(void)state;
	FOR_ROWS (i, bad) {
		err = (struct error){ .class = ERROR_NONE };
		if (accepts(bad[i], &err))
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.class, ERROR_RETRY);
		if (!strstr(err.text, "one iteration count of at most 15000"))
			fail_msg("%s: %s", bad[i], err.text);
	}
}

/* Against GNU SASL's own server. */
static int server_property(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	(void)library;
	if (property != GSASL_PASSWORD)
		return GSASL_NO_CALLBACK;
	gsasl_property_set(session, GSASL_PASSWORD, PASSWORD);
	return GSASL_OK;
}

static void a_server_that_knows_the_password_is_believed(void **state)
{
	struct sasl *sasl = sasl_new(SASL_SCRAM_SHA_256, &identity);
	Gsasl_session *session;
	Gsasl *library;
	struct strbuf answer;
	struct error err;
	char *challenge = NULL;

	(void)state;
	assert_int_equal(gsasl_init(&library), GSASL_OK);
	gsasl_callback_set(library, server_property);
	assert_int_equal(gsasl_server_start(library, "SCRAM-SHA-256", &session), GSASL_OK);
	strbuf_init(&answer, 4096);
	assert_true(sasl_step(sasl, "", &answer, &err));
	for (int i = 0; i < 2; i++) {
		assert_false(sasl_is_complete(sasl));
		assert_int_equal(gsasl_step64(session, answer.buf, &challenge),
				 i == 0 ? GSASL_NEEDS_MORE : GSASL_OK);
		strbuf_reset(&answer);
		if (!sasl_step(sasl, challenge, &answer, &err))
			fail_msg("%s", err.text);
		gsasl_free(challenge);
	}
	assert_true(sasl_is_complete(sasl));
	strbuf_release(&answer);
	gsasl_finish(session);
	gsasl_done(library);
	sasl_free(sasl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cheap_iteration_count_is_taken),
		cmocka_unit_test(anything_else_is_refused_unread),
		cmocka_unit_test(a_server_that_knows_the_password_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_imap_login.c - every way to log in, and every way it fails
 *
 * SPDX-License-Identifier: MIT
 *
 * Against the Dovecot of imap-dovecot (IMAP_DOVECOT, IMAP_PORT), and against
 * scripted servers for what it would not do.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "mailbox/mailbox.h"
#include "tests/lib/imap_script.h"
#include "tests/lib/rows.h"

static const char *directory;
static uint16_t port;
static char ca_file[500], client_cert[500], client_key[500];

/* --- a source of tokens ------------------------------------------------------ */

struct tokens {
	const char *first, *fresh; /* before and after it was refused */
	unsigned asked, refused;
};

static bool get_token(void *context, bool refused, struct strbuf *token, struct error *err)
{
	struct tokens *tokens = context;
	const char *text = refused ? tokens->fresh : tokens->first;

	tokens->asked++;
	tokens->refused += refused;
	if (!text)
		return error_set(err, ERROR_RETRY, "no token to be had");
	strbuf_add_text(token, text);
	return true;
}

static const char *read_token(const char *name)
{
	static char text[2][2000];
	static unsigned turn;
	char path[600], *token = text[turn++ % 2];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(token, sizeof(text[0]), file));
	fclose(file);
	token[strcspn(token, "\n")] = '\0';
	return token;
}

/* --- Dovecot ------------------------------------------------------------------ */

static struct imap_settings settings_for(const char *user, enum mailbox_auth auth)
{
	return (struct imap_settings){
		.host = "localhost",
		.port = (uint16_t)(port + 1),
		.tls = MAILBOX_TLS_IMPLICIT,
		.ca_file = ca_file,
		.auth = auth,
		.user = user,
		.folder = "INBOX",
		.archive = "Archive",
		.max_mail_bytes = 1000,
		.timeout_ms = 10000,
	};
}

/* want is NULL for success, else in the text of the error. */
static void try_login(const struct imap_settings *settings, const char *want)
{
	struct mailbox *mailbox = imap_mailbox_new(settings);
	struct error err = { .class = ERROR_NONE };
	const bool good = mailbox->ops->open(mailbox, &err);

	if (good != !want || (want && !strstr(err.text, want)))
		fail_msg("auth %d: %s", (int)settings->auth, good ? "logged in" : err.text);
	if (!good)
		assert_int_equal(err.class, ERROR_RETRY);
	mailbox->ops->free(mailbox);
}

static void passwords(void **state)
{
	static const struct {
		const char *user, *password;
		enum mailbox_auth auth;
		enum mailbox_tls tls;
		const char *want;
	} cases[] = {
		{ "login1", "secret", MAILBOX_AUTH_AUTO, MAILBOX_TLS_IMPLICIT, NULL },
		{ "login1", "secret", MAILBOX_AUTH_LOGIN, MAILBOX_TLS_IMPLICIT, NULL },
		{ "login1", "secret", MAILBOX_AUTH_PLAIN, MAILBOX_TLS_IMPLICIT, NULL },
		{ "login1", "wrong", MAILBOX_AUTH_LOGIN, MAILBOX_TLS_IMPLICIT, "check user and" },
		{ "login1", "wrong", MAILBOX_AUTH_PLAIN, MAILBOX_TLS_IMPLICIT, "check user and" },
		{ "scram1", "geheim", MAILBOX_AUTH_SCRAM_SHA_256, MAILBOX_TLS_IMPLICIT, NULL },
		{ "scram1", "wrong", MAILBOX_AUTH_SCRAM_SHA_256, MAILBOX_TLS_IMPLICIT,
		  "check user and" },
		{ "scram2", "geheim", MAILBOX_AUTH_SCRAM_SHA_256, MAILBOX_TLS_IMPLICIT,
		  "check user and" },
		/* In the clear the password is hidden; the server knows none to PLAIN. */
		{ "scram1", "geheim", MAILBOX_AUTH_AUTO, MAILBOX_TLS_NONE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct imap_settings settings = settings_for(cases[i].user, cases[i].auth);

		settings.password = cases[i].password;
		settings.tls = cases[i].tls;
		if (cases[i].tls == MAILBOX_TLS_NONE) {
			settings.host = "127.0.1.1";
			settings.port = port;
		}
		try_login(&settings, cases[i].want);
	}
}

static void tokens(void **state)
{
	static const enum mailbox_auth ways[] = { MAILBOX_AUTH_AUTO, MAILBOX_AUTH_XOAUTH2,
						  MAILBOX_AUTH_OAUTHBEARER };
	const char *good = read_token("token-good"), *expired = read_token("token-expired");

	(void)state;
	FOR_ROWS (i, ways) {
		struct imap_settings settings = settings_for("tokened", ways[i]);
		struct tokens source = { good, NULL, 0, 0 };

		settings.token = get_token;
		settings.token_context = &source;
		try_login(&settings, NULL);
		assert_int_equal(source.asked, 1);

		/* Run out: a fresh one on the same connection. */
		source = (struct tokens){ expired, good, 0, 0 };
		try_login(&settings, NULL);
		assert_int_equal(source.asked, 2);
		assert_int_equal(source.refused, 1);

		/* Once, and not for ever. */
		source = (struct tokens){ expired, "bogus", 0, 0 };
		try_login(&settings, "the token is refused");
		assert_int_equal(source.asked, 2);

		source = (struct tokens){ expired, NULL, 0, 0 };
		try_login(&settings, "no token to be had");

		/* Somebody else's. */
		settings.user = "other";
		source = (struct tokens){ good, good, 0, 0 };
		try_login(&settings, "the token is refused");
	}
}

/* What a mailbox learned is not forgotten with the connection. */
static void a_refused_token_is_not_shown_again(void **state)
{
	struct imap_settings settings = settings_for("tokened", MAILBOX_AUTH_AUTO);
	struct tokens source = { read_token("token-expired"), "bogus", 0, 0 };
	struct mailbox *mailbox = imap_mailbox_new(&settings);
	struct error err;

	(void)state;
	settings.token = get_token;
	settings.token_context = &source;
	assert_false(mailbox->ops->open(mailbox, &err));
	mailbox->ops->close(mailbox);
	source = (struct tokens){ "bogus", read_token("token-good"), 0, 0 };
	assert_true(mailbox->ops->open(mailbox, &err));
	assert_int_equal(source.asked, 1);
	assert_int_equal(source.refused, 1);
	mailbox->ops->close(mailbox);
	source = (struct tokens){ read_token("token-good"), NULL, 0, 0 };
	assert_true(mailbox->ops->open(mailbox, &err));
	mailbox->ops->free(mailbox);
}

static void client_certificates(void **state)
{
	struct imap_settings settings = settings_for("certified", MAILBOX_AUTH_AUTO);

	(void)state;
	settings.host = "127.0.1.8";
	settings.client_cert_file = client_cert;
	settings.client_key_file = client_key;
	try_login(&settings, NULL);
	settings.auth = MAILBOX_AUTH_EXTERNAL;
	try_login(&settings, NULL);
	settings.user = "other";
	try_login(&settings, "login");
	/* Where nobody asks for it, it is no identity. */
	settings.user = "certified";
	settings.host = "localhost";
	try_login(&settings, "login");
	settings.client_key_file = ca_file;
	try_login(&settings, "client_key_file");
}

/* --- scripted servers ---------------------------------------------------------- */

#define END                                   \
	{                                     \
		NULL, NULL, IMAP_SCRIPT_GO_ON \
	}
#define OFFERS(words)                                                                   \
	{                                                                               \
		"CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE " words "\r\n$ OK done\r\n", \
			IMAP_SCRIPT_GO_ON                                               \
	}

struct login_case {
	const char *name;
	enum mailbox_auth auth;
	bool token;
	struct imap_rule rules[6];
	const char *want; /* in the text of the error; NULL: logged in */
	const char *sent; /* and this is what was sent, or the secret was not */
};

static void odd_servers(void **state)
{
	static const struct login_case cases[] = {
		{ "PLAIN at once",
		  MAILBOX_AUTH_AUTO,
		  false,
		  { OFFERS("AUTH=PLAIN SASL-IR"), END },
		  NULL,
		  "AUTHENTICATE PLAIN AHJlcG9ydHMAb3Blbi1zZXNhbWU=\r\n" },
		{ "PLAIN when asked",
		  MAILBOX_AUTH_AUTO,
		  false,
		  { OFFERS("AUTH=PLAIN"),
		    { "AUTHENTICATE", "+\r\n", IMAP_SCRIPT_GO_ON },
		    { "AHJl", "login OK done\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  NULL,
		  "AUTHENTICATE PLAIN\r\nAHJlcG9ydHMAb3Blbi1zZXNhbWU=\r\n" },
		{ "XOAUTH2 at once",
		  MAILBOX_AUTH_AUTO,
		  true,
		  { OFFERS("AUTH=XOAUTH2 AUTH=PLAIN SASL-IR"), END },
		  NULL,
		  "XOAUTH2 dXNlcj1yZXBvcnRzAWF1dGg9QmVhcmVyIG9wZW4tc2VzYW1lAQE=\r\n" },
		{ "two steps of XOAUTH2",
		  MAILBOX_AUTH_XOAUTH2,
		  true,
		  { OFFERS("AUTH=XOAUTH2 SASL-IR"),
		    { "AUTHENTICATE", "+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", IMAP_SCRIPT_GO_ON },
		    { "\r\n", "login NO [AUTHENTICATIONFAILED] no\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "the token is refused ({\"status\":\"400\"})",
		  "AQE=\r\n\r\n" },
		{ "two steps of OAUTHBEARER",
		  MAILBOX_AUTH_OAUTHBEARER,
		  true,
		  { OFFERS("AUTH=OAUTHBEARER SASL-IR"),
		    { "AUTHENTICATE", "+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n",
		      IMAP_SCRIPT_GO_ON },
		    { "AQ==", "login NO no\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "the token is refused ({\"status\":\"invalid_token\"})",
		  "\r\nAQ==\r\n" },
		/* Exchange, and Dovecot 2.4 for the token of another user. */
		{ "a refusal of a token without a challenge",
		  MAILBOX_AUTH_XOAUTH2,
		  true,
		  { OFFERS("AUTH=XOAUTH2 SASL-IR"),
		    { "AUTHENTICATE", "login NO AUTHENTICATE failed.\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "the token is refused (without a reason)",
		  NULL },
		{ "a third step",
		  MAILBOX_AUTH_XOAUTH2,
		  true,
		  { OFFERS("AUTH=XOAUTH2 SASL-IR"),
		    { "AUTHENTICATE", "+ e30=\r\n", IMAP_SCRIPT_GO_ON },
		    { "\r\n", "+ e30=\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "more than a token",
		  "AQE=\r\n\r\n" },
		{ "steps of PLAIN without end",
		  MAILBOX_AUTH_PLAIN,
		  false,
		  { OFFERS("AUTH=PLAIN SASL-IR"),
		    { "AUTHENTICATE", "+ e30=\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "more than PLAIN has",
		  NULL },
		{ "no token mechanism",
		  MAILBOX_AUTH_AUTO,
		  true,
		  { OFFERS("AUTH=PLAIN"), END },
		  "does not offer AUTH=XOAUTH2",
		  NULL },
		{ "no SCRAM",
		  MAILBOX_AUTH_SCRAM_SHA_256,
		  false,
		  { OFFERS("AUTH=PLAIN"), END },
		  "does not offer AUTH=SCRAM-SHA-256",
		  NULL },
		{ "SCRAM that says OK at once",
		  MAILBOX_AUTH_SCRAM_SHA_256,
		  false,
		  { OFFERS("AUTH=SCRAM-SHA-256 SASL-IR"),
		    { "AUTHENTICATE", "login OK welcome\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "without having proved",
		  NULL },
		{ "SCRAM with a nonce of its own",
		  MAILBOX_AUTH_SCRAM_SHA_256,
		  false,
		  { OFFERS("AUTH=SCRAM-SHA-256 SASL-IR"),
		    { "AUTHENTICATE", "+ cj1ub25jZSxzPWMyRnNkQT09LGk9NDA5Ng==\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "SCRAM-SHA-256",
		  NULL },
		{ "SCRAM with 4294967295 iterations",
		  MAILBOX_AUTH_SCRAM_SHA_256,
		  false,
		  { OFFERS("AUTH=SCRAM-SHA-256 SASL-IR"),
		    { "AUTHENTICATE", "+ cj1ub25jZSxzPWMyRnNkQT09LGk9NDI5NDk2NzI5NQ==\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "one iteration count of at most 15000",
		  NULL },
		{ "LOGINDISABLED",
		  MAILBOX_AUTH_LOGIN,
		  false,
		  { OFFERS("AUTH=PLAIN LOGINDISABLED"), END },
		  "LOGINDISABLED",
		  NULL },
		{ "junk instead of an answer",
		  MAILBOX_AUTH_PLAIN,
		  false,
		  { OFFERS("AUTH=PLAIN"), { "AUTHENTICATE", "what?\r\n", IMAP_SCRIPT_GO_ON }, END },
		  "is not IMAP",
		  NULL },
		{ "lines without end",
		  MAILBOX_AUTH_PLAIN,
		  false,
		  { OFFERS("AUTH=PLAIN"),
		    { "AUTHENTICATE", "* OK wait\r\n", IMAP_SCRIPT_REPEAT },
		    END },
		  "too many words",
		  NULL },
		{ "BYE",
		  MAILBOX_AUTH_PLAIN,
		  false,
		  { OFFERS("AUTH=PLAIN"),
		    { "AUTHENTICATE", "* BYE too many\r\n", IMAP_SCRIPT_HANG_UP },
		    END },
		  "too many",
		  NULL },
		{ "another tag",
		  MAILBOX_AUTH_PLAIN,
		  false,
		  { OFFERS("AUTH=PLAIN"),
		    { "AUTHENTICATE", "x1 OK done\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "x1 OK",
		  NULL },
		{ "unavailable",
		  MAILBOX_AUTH_PLAIN,
		  false,
		  { OFFERS("AUTH=PLAIN SASL-IR"),
		    { "AUTHENTICATE", "login NO [UNAVAILABLE] later\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "temporarily unavailable",
		  "PLAIN A" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct login_case *c = &cases[i];
		const struct imap_script script = { .rules = c->rules };
		struct tokens source = { "open-sesame", "open-sesame", 0, 0 };
		struct imap_settings settings;
		struct imap_server server;
		struct mailbox *mailbox;
		struct error err = { .class = ERROR_NONE };
		const int64_t start = clock_ms();
		bool good;

		imap_server_start(&server, &script);
		settings = (struct imap_settings){
			.host = "127.0.0.1",
			.port = server.port,
			.tls = MAILBOX_TLS_NONE,
			.auth = c->auth,
			.user = "reports",
			.folder = "INBOX",
			.archive = "Archive",
			.max_mail_bytes = 1000,
			.timeout_ms = 30000,
		};
		if (c->token)
			settings.token = get_token;
		else
			settings.password = "open-sesame";
		settings.token_context = &source;
		mailbox = imap_mailbox_new(&settings);
		good = mailbox->ops->open(mailbox, &err);
		mailbox->ops->free(mailbox);
		if (good != !c->want || (c->want && !strstr(err.text, c->want)))
			fail_msg("%s: %s", c->name, good ? "logged in" : err.text);
		if (!good)
			assert_int_equal(err.class, ERROR_RETRY);
		if (c->sent && !strstr(server.received, c->sent))
			fail_msg("%s: sent %s", c->name, server.received);
		if (!c->sent && (strstr(server.received, "open-sesame")))
			fail_msg("%s: sent %s", c->name, server.received);
		if (clock_ms() - start > 30000)
			fail_msg("%s: took %lld ms", c->name, (long long)(clock_ms() - start));
		imap_server_stop(&server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords),
		cmocka_unit_test(tokens),
		cmocka_unit_test(a_refused_token_is_not_shown_again),
		cmocka_unit_test(client_certificates),
		cmocka_unit_test(odd_servers),
	};

	directory = getenv("IMAP_DOVECOT");
	if (!directory) {
		fprintf(stderr, "test_imap_login: IMAP_DOVECOT is not set; use make check-imap\n");
		return 1;
	}
	port = (uint16_t)(getenv("IMAP_PORT") ? atoi(getenv("IMAP_PORT")) : 21143);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", directory);
	snprintf(client_cert, sizeof(client_cert), "%s/client.pem", directory);
	snprintf(client_key, sizeof(client_key), "%s/client.key", directory);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

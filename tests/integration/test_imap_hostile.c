/* test_imap_hostile.c - IMAP servers that break the rules
 *
 * SPDX-License-Identifier: MIT
 *
 * IMAP_DOVECOT names the directory of imap-dovecot: its certificate is
 * borrowed for a server with an old TLS.
 *
 * Every case a release must pass, and the test that has it:
 *
 * certificate: wrong name, unknown issuer, expired    test_imap: bad_certificates_are_refused
 * TLS 1.1 only                                        old_tls_is_refused
 * plain text on the TLS port, STARTTLS injection,
 *   stripping, refusal, PREAUTH before it,
 *   LOGINDISABLED                                     tls_is_never_talked_away
 * implicit TLS on the plain port                      test_imap: wrong_settings_are_named
 * STARTTLS on the TLS port; greeting: BYE, silence,
 *   drops, no end, none; EOF between lines and in a
 *   literal; literals of 4 GiB, 2^32 + 5, 60 MB; a
 *   line without end; flood of EXISTS; literals that
 *   hide what follows; NAMESPACE cut; ESEARCH; wrong
 *   tag; BYE in a command; nesting; nonsense numbers;
 *   read-only                                         broken_answers_end_in_retry
 * FETCH: NIL, quoted, empty, NUL bytes, UID last,
 *   unasked FLAGS, foreign UIDs, NO after data, none;
 *   VANISHED; unknown untagged lines; bare LF; no or huge UIDVALIDITY;
 *   2^32-1 mails; PREAUTH; ALREADYEXISTS              odd_answers_are_understood
 * UIDVALIDITY changed over a reconnect                another_uidvalidity_is_another_folder
 * first of two addresses dead                         the_next_address_is_tried
 * CR LF in credentials and folder names               a_control_character_never_leaves_us
 * target missing                                      a_missing_target_is_created_again
 * EXISTS before +, with +, later; BYE in IDLE; IDLE
 *   refused, broken off, not offered                  every_way_of_waiting, idle_is_renewed
 * file gone, mail gone                                test_imap: a_lost_file_hides_no_other_mail,
 *                                                       vanished_mail_is_no_error
 * no MOVE, no UIDPLUS, over quota                     test_imap_settle: odd_answers_to_settling,
 *                                                       over_quota_keeps_the_mail
 * token expired, bogus, run out                       test_imap_login: tokens,
 *                                                       a_refused_token_is_not_shown_again
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
#include "mailbox/mailbox.h"
#include "tests/lib/imap_script.h"
#include "tests/lib/rows.h"

#define PASSWORD "open-sesame"
#define SHORT_MS 400
#define PATIENCE_MS 30000
#define END                                   \
	{                                     \
		NULL, NULL, IMAP_SCRIPT_GO_ON \
	}

/* A server that has nothing more to say is soon given up. */
static int64_t timeout_for(const char *want)
{
	return strstr(want, "silent for") || strstr(want, "took too long") ? SHORT_MS : PATIENCE_MS;
}

static struct imap_settings settings_for(const struct imap_server *server, enum mailbox_tls tls)
{
	return (struct imap_settings){
		.host = "127.0.0.1",
		.port = server->port,
		.tls = tls,
		.user = "reports",
		.password = PASSWORD,
		.folder = "INBOX",
		.archive = "Archive",
		.max_mail_bytes = 1000,
		.timeout_ms = PATIENCE_MS,
	};
}

/* Reads to the end; gives the number of mails, or -1 with err. */
static int drain_round(struct mailbox *mailbox, struct error *err)
{
	const struct mail *mail;
	int count = 0;

	for (;; count++) {
		if (!mailbox->ops->next(mailbox, &mail, err))
			return -1;
		if (!mail)
			return count;
		assert_null(mail->unreadable);
	}
}

static int drain(struct mailbox *mailbox, struct error *err)
{
	return mailbox->ops->open(mailbox, err) ? drain_round(mailbox, err) : -1;
}

struct hostile_case {
	const char *name;
	struct imap_rule rules[4];
	enum mailbox_tls tls;
	const char *want; /* in the text of the error */
};

/* Ends with RETRY and the text, soon, and never with the password sent. */
static void expect_refusal(const struct hostile_case *c, bool may_see_password)
{
	const struct imap_script script = { .rules = c->rules };
	struct imap_settings settings;
	struct imap_server server;
	struct mailbox *mailbox;
	struct error err = { .class = ERROR_NONE };
	const int64_t start = clock_ms();
	int count;

	imap_server_start(&server, &script);
	settings = settings_for(&server, c->tls);
	settings.timeout_ms = timeout_for(c->want);
	mailbox = imap_mailbox_new(&settings);
	count = drain(mailbox, &err);
	mailbox->ops->free(mailbox);
	if (count >= 0 || err.class != ERROR_RETRY || !strstr(err.text, c->want))
		fail_msg("%s: %d mails, class %d: %s", c->name, count, (int)err.class, err.text);
	if (!may_see_password)
		assert_null(strstr(server.received, PASSWORD));
	if (clock_ms() - start > PATIENCE_MS)
		fail_msg("%s: took %lld ms", c->name, (long long)(clock_ms() - start));
	imap_server_stop(&server);
}

#define DEEP "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("

static void tls_is_never_talked_away(void **state)
{
	static const struct hostile_case cases[] = {
		{ "plain text on the TLS port",
		  { END },
		  MAILBOX_TLS_IMPLICIT,
		  "set tls = starttls" },
		{ "STARTTLS stripped",
		  { { "STARTTLS", "$ BAD unknown command\r\n", IMAP_SCRIPT_GO_ON }, END },
		  MAILBOX_TLS_STARTTLS,
		  "does not offer it" },
		{ "no end of words before the answer",
		  { { "STARTTLS", "* OK wait\r\n", IMAP_SCRIPT_REPEAT }, END },
		  MAILBOX_TLS_STARTTLS,
		  "STARTTLS" },
		{ "an answer that breaks a parser",
		  { { "STARTTLS",
		      "* STATUS {29}\r\n\r\n* 1 FETCH (FLAGS {900000}\r\n (MESSAGES 1)\r\n"
		      "* 1 FETCH (BODYSTRUCTURE " DEEP DEEP "\r\n$ NO no\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  MAILBOX_TLS_STARTTLS,
		  "says NO" },
		{ "PREAUTH",
		  { { NULL, "* PREAUTH welcome\r\n", IMAP_SCRIPT_GO_ON }, END },
		  MAILBOX_TLS_STARTTLS,
		  "PREAUTH" },
		{ "STARTTLS refused",
		  { { "STARTTLS", "$ NO not today\r\n", IMAP_SCRIPT_GO_ON }, END },
		  MAILBOX_TLS_STARTTLS,
		  "not today" },
		{ "STARTTLS injection",
		  { { "STARTTLS", "$ OK go\r\n* CAPABILITY IMAP4rev1 MOVE AUTH=PLAIN\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  MAILBOX_TLS_STARTTLS,
		  "plain text follows" },
		{ "plain text after STARTTLS",
		  { { "STARTTLS", "$ OK go\r\n", IMAP_SCRIPT_HANG_UP }, END },
		  MAILBOX_TLS_STARTTLS,
		  "closed the connection" },
		{ "LOGINDISABLED",
		  { { "CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED MOVE\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  MAILBOX_TLS_NONE,
		  "LOGINDISABLED" },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect_refusal(&cases[i], false);
}

static void old_tls_is_refused(void **state)
{
	const char *directory = getenv("IMAP_DOVECOT");
	char certificate[500], key[500], ca[500];
	struct imap_script script = {
		.tls_priorities =
			"NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT:%VERIFY_ALLOW_SIGN_WITH_SHA1",
		.certificate = certificate,
		.key = key,
	};
	struct imap_settings settings;
	struct imap_server server;
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	if (!directory)
		skip();
	snprintf(certificate, sizeof(certificate), "%s/good-chain.pem", directory);
	snprintf(key, sizeof(key), "%s/good.key", directory);
	snprintf(ca, sizeof(ca), "%s/ca.pem", directory);
	imap_server_start(&server, &script);
	settings = settings_for(&server, MAILBOX_TLS_IMPLICIT);
	settings.host = "localhost";
	settings.ca_file = ca;
	mailbox = imap_mailbox_new(&settings);
	assert_int_equal(drain(mailbox, &err), -1);
	if (!strstr(err.text, "no TLS 1.2 or newer"))
		fail_msg("%s", err.text);
	mailbox->ops->free(mailbox);
	imap_server_stop(&server);

	/* The same server with TLS 1.2 is believed: it was the version. */
	script.tls_priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2";
	imap_server_start(&server, &script);
	settings.port = server.port;
	mailbox = imap_mailbox_new(&settings);
	assert_int_equal(drain(mailbox, &err), -1);
	assert_non_null(strstr(err.text, "greeting"));
	mailbox->ops->free(mailbox);
	imap_server_stop(&server);
}

#define RULE(word, reply)                               \
	{                                               \
		{ word, reply, IMAP_SCRIPT_GO_ON }, END \
	}
#define RULE_THEN(word, reply, then)       \
	{                                  \
		{ word, reply, then }, END \
	}

#define RULES_OF_NAMESPACE(reply, then)                                                   \
	{                                                                                 \
		{ "CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE NAMESPACE\r\n$ OK done\r\n", \
		  IMAP_SCRIPT_GO_ON },                                                    \
			{ "NAMESPACE", reply, then }, END                                 \
	}

static void broken_answers_end_in_retry(void **state)
{
	static const struct hostile_case cases[] = {
		{ "BYE as greeting", RULE_THEN(NULL, "* BYE too busy\r\n", IMAP_SCRIPT_HANG_UP),
		  MAILBOX_TLS_NONE, "greeting: the server says BYE: too busy" },
		{ "end at the greeting", RULE_THEN(NULL, "", IMAP_SCRIPT_HANG_UP), MAILBOX_TLS_NONE,
		  "closed the connection" },
		{ "silence", RULE(NULL, ""), MAILBOX_TLS_NONE, "silent for" },
		{ "no IMAP", RULE(NULL, "220 mail.example.org ESMTP\r\n"), MAILBOX_TLS_NONE,
		  "greeting" },
		{ "greeting without end",
		  RULE_THEN(NULL, "* OK welcome and welcome and ", IMAP_SCRIPT_REPEAT),
		  MAILBOX_TLS_NONE, "too long" },
		{ "greeting in drops",
		  RULE_THEN(NULL,
			    "* OK wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
			    "wwwwwwwwwwwwwwwwwwwwwwwwwwwww\r\n",
			    IMAP_SCRIPT_DRIP),
		  MAILBOX_TLS_NONE, "took too long" },
		{ "TLS instead of a greeting",
		  RULE_THEN(NULL, "\x15\x03\x03\x01\x02\x02\x16", IMAP_SCRIPT_HANG_UP),
		  MAILBOX_TLS_STARTTLS, "tls = implicit" },
		{ "end between lines", RULE_THEN("SELECT", "* 2 EXISTS\r\n", IMAP_SCRIPT_HANG_UP),
		  MAILBOX_TLS_NONE, "closed the connection" },
		{ "ESEARCH instead of SEARCH",
		  RULE("SEARCH", "* ESEARCH (TAG \"$\") UID ALL 11:12 x\r\n$ OK done\r\n"),
		  MAILBOX_TLS_NONE, "searching" },
		{ "a literal in LIST", RULE("LIST", "* LIST () \"/\" {99999999}\r\n"),
		  MAILBOX_TLS_NONE, "more bytes than" },
		{ "a prefix no folder can have",
		  RULES_OF_NAMESPACE("* NAMESPACE ((\"\x7f.\" \".\")) NIL NIL\r\n$ OK done\r\n",
				     IMAP_SCRIPT_GO_ON),
		  MAILBOX_TLS_NONE, "prefix" },
		{ "wrong password", RULE("LOGIN", "$ NO [AUTHENTICATIONFAILED] no\r\n"),
		  MAILBOX_TLS_NONE, "check user and password_file" },
		{ "BYE in a command",
		  RULE_THEN("SELECT", "* BYE shutting down\r\n", IMAP_SCRIPT_HANG_UP),
		  MAILBOX_TLS_NONE, "selecting the folder: the server says BYE: shutting down" },
		{ "wrong tag", RULE("SELECT", "zz OK done\r\n"), MAILBOX_TLS_NONE, "selecting" },
		{ "no such folder", RULE("SELECT", "$ NO [NONEXISTENT] none\r\n"), MAILBOX_TLS_NONE,
		  "check folder" },
		{ "read-only folder", RULE("SELECT", "* 0 EXISTS\r\n$ OK [READ-ONLY] done\r\n"),
		  MAILBOX_TLS_NONE, "may only read" },
		{ "flood of EXISTS",
		  RULE_THEN("SELECT", "* 1 EXISTS\r\n* 2 EXISTS\r\n", IMAP_SCRIPT_REPEAT),
		  MAILBOX_TLS_NONE, "selecting" },
		{ "endless line",
		  RULE_THEN("SELECT", "* OK xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", IMAP_SCRIPT_REPEAT),
		  MAILBOX_TLS_NONE, "too long" },
		{ "drip",
		  RULE_THEN("SEARCH",
			    "* SEARCH 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 "
			    "28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43\r\n",
			    IMAP_SCRIPT_DRIP),
		  MAILBOX_TLS_NONE, "took too long" },
		{ "a UID that is none", RULE("SEARCH", "* SEARCH 11 x\r\n$ OK done\r\n"),
		  MAILBOX_TLS_NONE, "searching: the server's answer is not IMAP" },
		{ "a literal of STATUS that hides its end",
		  RULE("CAPABILITY",
		       "* STATUS {29}\r\n\r\n* 1 FETCH (FLAGS {900000}\r\n (MESSAGES 1)\r\n"
		       "* 1 FETCH (BODYSTRUCTURE " DEEP "\r\n"),
		  MAILBOX_TLS_NONE, "nested too deeply" },
		{ "the same behind LIST",
		  RULE("LIST", "* STATUS {29}\r\n\r\n* 1 FETCH (FLAGS {900000}\r\n (MESSAGES 1)\r\n"
			       "* 1 FETCH (BODYSTRUCTURE " DEEP "\r\n"),
		  MAILBOX_TLS_NONE, "nested too deeply" },
		{ "a literal with a blank in its size",
		  RULE("LIST", "* LIST () \"/\" {29 }\r\n\r\n* 1 FETCH (FLAGS {900000}\r\n\r\n"
			       "* 1 FETCH (BODYSTRUCTURE " DEEP "\r\n"),
		  MAILBOX_TLS_NONE, "more bytes than" },
		{ "a literal of NAMESPACE that hides its end",
		  RULES_OF_NAMESPACE(
			  "* NAMESPACE (({29}\r\n\r\n* 1 FETCH (FLAGS {900000}\r\n \"/\")) "
			  "NIL NIL\r\n* 1 FETCH (BODYSTRUCTURE " DEEP "\r\n",
			  IMAP_SCRIPT_GO_ON),
		  MAILBOX_TLS_NONE, "nested too deeply" },
		{ "4 GiB of NAMESPACE",
		  RULES_OF_NAMESPACE("* NAMESPACE (({4294967290}\r\nabc", IMAP_SCRIPT_GO_ON),
		  MAILBOX_TLS_NONE, "more bytes than" },
		{ "NAMESPACE cut in a literal",
		  RULES_OF_NAMESPACE("* NAMESPACE (({3}\r\na", IMAP_SCRIPT_HANG_UP),
		  MAILBOX_TLS_NONE, "closed the connection" },
		{ "NAMESPACE cut behind a literal",
		  RULES_OF_NAMESPACE("* NAMESPACE (({3}\r\nabc \"/\") (", IMAP_SCRIPT_HANG_UP),
		  MAILBOX_TLS_NONE, "closed the connection" },
		{ "NAMESPACE cut in a string",
		  RULES_OF_NAMESPACE("* NAMESPACE ((\"\" \"/\" \"X\" (\"y\"", IMAP_SCRIPT_HANG_UP),
		  MAILBOX_TLS_NONE, "closed the connection" },
	};

	(void)state;
	FOR_ROWS (i, cases)
		expect_refusal(&cases[i], true);
}

#define ONLY_OTHER                                                                      \
	{                                                                               \
		"BODY.PEEK", "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n", \
			IMAP_SCRIPT_GO_ON                                               \
	}
#define OVER_THE_LIMIT                                                          \
	{                                                                       \
		"RFC822.SIZE",                                                  \
			"* 1 FETCH (UID 11 RFC822.SIZE 1001)\r\n"               \
			"* 2 FETCH (UID 12 RFC822.SIZE 1000)\r\n$ OK done\r\n", \
			IMAP_SCRIPT_GO_ON                                       \
	}

/* What comes of the two mails, "uid=text" each; "!" for a trouble. */
static void odd_answers_are_understood(void **state)
{
	static const struct {
		const char *name;
		struct imap_rule rules[4];
		const char *want;
	} cases[] = {
		{ "as it should be", { END }, "11=first 12=other " },
		/* Broken in the middle of each mail. */
		{ "literal of 60 MB", RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {60000000}\r\n"),
		  "11> 12> " },
		{ "literal of 4 GiB",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {4294967295}\r\n"), "11> 12> " },
		{ "literal of 2^32 + 5",
		  RULE("BODY.PEEK",
		       "* 1 FETCH (UID 11 BODY[] {4294967301}\r\nfirst)\r\n$ OK x\r\n"),
		  "11> 12> " },
		{ "end in a literal",
		  RULE_THEN("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {5}\r\nfi", IMAP_SCRIPT_HANG_UP),
		  "11! 12! " },
		{ "silence in a literal", RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {5}\r\nfi"),
		  "11! 12! " },
		{ "deep nesting unasked",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODYSTRUCTURE " DEEP "\r\n$ OK done\r\n"),
		  "11! 12! " },
		{ "sizes that break the connection",
		  RULE("RFC822.SIZE", "* 1 FETCH (UID x RFC822.SIZE 5)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "sizes that are refused", RULE("RFC822.SIZE", "$ BAD what?\r\n"),
		  "11=first 12=other " },
		{ "sizes that are none",
		  RULE("RFC822.SIZE", "* 1 FETCH (UID 11 RFC822.SIZE x)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "UID after the body",
		  RULE("BODY.PEEK", "* 1 FETCH (BODY[] {5}\r\nfirst UID 11)\r\n"
				    "* 2 FETCH (BODY[] {5}\r\nother UID 12)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "the wrong way round",
		  RULE("BODY.PEEK", "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n"
				    "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "flags unasked",
		  RULE("BODY.PEEK", "* 1 FETCH (FLAGS (\\Seen))\r\n"
				    "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst)\r\n"
				    "* 2 FETCH (UID 12 FLAGS ())\r\n* 3 EXISTS\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "a UID nobody asked for",
		  RULE("BODY.PEEK", "* 3 FETCH (UID 13 BODY[] {5}\r\nthird)\r\n"
				    "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "no UID",
		  RULE("BODY.PEEK", "* 1 FETCH (BODY[] {5}\r\nfirst)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11! 12=other " },
		{ "the same mail twice",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst)\r\n"
				    "* 1 FETCH (UID 11 BODY[] {5}\r\nagain)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "NIL",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] NIL)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11! 12=other " },
		{ "quoted",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] \"first\")\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "OK without text",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n"
				    "$ OK \r\n"),
		  "11=first 12=other " },
		{ "a NUL in a body, after which nothing is printed",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {5}\r\nfi\x01"
				    "st)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11=fi 12=other " },
		{ "empty mail",
		  { { "RFC822.SIZE",
		      "* 1 FETCH (UID 11 RFC822.SIZE 0)\r\n* 2 FETCH (UID 12 RFC822.SIZE 5)\r\n"
		      "$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    { "BODY.PEEK",
		      "* 1 FETCH (UID 11 BODY[] {0}\r\n)\r\n"
		      "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "11= 12=other " },
		{ "vanished before the sizes",
		  { { "RFC822.SIZE", "* 2 FETCH (UID 12 RFC822.SIZE 5)\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    ONLY_OTHER,
		    { "SEARCH UID 11", "* SEARCH\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "12=other " },
		{ "vanished before the bodies",
		  { ONLY_OTHER,
		    { "SEARCH UID 11", "* SEARCH\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  "12=other " },
		{ "not there when asked for", { ONLY_OTHER, END }, "11! 12=other " },
		{ "no size and no body",
		  { { "RFC822.SIZE", "* 2 FETCH (UID 12 RFC822.SIZE 5)\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    { "BODY.PEEK",
		      "* 1 FETCH (UID 11 BODY[] NIL)\r\n* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n"
		      "$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "11! 12=other " },
		{ "a body of no bytes, against its size",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {0}\r\n)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11! 12=other " },
		{ "NO after part of the data",
		  RULE("BODY.PEEK",
		       "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ NO [SERVERBUG] oops\r\n"),
		  "11! 12=other " },
		{ "one mail the server cannot read",
		  { { "11 (UID BODY.PEEK", "$ NO [SERVERBUG] oops\r\n", IMAP_SCRIPT_GO_ON },
		    { "BODY.PEEK", "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ NO oops\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "11! 12=other " },
		{ "larger than its size",
		  RULE("RFC822.SIZE",
		       "* 1 FETCH (UID 11 RFC822.SIZE 1)\r\n* 2 FETCH (UID 12 RFC822.SIZE 1)\r\n"
		       "$ OK done\r\n"),
		  "11=first 12=other " },
		{ "over the limit",
		  { OVER_THE_LIMIT,
		    { "[]<1000.1>", "* 1 FETCH (UID 11 BODY[]<1000> {1}\r\nx)\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "11> 12=other " },
		{ "over the limit, and no parts",
		  { OVER_THE_LIMIT, { "[]<1000.1>", "$ BAD what?\r\n", IMAP_SCRIPT_GO_ON }, END },
		  "11> 12=other " },
		{ "over the limit by its word alone",
		  { OVER_THE_LIMIT,
		    { "[]<1000.1>", "* 1 FETCH (UID 11 BODY[]<1000> {0}\r\n)\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "11=first 12=other " },
		{ "the same, and nothing instead",
		  { OVER_THE_LIMIT,
		    { "[]<1000.1>", "* 1 FETCH (UID 11 BODY[]<1000> NIL)\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "11=first 12=other " },
		{ "the same of a server that knows no parts",
		  { OVER_THE_LIMIT, END },
		  "11=first 12=other " },
		{ "no mails at all", RULE("SELECT", "* 0 EXISTS\r\n$ OK [READ-WRITE] done\r\n"),
		  "" },
		{ "UIDs twice and in disorder",
		  RULE("SEARCH", "* SEARCH 12 11 12\r\n$ OK done\r\n"), "11=first 12=other " },
		{ "no UID found", RULE("SEARCH", "* SEARCH\r\n$ OK done\r\n"), "" },
		{ "4294967295 mails",
		  RULE("SELECT", "* 4294967295 EXISTS\r\n$ OK [READ-WRITE] done\r\n"),
		  "11=first 12=other " },
		{ "a negative number", RULE("SELECT", "* -2 EXISTS\r\n$ OK [READ-WRITE] done\r\n"),
		  "" },
		{ "no UIDVALIDITY", RULE("SELECT", "* 2 EXISTS\r\n$ OK [READ-WRITE] done\r\n"),
		  "11=first 12=other " },
		{ "a UIDVALIDITY that is too large",
		  RULE("SELECT", "* 2 EXISTS\r\n* OK [UIDVALIDITY 99999999999] big\r\n"
				 "$ OK [READ-WRITE] done\r\n"),
		  "11=first 12=other " },
		{ "unknown untagged lines",
		  RULE("SEARCH",
		       "* WHATEVER 1 (2) {3}\r\na\r\n\r\n* STATUS {1}\r\nx (MESSAGES 1)\r\n"
		       "* 2 WHATEVER\r\n* SEARCH 11 12\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "an unasked structure",
		  RULE("BODY.PEEK",
		       "* 1 FETCH (UID 11 BODYSTRUCTURE ((\"a\" (\"b\" {1}\r\n)) NIL) 1) "
		       "BODY[] {5}\r\nfirst)\r\n"
		       "* 2 FETCH (MODSEQ (12) UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "a part of the mail",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[TEXT] {5}\r\nfirst)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11! 12=other " },
		{ "a body twice",
		  RULE("BODY.PEEK", "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst BODY[] {5}\r\nagain)\r\n"
				    "* 2 FETCH (UID 12 BODY[] {5}\r\nother)\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "folder names as literals",
		  { { "CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE NAMESPACE\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    { "NAMESPACE", "* NAMESPACE (({0}\r\n {1}\r\n/)) NIL NIL\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    { "LIST", "* LIST () {1}\r\n/ {5}\r\na\r\n*b\r\n$ OK done\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  "11=first 12=other " },
		{ "VANISHED", RULE("SEARCH", "* VANISHED 1:3\r\n* SEARCH 11 12\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "bare LF", RULE("SEARCH", "* SEARCH 11 12\n$ OK done\n"), "11=first 12=other " },
		{ "noise around",
		  RULE("SEARCH", "* OK [ALERT] mind the gap {9}\r\n* 2 RECENT\r\n"
				 "* FLAGS (\\Seen)\r\n* SEARCH 11 12\r\n"
				 "* OK still here\r\n$ OK done\r\n"),
		  "11=first 12=other " },
		{ "logged in beforehand", RULE(NULL, "* PREAUTH welcome\r\n"),
		  "11=first 12=other " },
		{ "archive exists", RULE("CREATE", "$ NO [ALREADYEXISTS] it is there\r\n"),
		  "11=first 12=other " },
		{ "subscribing refused", RULE("SUBSCRIBE", "$ NO never\r\n"),
		  "11=first 12=other " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct imap_script script = { .rules = cases[i].rules };
		struct imap_settings settings;
		struct imap_server server;
		struct mailbox *mailbox;
		const struct mail *mail;
		struct error err;
		char found[200] = "";
		size_t used = 0;

		imap_server_start(&server, &script);
		settings = settings_for(&server, MAILBOX_TLS_NONE);
		mailbox = imap_mailbox_new(&settings);
		if (!mailbox->ops->open(mailbox, &err))
			fail_msg("%s: %s", cases[i].name, err.text);
		for (;;) {
			if (!mailbox->ops->next(mailbox, &mail, &err))
				fail_msg("%s: %s", cases[i].name, err.text);
			if (!mail)
				break;
			used += (size_t)snprintf(found + used, sizeof(found) - used, "%u%s%.*s ",
						 (unsigned)mail->id,
						 mail->unreadable  ? "!"
						 : mail->too_large ? ">"
								   : "=",
						 (int)mail->raw.size,
						 mail->raw.data ? mail->raw.data : "");
		}
		mailbox->ops->free(mailbox);
		imap_server_stop(&server);
		if (strcmp(found, cases[i].want) != 0)
			fail_msg("%s: found %s", cases[i].name, found);
	}
}

/* The same UID under another UIDVALIDITY is another mail. */
static void another_uidvalidity_is_another_folder(void **state)
{
	static const struct imap_rule rules[] = {
		{ "SELECT", "* 2 EXISTS\r\n* OK [UIDVALIDITY 8] new\r\n$ OK [READ-WRITE] done\r\n",
		  IMAP_SCRIPT_GO_ON },
		END,
	};
	const struct imap_script scripts[] = { { .rules = NULL }, { .rules = rules } };
	struct imap_settings settings;
	struct mailbox *mailbox = NULL;
	struct error err;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct mail_settlement settlement = { .id = 11, .fate = MAIL_AGGREGATE };
		struct imap_server server;
		const struct mail *mail;

		imap_server_start(&server, &scripts[i]);
		settings = settings_for(&server, MAILBOX_TLS_NONE);
		if (!mailbox)
			mailbox = imap_mailbox_new(&settings);
		assert_true(mailbox->ops->open(mailbox, &err));
		/* What was read before the connection was lost is settled by nobody. */
		assert_false(mailbox->ops->settle(mailbox, &settlement, 1, &err));
		assert_int_equal(err.class, ERROR_FATAL);
		assert_true(mailbox->ops->next(mailbox, &mail, &err));
		assert_int_equal(mail->id, 11);
		assert_int_equal(mail->epoch, 7 + i);
		mailbox->ops->close(mailbox);
		imap_server_stop(&server);
	}
	mailbox->ops->free(mailbox);
}

/* "localhost" is ::1 first, where nobody listens. */
static void the_next_address_is_tried(void **state)
{
	const struct imap_script script = { .rules = NULL };
	struct imap_settings settings;
	struct imap_server server;
	struct mailbox *mailbox;
	struct error err;

	(void)state;
	imap_server_start(&server, &script);
	settings = settings_for(&server, MAILBOX_TLS_NONE);
	settings.host = "localhost";
	mailbox = imap_mailbox_new(&settings);
	if (drain(mailbox, &err) != 2)
		fail_msg("%s", err.text);
	mailbox->ops->free(mailbox);
	imap_server_stop(&server);
}

static void a_control_character_never_leaves_us(void **state)
{
	const struct imap_script script = { .rules = NULL };
	struct imap_server server;

	(void)state;
	imap_server_start(&server, &script);
	for (int i = 0; i < 4; i++) {
		struct imap_settings settings = settings_for(&server, MAILBOX_TLS_NONE);
		struct mailbox *mailbox = imap_mailbox_new(&settings);
		struct error err;

		if (i == 0)
			settings.user = "a\r\nx DELETE INBOX";
		else if (i == 1)
			settings.password = "a\nx DELETE INBOX";
		else if (i == 2)
			settings.folder = "a\r\nx DELETE INBOX";
		else
			settings.archive = "a\r\nx DELETE INBOX";
		assert_false(mailbox->ops->open(mailbox, &err));
		assert_int_equal(err.class, ERROR_FATAL);
		mailbox->ops->free(mailbox);
		assert_null(strstr(server.received, "DELETE"));
	}
	imap_server_stop(&server);
}

static void a_missing_target_is_created_again(void **state)
{
	static const struct imap_rule rules[] = {
		{ "UID MOVE", "$ NO [TRYCREATE] no such folder\r\n", IMAP_SCRIPT_GO_ON },
		END,
	};
	const struct imap_script script = { .rules = rules };
	struct mail_settlement settlement = { .id = 11, .fate = MAIL_SMTP_TLS };
	struct mail_settlement foreign = { .id = 99, .fate = MAIL_SMTP_TLS };
	struct imap_settings settings;
	struct imap_server server;
	struct mailbox *mailbox;
	const struct mail *mail;
	const char *create;
	struct error err;

	(void)state;
	imap_server_start(&server, &script);
	settings = settings_for(&server, MAILBOX_TLS_NONE);
	mailbox = imap_mailbox_new(&settings);
	assert_true(mailbox->ops->open(mailbox, &err));
	assert_true(mailbox->ops->next(mailbox, &mail, &err));
	assert_int_equal(mail->id, 11);
	assert_int_equal(mail->epoch, 7);
	assert_false(mailbox->ops->settle(mailbox, &foreign, 1, &err));
	assert_int_equal(err.class, ERROR_FATAL);
	assert_true(mailbox->ops->settle(mailbox, &settlement, 1, &err));
	assert_non_null(settlement.refusal);
	/* MOVE, then LIST says that it is there, MOVE again, then the refusal. */
	create = strstr(server.received, "UID MOVE 11 ");
	assert_non_null(create);
	assert_non_null(strstr(create + 1, "UID MOVE 11 "));
	mailbox->ops->free(mailbox);
	imap_server_stop(&server);
}

/* How a wait ends, and how many mails the round after it has. */
enum { WAIT_MS = 1000, LONG_WAIT_MS = 30000 };
#define CAPABILITY_IDLE                                                                    \
	{                                                                                  \
		"CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE UIDPLUS IDLE\r\n$ OK done\r\n", \
			IMAP_SCRIPT_GO_ON                                                  \
	}
/* Two more mails than there were. */
#define NEW_MAIL                                                                   \
	{ "UID 13:*", "* SEARCH 12 13 14\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },   \
		{ "13:14 (UID RFC822.SIZE",                                        \
		  "* 3 FETCH (UID 13 RFC822.SIZE 5)\r\n"                           \
		  "* 4 FETCH (UID 14 RFC822.SIZE 5)\r\n$ OK done\r\n",             \
		  IMAP_SCRIPT_GO_ON },                                             \
	{                                                                          \
		"13:14 (UID BODY",                                                 \
			"* 3 FETCH (UID 13 BODY[] {5}\r\nthird)\r\n"               \
			"* 4 FETCH (UID 14 BODY[] {5}\r\nforth)\r\n$ OK done\r\n", \
			IMAP_SCRIPT_GO_ON                                          \
	}

static void every_way_of_waiting(void **state)
{
	static const struct {
		const char *name;
		struct imap_rule rules[7];
		bool at_once;     /* before the time is up, and that is long */
		int mails;        /* of the round after it; -1: the wait fails */
		const char *want; /* sent by us, or in the text of the error */
	} cases[] = {
		{ "EXISTS later",
		  { CAPABILITY_IDLE,
		    { "IDLE", "+ go\r\n~* 4 EXISTS\r\n", IMAP_SCRIPT_GO_ON },
		    NEW_MAIL,
		    END },
		  true,
		  2,
		  "DONE" },
		{ "EXISTS before +",
		  { CAPABILITY_IDLE,
		    { "IDLE", "* 4 EXISTS\r\n~+ go\r\n", IMAP_SCRIPT_GO_ON },
		    NEW_MAIL,
		    END },
		  true,
		  2,
		  "DONE" },
		{ "EXISTS in the packet of +",
		  { CAPABILITY_IDLE,
		    { "IDLE", "+ go\r\n* 4 EXISTS\r\n", IMAP_SCRIPT_GO_ON },
		    NEW_MAIL,
		    END },
		  true,
		  2,
		  "DONE" },
		{ "EXISTS after DONE",
		  { CAPABILITY_IDLE,
		    { "DONE", "* 4 EXISTS\r\n$ OK done\r\n", IMAP_SCRIPT_GO_ON },
		    { "SEARCH UID", "", IMAP_SCRIPT_HANG_UP },
		    END },
		  false,
		  2,
		  "SEARCH 1" },
		{ "noise is slept through",
		  { CAPABILITY_IDLE,
		    { "IDLE",
		      "+\r\n* OK still here\r\n* 2 EXISTS\r\n* 0 RECENT\r\n"
		      "* 1 FETCH (FLAGS (\\Seen))\r\n* FLAGS ()\r\n* 2 EXPUNGE\r\n",
		      IMAP_SCRIPT_GO_ON },
		    END },
		  false,
		  2,
		  "DONE" },
		{ "refused: polling",
		  { CAPABILITY_IDLE, { "IDLE", "$ NO not here\r\n", IMAP_SCRIPT_GO_ON }, END },
		  false,
		  2,
		  "IDLE" },
		{ "unknown: polling",
		  { CAPABILITY_IDLE, { "IDLE", "$ BAD what?\r\n", IMAP_SCRIPT_GO_ON }, END },
		  false,
		  2,
		  "IDLE" },
		{ "not offered: polling", { END }, false, 2, "NOOP" },
		{ "ended by the server: polling",
		  { CAPABILITY_IDLE,
		    { "IDLE", "+ go\r\n~$ OK that's it\r\n", IMAP_SCRIPT_GO_ON },
		    END },
		  false,
		  2,
		  "NOOP" },
		{ "BYE",
		  { CAPABILITY_IDLE,
		    { "IDLE", "+ go\r\n~* BYE going down\r\n", IMAP_SCRIPT_HANG_UP },
		    END },
		  true,
		  -1,
		  "going down" },
		{ "end of the connection",
		  { CAPABILITY_IDLE, { "IDLE", "+ go\r\n", IMAP_SCRIPT_HANG_UP }, END },
		  true,
		  -1,
		  "closed the connection" },
		{ "no answer to DONE",
		  { CAPABILITY_IDLE, { "DONE", "", IMAP_SCRIPT_GO_ON }, END },
		  false,
		  -1,
		  "silent for" },
		{ "no answer to IDLE",
		  { CAPABILITY_IDLE, { "IDLE", "", IMAP_SCRIPT_GO_ON }, END },
		  true,
		  -1,
		  "silent for" },
		{ "no IMAP",
		  { CAPABILITY_IDLE, { "IDLE", "+ go\r\n~junk\r\n", IMAP_SCRIPT_GO_ON }, END },
		  true,
		  -1,
		  "not IMAP" },
		{ "a line without end",
		  { CAPABILITY_IDLE,
		    { "IDLE", "* OK xxxxxxxxxxxxxxxxxxxxx", IMAP_SCRIPT_REPEAT },
		    END },
		  true,
		  -1,
		  "too long" },
		{ "noise without end",
		  { CAPABILITY_IDLE, { "IDLE", "+ go\r\n", IMAP_SCRIPT_REPEAT }, END },
		  true,
		  -1,
		  "too long" },
	};

	(void)state;
	FOR_ROWS (i, cases) {
		const struct imap_script script = { .rules = cases[i].rules };
		struct imap_settings settings;
		struct imap_server server;
		struct mailbox *mailbox;
		struct error err = { .class = ERROR_NONE };
		const int64_t longest = cases[i].at_once ? LONG_WAIT_MS : WAIT_MS;
		int64_t start, took;
		int mails = -1;

		imap_server_start(&server, &script);
		settings = settings_for(&server, MAILBOX_TLS_NONE);
		settings.timeout_ms = timeout_for(cases[i].want);
		settings.idle_ms = 60000;
		mailbox = imap_mailbox_new(&settings);
		assert_true(mailbox->ops->open(mailbox, &err));
		assert_int_equal(drain_round(mailbox, &err), 2);
		start = clock_ms();
		if (mailbox->ops->wait(mailbox, start + longest, &err))
			mails = drain_round(mailbox, &err);
		took = clock_ms() - start;
		mailbox->ops->free(mailbox);
		if (mails != cases[i].mails || (took < longest) != cases[i].at_once ||
		    took > longest + PATIENCE_MS)
			fail_msg("%s: %d mails after %lld ms: %s", cases[i].name, mails,
				 (long long)took, err.text);
		if (mails < 0 && err.class != ERROR_RETRY)
			fail_msg("%s: class %d", cases[i].name, (int)err.class);
		if (!strstr(mails < 0 ? err.text : server.received, cases[i].want))
			fail_msg("%s: %s", cases[i].name, mails < 0 ? err.text : server.received);
		imap_server_stop(&server);
	}
}

/* Renewed several times within one wait. */
static void idle_is_renewed(void **state)
{
	static const struct imap_rule rules[] = { CAPABILITY_IDLE, END };
	const struct imap_script script = { .rules = rules };
	struct imap_settings settings;
	struct imap_server server;
	struct mailbox *mailbox;
	struct error err;
	unsigned count = 0;

	(void)state;
	imap_server_start(&server, &script);
	settings = settings_for(&server, MAILBOX_TLS_NONE);
	settings.idle_ms = 200;
	mailbox = imap_mailbox_new(&settings);
	assert_true(mailbox->ops->open(mailbox, &err));
	assert_true(mailbox->ops->wait(mailbox, clock_ms() + 1500, &err));
	for (const char *p = server.received; (p = strstr(p, "DONE")) != NULL; p++)
		count++;
	assert_in_range(count, 3, 8); /* 7 renewals, and the end of the wait */
	mailbox->ops->free(mailbox);
	imap_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_is_never_talked_away),
		cmocka_unit_test(old_tls_is_refused),
		cmocka_unit_test(broken_answers_end_in_retry),
		cmocka_unit_test(odd_answers_are_understood),
		cmocka_unit_test(another_uidvalidity_is_another_folder),
		cmocka_unit_test(the_next_address_is_tried),
		cmocka_unit_test(a_control_character_never_leaves_us),
		cmocka_unit_test(a_missing_target_is_created_again),
		cmocka_unit_test(every_way_of_waiting),
		cmocka_unit_test(idle_is_renewed),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

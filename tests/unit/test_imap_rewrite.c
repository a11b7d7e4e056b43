/* test_imap_rewrite.c - answers of servers, and what libetpan gets to read
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailbox/imap_rewrite.h"
#include "tests/lib/rows.h"

#define MOST 100
#define DEEP_8 "(((((((("
#define DEEP_32 DEEP_8 DEEP_8 DEEP_8 DEEP_8

#define NOT_IMAP "is not IMAP"
#define TOO_MUCH "more bytes than requested"
#define TOO_DEEP "nested too deeply"

static const struct {
	const char *bytes, *out;
	const char *complaint; /* NULL: none */
} cases[] = {
	/* status */
	{ "7 OK done\r\n", "7 OK done\r\n", NULL },
	{ "7 ok\n", "7 OK (no words)\r\n", NULL },
	{ "7 NO [OVERQUOTA] full\r\n", "7 NO [OVERQUOTA] full\r\n", NULL },
	{ "7 NO [overquota]\r\n", "7 NO [OVERQUOTA] (no words)\r\n", NULL },
	{ "7 NO [XFULL 3] full\r\n", "7 NO (XFULL 3) full\r\n", NULL },
	{ "7 NO [ALERT] a password [of 16] letters\r\n",
	  "7 NO (ALERT) a password [of 16] letters\r\n", NULL },
	{ "7 NO [OVERQUOTA full\r\n", "7 NO (OVERQUOTA full\r\n", NULL },
	{ "7 OK [CAPABILITY IMAP4 X] in\r\n", "7 OK (CAPABILITY IMAP4 X) in\r\n", NULL },
	{ "7 OK [READ-WRITE] {9}\r\n", "7 OK [READ-WRITE] {9}\r\n", NULL },
	{ "7 NO gr\xc3\xbc\x01\r\n", "7 NO gr???\r\n", NULL },
	{ "login BAD x\r\n", "login BAD x\r\n", NULL },
	{ "7 YES\r\n", "", NOT_IMAP },
	{ "junk\r\n", "", NOT_IMAP },
	{ "a-b OK x\r\n", "", NOT_IMAP },
	{ "(7 OK x)\r\n", "", NOT_IMAP },
	{ "\r\n\r\n7 OK x\r\n", "7 OK x\r\n", NULL },
	/* untagged status: what is of use */
	{ "* OK [UIDVALIDITY 7] v\r\n", "* OK [UIDVALIDITY 7] v\r\n", NULL },
	{ "* OK [UIDVALIDITY 99999999999] v\r\n", "", NULL },
	{ "* OK [UIDVALIDITY 0] v\r\n", "", NULL },
	{ "* OK [PERMANENTFLAGS (\\Seen \\Odd $A \\*)] p\r\n",
	  "* OK [PERMANENTFLAGS (\\Seen $A \\*)] p\r\n", NULL },
	{ "* OK [PERMANENTFLAGS ()] p\r\n", "* OK [PERMANENTFLAGS ()] p\r\n", NULL },
	{ "* OK still here\r\n* NO careful {4}\r\n* BAD what\r\n* PREAUTH x\r\n", "", NULL },
	{ "* OK [HIGHESTMODSEQ 4] x\r\n* OK [COPYUID 1 2 3] x\r\n* OK [ALERT] x\r\n", "", NULL },
	{ "* BYE too [busy]\r\n", "* BYE too [busy]\r\n", NULL },
	/* continuation */
	{ "+ \r\n+\r\n+ YWJj=\r\n", "+ \r\n+ \r\n+ YWJj=\r\n", NULL },
	{ "+ idling, [really]\r\n", "+ \r\n", NULL },
	/* lists of words */
	{ "* CAPABILITY IMAP4rev1 MOVE AUTH=PLAIN AUTH= \"x\" (Y)\r\n",
	  "* CAPABILITY IMAP4rev1 MOVE AUTH=PLAIN Y\r\n", NULL },
	{ "* capability\r\n", "* CAPABILITY IMAP4rev1\r\n", NULL },
	{ "* FLAGS (\\Seen \\SeenX junk)\r\n* FLAGS ()\r\n",
	  "* FLAGS (\\Seen junk)\r\n* FLAGS ()\r\n", NULL },
	{ "* FLAGS junk\r\n", "", NOT_IMAP },
	{ "* LIST (\\HasNoChildren) \"/\" \"a b\"\r\n", "* LIST () \"/\" \"a b\"\r\n", NULL },
	{ "* LIST (\\HasChildren \\nonexistent) \"/\" a\r\n* LIST () \"/\" b\r\n",
	  "* LIST (\\Noselect) \"/\" \"a\"\r\n* LIST () \"/\" \"b\"\r\n", NULL },
	{ "* LIST () NIL INBOX\r\n", "* LIST () NIL \"INBOX\"\r\n", NULL },
	{ "* LIST () \"\\\\\" \"a\\\"b\\\\\"\r\n", "* LIST () \"\\\\\" \"a\\\"b\\\\\"\r\n", NULL },
	{ "* LIST () \"//\" x\r\n", "* LIST () NIL \"x\"\r\n", NULL },
	{ "* LIST () \"/\" {5}\r\na\"\r\nb\r\n", "* LIST () \"/\" \"a\\\"??b\"\r\n", NULL },
	{ "* LIST () \"/\" {0}\r\n\r\n", "* LIST () \"/\" \"\"\r\n", NULL },
	{ "* LIST () \"/\" x (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n", "* LIST () \"/\" \"x\"\r\n",
	  NULL },
	{ "* LIST () \"/\"\r\n", "", NOT_IMAP },
	{ "* LIST () \"/\" {65537}\r\n", "", TOO_MUCH },
	/* numbers */
	{ "* 12 EXISTS\r\n* 3 EXPUNGE\r\n", "* 12 EXISTS\r\n* 3 EXPUNGE\r\n", NULL },
	{ "* 4294967295 EXISTS\r\n", "* 4294967295 EXISTS\r\n", NULL },
	{ "* 4294967296 EXISTS\r\n* -2 EXISTS\r\n* 2 RECENT\r\n", "", NULL },
	{ "* SEARCH 11 0 12\r\n* SEARCH\r\n", "* SEARCH 11 12\r\n* SEARCH\r\n", NULL },
	{ "* SEARCH 11 (MODSEQ 917)\r\n", "* SEARCH 11\r\n", NULL },
	{ "* SEARCH 11 x\r\n", "* SEARCH 11", NOT_IMAP },
	{ "* SEARCH 4294967296\r\n", "* SEARCH", NOT_IMAP },
	{ "* ESEARCH (TAG \"7\") UID ALL 1:3\r\n", "", "ESEARCH" },
	/* FETCH */
	{ "* 1 FETCH (UID 11 RFC822.SIZE 5)\r\n", "* 1 FETCH (UID 11 RFC822.SIZE 5)\r\n", NULL },
	{ "* 1 fetch (rfc822.size 5 uid 11)\r\n", "* 1 FETCH (RFC822.SIZE 5 UID 11)\r\n", NULL },
	{ "* 1 FETCH (UID 11 RFC822.SIZE 99999999999)\r\n",
	  "* 1 FETCH (UID 11 RFC822.SIZE 4294967295)\r\n", NULL },
	{ "* 1 FETCH (UID 11 RFC822.SIZE x)\r\n", "* 1 FETCH (UID 11)\r\n", NULL },
	{ "* 1 FETCH (UID x)\r\n", "", NOT_IMAP },
	{ "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst)\r\n",
	  "* 1 FETCH (UID 11 BODY[] {5}\r\nfirst)\r\n", NULL },
	{ "* 1 FETCH (BODY[] {5}\r\nfi)\r\n UID 11)\r\n",
	  "* 1 FETCH (BODY[] {5}\r\nfi)\r\n UID 11)\r\n", NULL },
	{ "* 1 FETCH (BODY[]<0> {0}\r\n UID 11)\r\n", "* 1 FETCH (BODY[] {0}\r\n UID 11)\r\n",
	  NULL },
	{ "* 1 FETCH (BODY[]<17> {1}\r\nx UID 11)\r\n",
	  "* 1 FETCH (BODY[]<17> {1}\r\nx UID 11)\r\n", NULL },
	{ "* 1 FETCH (BODY[]<x> {1}\r\nx BODY[]< \"\" body[]<4294967296> NIL UID 11)\r\n",
	  "* 1 FETCH (UID 11)\r\n", NULL },
	{ "* 1 FETCH (BODY[]{2}\r\nhi)\r\n", "* 1 FETCH (BODY[] {2}\r\nhi)\r\n", NULL },
	{ "* 1 FETCH (UID 11 BODY[] NIL)\r\n", "* 1 FETCH (UID 11 BODY[] NIL)\r\n", NULL },
	{ "* 1 FETCH (UID 11 BODY[] \"fi\\\"rst\")\r\n",
	  "* 1 FETCH (UID 11 BODY[] {6}\r\nfi\"rst)\r\n", NULL },
	{ "* 1 FETCH (UID 11 BODY[] {2}\r\nhi BODY[] {3}\r\nho! UID 12)\r\n",
	  "* 1 FETCH (UID 11 BODY[] {2}\r\nhi)\r\n", NULL },
	{ "* 1 FETCH (UID 11 BODY[TEXT] {5}\r\nfirst)\r\n", "* 1 FETCH (UID 11)\r\n", NULL },
	{ "* 1 FETCH (BODY[HEADER.FIELDS (\"From\")] {5}\r\nfirst UID 11)\r\n",
	  "* 1 FETCH (UID 11)\r\n", NULL },
	{ "* 1 FETCH (UID 11 BODY[] hello)\r\n", "* 1 FETCH (UID 11", NOT_IMAP },
	{ "* 1 FETCH (UID 11 BODY[] (x))\r\n", "* 1 FETCH (UID 11", NOT_IMAP },
	{ "* 1 FETCH (FLAGS (\\Seen))\r\n", "", NULL },
	{ "* 1 FETCH ()\r\n", "", NULL },
	{ "* 1 FETCH (ENVELOPE (\"d\" {3}\r\n\")( ((\"a\" NIL)) NIL) X (1 (2 (3))) UID 11)\r\n",
	  "* 1 FETCH (UID 11)\r\n", NULL },
	{ "* 1 FETCH UID 11\r\n", "", NOT_IMAP },
	{ "* 1 FETCH (UID 11\r\n", "* 1 FETCH (UID 11", NOT_IMAP },
	{ "* 1 FETCH (UID 11) UID 12\r\n", "* 1 FETCH (UID 11)\r\n", NOT_IMAP },
	{ "* 1 FETCH (UID)\r\n", "", NOT_IMAP },
	/* literals that are too long, or none */
	{ "* 1 FETCH (UID 1 BODY[] {100}\r\n", "* 1 FETCH (UID 1 BODY[] {100}\r\n", NULL },
	{ "* 1 FETCH (UID 1 BODY[] {101}\r\n", "* 1 FETCH (UID 1", TOO_MUCH },
	{ "* 1 FETCH (UID 1 BODY[] {101}\n", "* 1 FETCH (UID 1", TOO_MUCH },
	{ "* 1 FETCH (UID 1 BODY[] {4294967295}\r\n", "* 1 FETCH (UID 1", TOO_MUCH },
	/* 2^64 + 5 must not look like 5 */
	{ "* 1 FETCH (UID 1 BODY[] {18446744073709551621}\r\n", "* 1 FETCH (UID 1", TOO_MUCH },
	{ "* 1 FETCH (UID 1 BODY[] {5 }\r\nfirst)\r\n", "* 1 FETCH (UID 1", NOT_IMAP },
	{ "* 1 FETCH (UID 1 BODY[] {-1}\r\nfirst)\r\n", "* 1 FETCH (UID 1", NOT_IMAP },
	{ "* 1 FETCH (UID 1 BODY[] {}\r\nfirst)\r\n", "* 1 FETCH (UID 1", NOT_IMAP },
	{ "* 1 FETCH (UID 1 X {101} Y {1} {)\r\n", "* 1 FETCH (UID 1", NOT_IMAP },
	{ "* 1 FETCH (UID 1 X {101} Y {1{)\r\n", "* 1 FETCH (UID 1", NOT_IMAP },
	/* nesting: of a line, and not of a mail */
	{ "* 1 FETCH (BODYSTRUCTURE " DEEP_32 "\r\n", "", TOO_DEEP },
	{ "* 1 FETCH (BODY[] {40}\r\n" DEEP_32 DEEP_8 ")\r\n",
	  "* 1 FETCH (BODY[] {40}\r\n" DEEP_32 DEEP_8 ")\r\n", NULL },
	{ "* X " DEEP_32 "\r\n* X " DEEP_32 "\r\n", "", NULL },
	/* what is dropped, with its literals */
	{ "* STATUS {5}\r\n1 OK x (MESSAGES 1)\r\n7 OK x\r\n", "7 OK x\r\n", NULL },
	{ "* STATUS {40}\r\n\r\n* 1 FETCH (FLAGS {900000}\r\n4567890123 (MESSAGES 1)\r\n7 OK x\r\n",
	  "7 OK x\r\n", NULL },
	{ "* LIST () \"/\" {30 }\r\n\r\n* 1 FETCH (FLAGS {900000}\r\n",
	  "* LIST () \"/\" \"{30\"\r\n", TOO_MUCH },
	{ "* STATUS {65537}\r\n", "", TOO_MUCH },
	{ "* WHATEVER 1 (2) \"a\\\"b)\" :-)\r\n* VANISHED 1:3\r\n* METADATA \"open\r\n", "", NULL },
	{ "* 5 WHATEVER {2}\r\nab\r\n", "", NULL },
	{ "*\r\n", "", NOT_IMAP },
	{ "* 5\r\n", "", NOT_IMAP },
};

static void feed(struct imap_rewriter *rewriter, struct slice bytes, size_t piece,
		 struct strbuf *out, const char **complaint)
{
	char taken[7]; /* in pieces too */
	size_t size;

	*complaint = NULL;
	for (size_t i = 0; !*complaint && i < bytes.size; i += piece) {
		const size_t left = bytes.size - i, most = left < piece ? left : piece;
		/* Bodies in place or not, the answer is the same. */
		const size_t passed = piece % 2 == 0 ? imap_rewriter_pass(rewriter, most) : 0;

		strbuf_add(out, bytes.data + i, passed);
		*complaint = imap_rewriter_feed(
			rewriter, (struct slice){ bytes.data + i + passed, most - passed }, MOST);
		while ((size = imap_rewriter_take(rewriter, taken, sizeof(taken))) > 0)
			strbuf_add(out, taken, size);
		assert_true(imap_rewriter_is_empty(rewriter));
	}
}

static void each_answer_is_written_anew(void **state)
{
	(void)state;
	FOR_ROWS (i, cases) {
		const struct slice bytes = slice_of(cases[i].bytes);

		for (size_t piece = 1; piece <= bytes.size; piece++) {
			struct imap_rewriter rewriter;
			struct strbuf out;
			const char *complaint;

			imap_rewriter_init(&rewriter);
			strbuf_init(&out, 10000);
			feed(&rewriter, bytes, piece, &out, &complaint);
			if (!complaint != !cases[i].complaint ||
			    (complaint && !strstr(complaint, cases[i].complaint)))
				fail_msg("piece %zu: %s: %s", piece, cases[i].bytes,
					 complaint ? complaint : "no complaint");
			if (strcmp(out.buf, cases[i].out) != 0)
				fail_msg("piece %zu: %s: %s", piece, cases[i].bytes, out.buf);
			strbuf_release(&out);
			imap_rewriter_release(&rewriter);
		}
	}
}

/* `unit` again and again, up to the complaint. */
static void flood(const char *start, const char *unit, const char *want, size_t most)
{
	struct imap_rewriter rewriter;
	struct strbuf out;
	const char *complaint;
	size_t sent = 0;

	imap_rewriter_init(&rewriter);
	strbuf_init(&out, SIZE_MAX / 2);
	feed(&rewriter, slice_of(start), 100, &out, &complaint);
	for (; !complaint && sent < most; sent++)
		feed(&rewriter, slice_of(unit), 100, &out, &complaint);
	if (!complaint || !strstr(complaint, want))
		fail_msg("%s: %s", start, complaint ? complaint : "no complaint");
	strbuf_release(&out);
	imap_rewriter_release(&rewriter);
}

static void lines_words_and_tokens_have_limits(void **state)
{
	(void)state;
	flood("* OK ", "x", "line", IMAP_LINE_MAX + 1);
	flood("* X ", "x", "word", IMAP_TOKEN_MAX + 1);
	flood("* X \"", "x", "word", IMAP_TOKEN_MAX + 1);
	flood("* SEARCH", " 1", "too many words", IMAP_TOKENS_MAX);
	flood("", "* 1 EXISTS\r\n", "too many words", IMAP_TOKENS_MAX / 4 + 1);
	flood("+ ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n+ ",
	      "too many words", IMAP_TOKENS_MAX);
}

/* The longest answers that are asked for. */
static void large_answers_pass(void **state)
{
	struct imap_rewriter rewriter;
	struct strbuf bytes, out, want;
	const char *complaint;

	(void)state;
	imap_rewriter_init(&rewriter);
	strbuf_init(&bytes, SIZE_MAX / 2);
	strbuf_init(&out, SIZE_MAX / 2);
	strbuf_init(&want, SIZE_MAX / 2);
	strbuf_add_text(&bytes, "* SEARCH");
	for (unsigned i = 0; i < 10000; i++) {
		strbuf_add_text(&want, i % 1000 == 0 ? i == 0 ? "* SEARCH" : "\r\n* SEARCH" : "");
		strbuf_add_format(&want, " %u", 4294957295u + i);
		strbuf_add_format(&bytes, " %u", 4294957295u + i);
	}
	strbuf_add_text(&bytes, "\r\n7 OK done\r\n");
	strbuf_add_text(&want, "\r\n7 OK done\r\n");
	feed(&rewriter, strbuf_slice(&bytes), 16384, &out, &complaint);
	assert_null(complaint);
	assert_string_equal(out.buf, want.buf);
	/* The next command has all of its tokens. */
	imap_rewriter_begin(&rewriter);
	for (int i = 0; i < 9; i++) {
		feed(&rewriter, strbuf_slice(&bytes), 16384, &out, &complaint);
		assert_null(complaint);
	}
	strbuf_release(&bytes);
	strbuf_release(&out);
	strbuf_release(&want);
	imap_rewriter_release(&rewriter);
}

static void a_challenge_is_whole_or_refused(void **state)
{
	struct imap_rewriter rewriter;
	struct strbuf bytes, out;
	const char *complaint;

	(void)state;
	for (int more = 0; more < 2; more++) {
		imap_rewriter_init(&rewriter);
		strbuf_init(&bytes, SIZE_MAX / 2);
		strbuf_init(&out, SIZE_MAX / 2);
		strbuf_add_text(&bytes, "+ ");
		for (size_t i = 0; i < IMAP_TOKEN_MAX - 3 + (size_t)more; i++)
			strbuf_add_text(&bytes, "A");
		strbuf_add_text(&bytes, "\r\n");
		feed(&rewriter, strbuf_slice(&bytes), 1000, &out, &complaint);
		assert_int_equal(complaint != NULL, more);
		if (!more)
			assert_string_equal(out.buf, bytes.buf);
		strbuf_release(&bytes);
		strbuf_release(&out);
		imap_rewriter_release(&rewriter);
	}
}

static void the_namespace_is_read_here(void **state)
{
	static const struct {
		const char *bytes;
		enum imap_namespace_state state;
		const char *prefix;
		char delimiter;
	} spaces[] = {
		{ "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n", IMAP_NAMESPACE_KNOWN, "INBOX.",
		  '.' },
		{ "* NAMESPACE ((\"\" \"/\" \"X\" (\"y\" \"z\"))(\"b\" \"|\")) ((\"~\" \"/\")) "
		  "NIL\r\n",
		  IMAP_NAMESPACE_KNOWN, "", '/' },
		{ "* NAMESPACE (({6}\r\nINBOX/ \"/\")) NIL NIL\r\n", IMAP_NAMESPACE_KNOWN, "INBOX/",
		  '/' },
		{ "* NAMESPACE ((\"a\" NIL)) NIL NIL\r\n", IMAP_NAMESPACE_KNOWN, "a", '\0' },
		{ "* NAMESPACE ((\"a\" \"\x7f\")) NIL NIL\r\n", IMAP_NAMESPACE_KNOWN, "a", '\0' },
		{ "* NAMESPACE NIL ((\"~\" \"/\")) NIL\r\n", IMAP_NAMESPACE_UNKNOWN, "", '\0' },
		{ "* NAMESPACE () ((\"~\" \"/\")) NIL\r\n", IMAP_NAMESPACE_UNKNOWN, "", '\0' },
		{ "* NAMESPACE garbage\r\n", IMAP_NAMESPACE_UNKNOWN, "", '\0' },
		{ "* NAMESPACE ((\"\x7f.\" \".\")) NIL NIL\r\n", IMAP_NAMESPACE_STRANGE, NULL,
		  '\0' },
		{ "* NAMESPACE (({3}\r\nabc \"/\") (", IMAP_NAMESPACE_KNOWN, "abc", '/' },
		{ "* NAMESPACE (({3}\r\na", IMAP_NAMESPACE_UNKNOWN, "", '\0' },
		{ "* NAMESPACE "
		  "((\"0123456789012345678901234567890123456789012345678901234567890123\" "
		  "\"/\")) NIL NIL\r\n",
		  IMAP_NAMESPACE_STRANGE, NULL, '\0' },
	};

	(void)state;
	FOR_ROWS (i, spaces) {
		struct imap_rewriter rewriter;
		struct strbuf out;
		const char *complaint;

		imap_rewriter_init(&rewriter);
		strbuf_init(&out, 10000);
		feed(&rewriter, slice_of(spaces[i].bytes), 3, &out, &complaint);
		assert_null(complaint);
		assert_string_equal(out.buf, "");
		assert_int_equal(rewriter.has_space, spaces[i].state);
		if (spaces[i].prefix) {
			assert_string_equal(rewriter.space.prefix, spaces[i].prefix);
			assert_int_equal(rewriter.space.delimiter, spaces[i].delimiter);
		}
		strbuf_release(&out);
		imap_rewriter_release(&rewriter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_is_written_anew),
		cmocka_unit_test(lines_words_and_tokens_have_limits),
		cmocka_unit_test(large_answers_pass),
		cmocka_unit_test(a_challenge_is_whole_or_refused),
		cmocka_unit_test(the_namespace_is_read_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

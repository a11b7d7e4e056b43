/* imap_rewrite.h - what libetpan gets to read instead of a server's answers
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  libetpan reserves what a literal announces, calls itself once for
 * each parenthesis and has many ways to read one line.  It is shown none of
 * what the server sent: each response is read here, and those that are used
 * are written anew in one narrow form:
 *
 *   TAG OK|NO|BAD [CODE] words        * N EXISTS        * SEARCH N...
 *   * OK|NO|BAD [CODE] words          * N EXPUNGE       * FLAGS (ATOM...)
 *   * BYE words                       + BASE64          * LIST () "/" "name"
 *   * CAPABILITY ATOM...              * N FETCH (UID N RFC822.SIZE N BODY[]<N> {N}...)
 *
 * Only the literal of BODY[] passes through, byte by byte.  Everything else is
 * dropped, but for NAMESPACE, which is kept here.
 */
#ifndef MAILBOX_IMAP_REWRITE_H
#define MAILBOX_IMAP_REWRITE_H

#include "mailbox/imap_name.h"
#include "mailbox/imap_token.h"

enum imap_namespace_state {
	IMAP_NAMESPACE_UNKNOWN, /* the server has not said, or has none for us */
	IMAP_NAMESPACE_KNOWN,
	IMAP_NAMESPACE_STRANGE, /* with a prefix no folder can have */
};

struct imap_rewriter {
	struct imap_tokenizer tokens;
	struct strbuf out;
	size_t taken; /* of out */

	enum imap_line {
		IMAP_LINE_NEW,
		IMAP_LINE_STAR, /* "*" */
		IMAP_LINE_NUMBER, /* "* 12" */
		IMAP_LINE_TAG,
		IMAP_LINE_STATUS, /* the words behind OK, NO, BAD */
		IMAP_LINE_BYE,
		IMAP_LINE_GO, /* "+" */
		IMAP_LINE_CAPABILITY,
		IMAP_LINE_FLAGS,
		IMAP_LINE_LIST,
		IMAP_LINE_SEARCH,
		IMAP_LINE_NAMESPACE,
		IMAP_LINE_FETCH,
		IMAP_LINE_SKIP, /* to its end */
	} line;
	unsigned place;	    /* in the line; each kind counts its own way */
	char tag[32];	    /* "" is "*" */
	const char *status; /* "OK", "NO", "BAD" */
	uint32_t number;    /* of "* 12 FETCH"; in SEARCH the UIDs of one line */
	char delimiter;	    /* of LIST */
	bool no_select;	    /* the same */

	enum imap_attribute {
		IMAP_ATTRIBUTE_UID = 1,
		IMAP_ATTRIBUTE_SIZE = 2,
		IMAP_ATTRIBUTE_BODY = 4,
		IMAP_ATTRIBUTE_OTHER = 8,
	} attribute;	   /* of FETCH, whose value is next */
	unsigned given;	   /* attributes that have been written */
	uint32_t origin;   /* of BODY[]<origin> */
	bool in_body;	   /* the literal that arrives is passed through */
	struct strbuf string; /* any other literal */

	enum imap_namespace_state has_space;
	struct imap_namespace space;
	char farewell[200]; /* the words of BYE */
	bool announced_too_much;
};

void imap_rewriter_init(struct imap_rewriter *rewriter);
void imap_rewriter_release(struct imap_rewriter *rewriter);

/* Before a command: the limits of an answer begin anew. */
void imap_rewriter_begin(struct imap_rewriter *rewriter);
/* Reads on.  Returns NULL, or why nothing more may be read from this server.
 * literal_most: the longest body that may be announced. */
const char *imap_rewriter_feed(struct imap_rewriter *rewriter, struct slice bytes,
			       uint64_t literal_most);
/* Of size bytes that have come, how many of the first belong to a body and may go
 * to the reader as they stand, before anything that is taken; 0 while there is
 * something to take.  The rest is to be fed. */
size_t imap_rewriter_pass(struct imap_rewriter *rewriter, size_t size);
/* Up to size bytes of what has been written; 0: nothing yet. */
size_t imap_rewriter_take(struct imap_rewriter *rewriter, char *buffer, size_t size);
bool imap_rewriter_is_empty(const struct imap_rewriter *rewriter);
/* Writes the greeting, which is not read here. */
void imap_rewriter_greet(struct imap_rewriter *rewriter, bool logged_in);

#endif

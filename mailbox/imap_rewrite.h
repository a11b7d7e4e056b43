/* imap_rewrite.h - normalises server responses for libetpan
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  libetpan allocates what a literal announces, recurses for each
 * parenthesis and accepts many forms of a line.  So it never reads what the
 * server sent: each response is parsed here, and those in use are written
 * again in one strict form:
 *
 *   TAG OK|NO|BAD [CODE] words        * N EXISTS        * SEARCH N...
 *   * OK|NO|BAD [CODE] words          * N EXPUNGE       * FLAGS (ATOM...)
 *   * BYE words                       + BASE64          * LIST () "/" "name"
 *   * CAPABILITY ATOM...              * N FETCH (UID N RFC822.SIZE N BODY[]<N> {N}...)
 *
 * Only the literal of BODY[] is passed through, byte by byte.  Everything else
 * is dropped, except NAMESPACE, which is stored here.
 */
#ifndef MAILBOX_IMAP_REWRITE_H
#define MAILBOX_IMAP_REWRITE_H

#include "mailbox/imap_name.h"
#include "mailbox/imap_token.h"

enum imap_namespace_state {
	IMAP_NAMESPACE_UNKNOWN, /* not reported yet, or none for us */
	IMAP_NAMESPACE_KNOWN,
	IMAP_NAMESPACE_STRANGE, /* its prefix is not a valid folder name */
};

struct imap_rewriter {
	struct imap_tokenizer tokens;
	struct strbuf out;
	size_t taken; /* bytes of out already taken */

	enum imap_line {
		IMAP_LINE_NEW,
		IMAP_LINE_STAR,   /* "*" */
		IMAP_LINE_NUMBER, /* "* 12" */
		IMAP_LINE_TAG,
		IMAP_LINE_STATUS, /* text after OK, NO, BAD */
		IMAP_LINE_BYE,
		IMAP_LINE_GO, /* "+" */
		IMAP_LINE_CAPABILITY,
		IMAP_LINE_FLAGS,
		IMAP_LINE_LIST,
		IMAP_LINE_SEARCH,
		IMAP_LINE_NAMESPACE,
		IMAP_LINE_FETCH,
		IMAP_LINE_SKIP, /* skip to its end */
	} line;
	unsigned place;     /* position in the line; each kind counts differently */
	char tag[32];       /* "" for "*" */
	const char *status; /* "OK", "NO", "BAD" */
	uint32_t number;    /* of "* 12 FETCH"; in SEARCH the UIDs of one line */
	char delimiter;     /* of LIST */
	bool no_select;     /* flag of LIST */

	enum imap_attribute {
		IMAP_ATTRIBUTE_UID = 1,
		IMAP_ATTRIBUTE_SIZE = 2,
		IMAP_ATTRIBUTE_BODY = 4,
		IMAP_ATTRIBUTE_OTHER = 8,
	} attribute;          /* attribute of FETCH whose value is next */
	unsigned given;       /* attributes written */
	uint32_t origin;      /* of BODY[]<origin> */
	bool in_body;         /* the current literal is passed through */
	struct strbuf string; /* any other literal */

	enum imap_namespace_state has_space;
	struct imap_namespace space;
	char farewell[200]; /* text of BYE */
	bool found;         /* a SEARCH line was read since imap_rewriter_begin() */
	bool announced_too_much;
};

void imap_rewriter_init(struct imap_rewriter *rewriter);
void imap_rewriter_release(struct imap_rewriter *rewriter);

/* Resets the limits of an answer and found; call it before each command. */
void imap_rewriter_begin(struct imap_rewriter *rewriter);
/* Processes bytes.  Returns NULL, or the reason why the connection must be closed.
 * literal_most: longest body that may be announced. */
const char *imap_rewriter_feed(struct imap_rewriter *rewriter, struct slice bytes,
			       uint64_t literal_most);
/* Returns how many of the first `size` received bytes belong to a body and may go
 * to the reader unchanged; 0 while written output is waiting.  Feed the rest. */
size_t imap_rewriter_pass(struct imap_rewriter *rewriter, size_t size);
/* Takes up to size bytes of the output; 0: nothing yet. */
size_t imap_rewriter_take(struct imap_rewriter *rewriter, char *buffer, size_t size);
bool imap_rewriter_is_empty(const struct imap_rewriter *rewriter);
/* Writes the greeting; the server's own was read before. */
void imap_rewriter_greet(struct imap_rewriter *rewriter, bool logged_in);

#endif

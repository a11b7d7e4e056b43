/* imap_token.h - the bytes of a server's answers as tokens
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  Takes bytes as they arrive, cut anywhere, and gives the tokens of
 * RFC 3501 section 9.  Line length, depth and number of tokens are bounded; a
 * literal is announced before its bytes come, so the caller decides how much
 * it takes.
 */
#ifndef MAILBOX_IMAP_TOKEN_H
#define MAILBOX_IMAP_TOKEN_H

#include "base/limits.h"
#include "base/strbuf.h"

/* A line without its literals.  SEARCH has the longest: 10,000 UIDs. */
#define IMAP_LINE_MAX (256 * KIB)
/* FETCH and NAMESPACE nest three levels, a BODYSTRUCTURE nobody asked for
 * some more. */
#define IMAP_DEPTH_MAX 32
/* Of all answers to one command. */
#define IMAP_TOKENS_MAX 100000
/* One atom or quoted string, and the words behind OK, NO and BAD. */
#define IMAP_TOKEN_MAX (16 * KIB)

enum imap_token_kind {
	IMAP_TOKEN_NONE, /* more bytes are needed */
	IMAP_TOKEN_ATOM,
	IMAP_TOKEN_QUOTED,  /* what is between the quotes, without escapes */
	IMAP_TOKEN_LITERAL, /* announced: `size` bytes follow */
	IMAP_TOKEN_BYTES,   /* some of them */
	IMAP_TOKEN_OPEN,
	IMAP_TOKEN_CLOSE,
	IMAP_TOKEN_TEXT, /* the rest of a line, see imap_tokenizer_text() */
	IMAP_TOKEN_END,	 /* of the line */
};

struct imap_token {
	enum imap_token_kind kind;
	struct slice text; /* ATOM, QUOTED, BYTES, TEXT; until the next call */
	uint64_t size;	   /* LITERAL */
};

struct imap_tokenizer {
	enum {
		IMAP_LEX_BETWEEN,
		IMAP_LEX_ATOM,
		IMAP_LEX_SECTION, /* BODY[HEADER.FIELDS (From)] */
		IMAP_LEX_QUOTED,
		IMAP_LEX_ESCAPE,
		IMAP_LEX_SIZE,	 /* "{12" */
		IMAP_LEX_CLOSED, /* "{12}" */
		IMAP_LEX_RETURN, /* the same and CR */
		IMAP_LEX_TEXT,
	} state;
	struct strbuf text; /* of the token that is arriving */
	uint64_t number;    /* the size of a literal that is being announced */
	uint64_t literal;   /* bytes of the literal still to come */
	unsigned depth;	    /* of parentheses */
	size_t line;	    /* bytes of it so far */
	size_t tokens;
};

void imap_tokenizer_init(struct imap_tokenizer *tokenizer);
void imap_tokenizer_release(struct imap_tokenizer *tokenizer);

/* Takes bytes up to the end of the next token.  Returns NULL, or why nothing
 * more may be read from this server. */
const char *imap_tokenizer_next(struct imap_tokenizer *tokenizer, struct slice *bytes,
				struct imap_token *token);
/* The rest of this line is words for people: one TEXT, which is cut at
 * IMAP_TOKEN_MAX, and the END. */
void imap_tokenizer_text(struct imap_tokenizer *tokenizer);

#endif

/* imap_token.h - tokenizer for IMAP responses
 *
 * SPDX-License-Identifier: MIT
 *
 * Pure.  Reads bytes as they arrive, split anywhere, and returns the tokens of
 * RFC 3501 section 9.  Line length, depth and number of tokens are limited; a
 * literal is announced before its bytes, so that the caller can limit its size.
 */
#ifndef MAILBOX_IMAP_TOKEN_H
#define MAILBOX_IMAP_TOKEN_H

#include "base/limits.h"
#include "base/strbuf.h"

/* A line without its literals.  SEARCH has the longest: 10,000 UIDs. */
#define IMAP_LINE_MAX (256 * KIB)
/* FETCH and NAMESPACE nest three levels, an unrequested BODYSTRUCTURE some more. */
#define IMAP_DEPTH_MAX 32
/* Limit for all answers to one command. */
#define IMAP_TOKENS_MAX 100000
/* Limit of an atom, a quoted string or the text after OK, NO and BAD. */
#define IMAP_TOKEN_MAX (16 * KIB)

enum imap_token_kind {
	IMAP_TOKEN_NONE, /* more bytes are needed */
	IMAP_TOKEN_ATOM,
	IMAP_TOKEN_QUOTED,  /* text between the quotes, without escapes */
	IMAP_TOKEN_LITERAL, /* announced: `size` bytes follow */
	IMAP_TOKEN_BYTES,   /* part of the literal */
	IMAP_TOKEN_OPEN,
	IMAP_TOKEN_CLOSE,
	IMAP_TOKEN_TEXT, /* the rest of a line, see imap_tokenizer_text() */
	IMAP_TOKEN_END,  /* of the line */
};

struct imap_token {
	enum imap_token_kind kind;
	struct slice text; /* ATOM, QUOTED, BYTES, TEXT; valid until the next call */
	uint64_t size;     /* LITERAL */
};

struct imap_tokenizer {
	enum {
		IMAP_LEX_BETWEEN,
		IMAP_LEX_ATOM,
		IMAP_LEX_SECTION, /* BODY[HEADER.FIELDS (From)] */
		IMAP_LEX_QUOTED,
		IMAP_LEX_ESCAPE,
		IMAP_LEX_SIZE,   /* "{12" */
		IMAP_LEX_CLOSED, /* "{12}" */
		IMAP_LEX_RETURN, /* "{12}" and CR */
		IMAP_LEX_TEXT,
	} state;
	struct strbuf text; /* of the current token */
	uint64_t number;    /* size of the literal being announced */
	uint64_t literal;   /* bytes of the literal still missing */
	unsigned depth;     /* of parentheses */
	size_t line;        /* its bytes so far */
	size_t tokens;
};

void imap_tokenizer_init(struct imap_tokenizer *tokenizer);
void imap_tokenizer_release(struct imap_tokenizer *tokenizer);

/* Reads up to the end of the next token.  Returns NULL, or the reason why the
 * connection must be closed. */
const char *imap_tokenizer_next(struct imap_tokenizer *tokenizer, struct slice *bytes,
				struct imap_token *token);
/* Reads the rest of this line as human-readable text: one TEXT, cut at
 * IMAP_TOKEN_MAX, and the END. */
void imap_tokenizer_text(struct imap_tokenizer *tokenizer);

#endif

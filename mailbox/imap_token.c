/* imap_token.c - tokenizer for IMAP responses
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/imap_token.h"

#include "base/ascii.h"

/* Larger than any number in an answer, and small enough that sums do not
 * overflow. */
#define NUMBER_MAX (UINT64_C(1) << 40)

void imap_tokenizer_init(struct imap_tokenizer *tokenizer)
{
	*tokenizer = (struct imap_tokenizer){ .state = IMAP_LEX_BETWEEN };
	strbuf_init(&tokenizer->text, IMAP_TOKEN_MAX);
}

void imap_tokenizer_release(struct imap_tokenizer *tokenizer)
{
	strbuf_release(&tokenizer->text);
}

void imap_tokenizer_text(struct imap_tokenizer *tokenizer)
{
	strbuf_reset(&tokenizer->text);
	tokenizer->state = IMAP_LEX_TEXT;
}

/* Returns the collected token. */
static void complete(struct imap_tokenizer *tokenizer, enum imap_token_kind kind,
		     struct imap_token *token)
{
	token->kind = kind;
	token->text = strbuf_slice(&tokenizer->text);
	tokenizer->state = IMAP_LEX_BETWEEN;
}

static const char *open_group(struct imap_tokenizer *tokenizer, struct imap_token *token)
{
	if (tokenizer->depth == IMAP_DEPTH_MAX)
		return "the server's answer is nested too deeply";
	tokenizer->depth++;
	token->kind = IMAP_TOKEN_OPEN;
	return NULL;
}

static void end_line(struct imap_tokenizer *tokenizer, struct imap_token *token)
{
	tokenizer->depth = 0;
	tokenizer->line = 0;
	token->kind = IMAP_TOKEN_END;
}

/* Each of the following functions consumes one byte, or sets *taken to false and
 * leaves it to the next state. */

static const char *between_tokens(struct imap_tokenizer *tokenizer, char c, bool *taken,
				  struct imap_token *token)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r': break;
	case '\n': end_line(tokenizer, token); break;
	case '(': return open_group(tokenizer, token);
	case ')':
		if (tokenizer->depth > 0)
			tokenizer->depth--;
		token->kind = IMAP_TOKEN_CLOSE;
		break;
	case '"':
		strbuf_reset(&tokenizer->text);
		tokenizer->state = IMAP_LEX_QUOTED;
		break;
	case '{':
		strbuf_reset(&tokenizer->text);
		strbuf_add_byte(&tokenizer->text, c);
		tokenizer->number = 0;
		tokenizer->state = IMAP_LEX_SIZE;
		break;
	default:
		strbuf_reset(&tokenizer->text);
		tokenizer->state = IMAP_LEX_ATOM;
		*taken = false;
	}
	return NULL;
}

static bool ends_atom(char c)
{
	return c == ' ' || c == '\t' || c == '(' || c == ')' || c == '"' || c == '{';
}

static void inside_atom(struct imap_tokenizer *tokenizer, char c, bool *taken,
			struct imap_token *token)
{
	const bool in_section = tokenizer->state == IMAP_LEX_SECTION;

	if (c == '\n' || c == '\r' || (!in_section && ends_atom(c))) {
		*taken = false;
		complete(tokenizer, IMAP_TOKEN_ATOM, token);
		return;
	}
	if (c == '[')
		tokenizer->state = IMAP_LEX_SECTION;
	else if (c == ']')
		tokenizer->state = IMAP_LEX_ATOM;
	strbuf_add_byte(&tokenizer->text, c);
}

/* The end of the line closes an open quote. */
static void inside_quotes(struct imap_tokenizer *tokenizer, char c, bool *taken,
			  struct imap_token *token)
{
	if (c == '\n')
		*taken = false;
	if (c == '\n' || (c == '"' && tokenizer->state == IMAP_LEX_QUOTED)) {
		complete(tokenizer, IMAP_TOKEN_QUOTED, token);
	} else if (c == '\\' && tokenizer->state == IMAP_LEX_QUOTED) {
		tokenizer->state = IMAP_LEX_ESCAPE;
	} else {
		strbuf_add_byte(&tokenizer->text, c);
		tokenizer->state = IMAP_LEX_QUOTED;
	}
}

/* "{12}" and a line end is a literal; anything else that starts like one is an
 * atom. */
static void inside_size(struct imap_tokenizer *tokenizer, char c, bool *taken,
			struct imap_token *token)
{
	if (tokenizer->state == IMAP_LEX_SIZE && ascii_is_digit(c)) {
		if (tokenizer->number < NUMBER_MAX)
			tokenizer->number = tokenizer->number * 10 + (uint64_t)(c - '0');
	} else if (tokenizer->state == IMAP_LEX_SIZE && c == '}' && tokenizer->text.len > 1) {
		tokenizer->state = IMAP_LEX_CLOSED;
	} else if (tokenizer->state == IMAP_LEX_CLOSED && c == '\r') {
		tokenizer->state = IMAP_LEX_RETURN;
	} else if (tokenizer->state != IMAP_LEX_SIZE && c == '\n') {
		tokenizer->state = IMAP_LEX_BETWEEN;
		tokenizer->literal = tokenizer->number;
		token->kind = IMAP_TOKEN_LITERAL;
		token->size = tokenizer->number;
	} else {
		tokenizer->state = IMAP_LEX_ATOM;
		*taken = false;
	}
	if (c != '\r' && *taken)
		strbuf_add_byte(&tokenizer->text, c);
}

static void inside_text(struct imap_tokenizer *tokenizer, char c, bool *taken,
			struct imap_token *token)
{
	if (c != '\n') {
		strbuf_add_byte(&tokenizer->text, c);
		return;
	}
	*taken = false;
	tokenizer->text.overflowed = false; /* the text is only for people */
	complete(tokenizer, IMAP_TOKEN_TEXT, token);
}

static const char *step(struct imap_tokenizer *tokenizer, char c, bool *taken,
			struct imap_token *token)
{
	*taken = true;
	switch (tokenizer->state) {
	case IMAP_LEX_BETWEEN: return between_tokens(tokenizer, c, taken, token);
	case IMAP_LEX_ATOM:
	case IMAP_LEX_SECTION: inside_atom(tokenizer, c, taken, token); break;
	case IMAP_LEX_QUOTED:
	case IMAP_LEX_ESCAPE: inside_quotes(tokenizer, c, taken, token); break;
	case IMAP_LEX_SIZE:
	case IMAP_LEX_CLOSED:
	case IMAP_LEX_RETURN: inside_size(tokenizer, c, taken, token); break;
	case IMAP_LEX_TEXT: inside_text(tokenizer, c, taken, token); return NULL;
	}
	return tokenizer->text.overflowed ? "a word of the server's answer is too long" : NULL;
}

static void take_bytes(struct imap_tokenizer *tokenizer, struct slice *bytes,
		       struct imap_token *token)
{
	const size_t size = tokenizer->literal < bytes->size ? (size_t)tokenizer->literal
							     : bytes->size;

	token->kind = IMAP_TOKEN_BYTES;
	token->text = (struct slice){ bytes->data, size };
	*bytes = slice_skip(*bytes, size);
	tokenizer->literal -= size;
}

const char *imap_tokenizer_next(struct imap_tokenizer *tokenizer, struct slice *bytes,
				struct imap_token *token)
{
	*token = (struct imap_token){ .kind = IMAP_TOKEN_NONE };
	if (tokenizer->literal > 0 && bytes->size > 0) {
		take_bytes(tokenizer, bytes, token);
		return NULL;
	}
	while (bytes->size > 0 && token->kind == IMAP_TOKEN_NONE) {
		bool taken;
		const char *complaint;

		if (tokenizer->line >= IMAP_LINE_MAX)
			return "a line of the server's answer is too long";
		complaint = step(tokenizer, bytes->data[0], &taken, token);
		if (complaint)
			return complaint;
		if (taken) {
			if (token->kind != IMAP_TOKEN_END)
				tokenizer->line++;
			*bytes = slice_skip(*bytes, 1);
		}
	}
	if (token->kind != IMAP_TOKEN_NONE && ++tokenizer->tokens > IMAP_TOKENS_MAX)
		return "the server's answer has too many words";
	return NULL;
}

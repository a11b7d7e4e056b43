/* imap_rewrite.c - normalises server responses for libetpan
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/imap_rewrite.h"

#include "base/ascii.h"

#define NOT_IMAP "the server's answer is not IMAP"
#define ANNOUNCED_TOO_MUCH "the server announces more bytes than requested"

/* Written but not taken: the output for 16 KiB of the shortest lines. */
#define OUT_MAX (256 * KIB)
/* Limit of a string outside a body; a longer one was not requested. */
#define LITERAL_MAX (64 * KIB)
#define STRING_MAX (2 * IMAP_TOKEN_MAX)
/* UIDs per SEARCH line; libetpan has no limit of its own. */
#define SEARCH_LINE 1000
#define WORDS_MAX 400
#define CAPABILITY_MAX 64
#define FLAG_MAX 200

void imap_rewriter_init(struct imap_rewriter *rewriter)
{
	*rewriter = (struct imap_rewriter){ .line = IMAP_LINE_NEW };
	imap_tokenizer_init(&rewriter->tokens);
	strbuf_init(&rewriter->out, OUT_MAX);
	strbuf_init(&rewriter->string, STRING_MAX);
}

void imap_rewriter_release(struct imap_rewriter *rewriter)
{
	imap_tokenizer_release(&rewriter->tokens);
	strbuf_release(&rewriter->out);
	strbuf_release(&rewriter->string);
}

void imap_rewriter_begin(struct imap_rewriter *rewriter)
{
	rewriter->tokens.tokens = 0;
	rewriter->found = false;
	if (!imap_rewriter_is_empty(rewriter))
		return;
	/* Free it: hundreds of connections are idle at a time. */
	strbuf_release(&rewriter->out);
	rewriter->taken = 0;
}

/* --- writing ------------------------------------------------------------------ */

static void write_text(struct imap_rewriter *rewriter, const char *text)
{
	strbuf_add_text(&rewriter->out, text);
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* Whether text is an atom (RFC 3501 section 9) without "[". */
static bool is_atom(struct slice text, size_t most)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~' ||
		    strchr("(){%*\"\\[]", text.data[i]))
			return false;
	return text.size > 0 && text.size <= most;
}

/* Human-readable text: a bracket at its start would be parsed as a code, so "[ALERT] Text"
 * becomes "(ALERT) Text". */
static void write_words(struct imap_rewriter *rewriter, struct slice words)
{
	const size_t end = slice_starts_with(words, "[") ? slice_find(words, ']') : words.size;

	if (words.size > WORDS_MAX)
		words = slice_trim((struct slice){ words.data, WORDS_MAX });
	if (words.size == 0)
		write_text(rewriter, "(no words)");
	for (size_t i = 0; i < words.size; i++) {
		const char c = words.data[i];

		strbuf_add_byte(&rewriter->out, i == 0 && c == '[' ? '('
						: i == end         ? ')'
						: is_printable(c)  ? c
								   : '?');
	}
	write_text(rewriter, "\r\n");
}

static void write_quoted(struct imap_rewriter *rewriter, struct slice text)
{
	write_text(rewriter, "\"");
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			write_text(rewriter, "\\");
		strbuf_add_byte(&rewriter->out, is_printable(text.data[i]) ? text.data[i] : '?');
	}
	write_text(rewriter, "\"");
}

/* Flags known to libetpan, keywords, and "any keyword". */
static bool is_flag(struct slice flag)
{
	static const char *const known[] = { "\\Answered", "\\Flagged", "\\Deleted",
					     "\\Seen",     "\\Draft",   "\\*" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (slice_is_nocase(flag, known[i]))
			return true;
	return is_atom(flag, FLAG_MAX);
}

static void write_flag(struct strbuf *out, struct slice flag, bool *is_first)
{
	if (!is_flag(flag))
		return;
	if (!*is_first)
		strbuf_add_byte(out, ' ');
	strbuf_add_slice(out, flag);
	*is_first = false;
}

/* --- OK, NO, BAD, BYE, + -------------------------------------------------------- */

/* Splits "[CODE arguments] words"; code is absent if there is none. */
static struct slice split_code(struct slice *words, struct slice *arguments)
{
	struct slice code = { NULL, 0 };

	*words = slice_trim(*words);
	*arguments = code;
	if (words->size > 0 && words->data[0] == '[' && slice_find(*words, ']') < words->size) {
		code = slice_split(slice_skip(*words, 1), ']', words);
		code = slice_split(code, ' ', arguments);
		*words = slice_trim(*words);
	}
	return code;
}

/* Codes without arguments: those of RFC 3501 and, in tagged responses, those of RFC
 * 5530 that affect what to do. */
static const char *plain_code(struct slice code, bool tagged)
{
	static const char *const codes[] = {
		"READ-ONLY",    "READ-WRITE",    "TRYCREATE",     "UNAVAILABLE",
		"INUSE",        "LIMIT",         "OVERQUOTA",     "SERVERBUG",
		"CONTACTADMIN", "EXPIRED",       "NOPERM",        "PRIVACYREQUIRED",
		"NONEXISTENT",  "CANNOT",        "CLIENTBUG",     "AUTHORIZATIONFAILED",
		"CORRUPTION",   "ALREADYEXISTS", "EXPUNGEISSUED", "AUTHENTICATIONFAILED",
	};
	static const size_t untagged = 3;

	for (size_t i = 0; i < (tagged ? sizeof(codes) / sizeof(codes[0]) : untagged); i++)
		if (slice_is_nocase(code, codes[i]))
			return codes[i];
	return NULL;
}

static void write_permanent_flags(struct strbuf *out, struct slice list)
{
	bool is_first = true;

	strbuf_add_text(out, "[PERMANENTFLAGS (");
	for (list = slice_trim(list); list.size > 0;) {
		struct slice flag = slice_split(list, ' ', &list);

		if (flag.size > 0 && flag.data[0] == '(')
			flag = slice_skip(flag, 1);
		if (flag.size > 0 && flag.data[flag.size - 1] == ')')
			flag.size--;
		write_flag(out, flag, &is_first);
	}
	strbuf_add_text(out, ")] ");
}

/* false: the code is not used. */
static bool write_code(struct strbuf *out, struct slice code, struct slice arguments, bool tagged)
{
	const char *plain = plain_code(code, tagged);
	uint64_t number;

	strbuf_reset(out);
	if (plain)
		strbuf_add_format(out, "[%s] ", plain);
	else if (slice_is_nocase(code, "UIDVALIDITY") &&
		 slice_to_uint(slice_trim(arguments), UINT32_MAX, &number) && number > 0)
		strbuf_add_format(out, "[UIDVALIDITY %u] ", (unsigned)number);
	else if (slice_is_nocase(code, "PERMANENTFLAGS"))
		write_permanent_flags(out, arguments);
	return out->len > 0 && !out->overflowed;
}

static const char *read_status(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	const bool tagged = rewriter->tag[0] != '\0';
	struct slice words, rest, arguments, code;
	bool useful;

	if (token->kind != IMAP_TOKEN_TEXT)
		return NULL;
	words = rest = slice_trim(token->text);
	code = split_code(&rest, &arguments);
	useful = write_code(&rewriter->string, code, arguments, tagged);
	if (!useful && !tagged)
		return NULL;
	strbuf_add_format(&rewriter->out, "%s %s ", tagged ? rewriter->tag : "*", rewriter->status);
	if (useful)
		strbuf_add_slice(&rewriter->out, strbuf_slice(&rewriter->string));
	write_words(rewriter, useful ? rest : words);
	return NULL;
}

static const char *read_bye(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	size_t size = 0;

	if (token->kind != IMAP_TOKEN_TEXT)
		return NULL;
	write_text(rewriter, "* BYE ");
	write_words(rewriter, slice_trim(token->text));
	for (const struct slice words = slice_trim(token->text);
	     size < words.size && size < sizeof(rewriter->farewell) - 1; size++)
		rewriter->farewell[size] = is_printable(words.data[size]) ? words.data[size] : '?';
	rewriter->farewell[size] = '\0';
	return NULL;
}

static bool is_base64(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!ascii_is_alnum(text.data[i]) && text.data[i] != '+' && text.data[i] != '/' &&
		    text.data[i] != '=')
			return false;
	return true;
}

/* Writes a complete challenge or nothing: the text of IDLE's "+" is not used. */
static const char *read_go(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	struct slice words;

	if (token->kind != IMAP_TOKEN_TEXT)
		return NULL;
	words = slice_trim(token->text);
	if (token->text.size == IMAP_TOKEN_MAX)
		return "the server's challenge is too long";
	write_text(rewriter, "+ ");
	if (is_base64(words))
		strbuf_add_slice(&rewriter->out, words);
	write_text(rewriter, "\r\n");
	return NULL;
}

/* Writes "* 12 FETCH" and the like. */
static void write_numbered(struct imap_rewriter *rewriter, const char *what)
{
	write_text(rewriter, "* ");
	strbuf_add_uint(&rewriter->out, rewriter->number);
	write_text(rewriter, what);
}

/* --- lists ------------------------------------------------------------------------- */

static const char *read_capability(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	if (token->kind == IMAP_TOKEN_END) {
		write_text(rewriter, "\r\n");
	} else if (token->kind == IMAP_TOKEN_ATOM && is_atom(token->text, CAPABILITY_MAX) &&
		   !slice_is_nocase(token->text, "AUTH=") &&
		   !slice_is_nocase(token->text, "IMAP4rev1")) {
		write_text(rewriter, " ");
		strbuf_add_slice(&rewriter->out, token->text);
	}
	return NULL;
}

/* place: 1 after the parenthesis, 2 after a flag, 3 after the end. */
static const char *read_flags(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	const bool is_inside = rewriter->place == 1 || rewriter->place == 2;
	bool is_first = rewriter->place == 1;

	if (token->kind == IMAP_TOKEN_OPEN && rewriter->place == 0) {
		rewriter->place = 1;
		write_text(rewriter, "* FLAGS (");
	} else if (token->kind == IMAP_TOKEN_ATOM && is_inside) {
		write_flag(&rewriter->out, token->text, &is_first);
		rewriter->place = is_first ? 1 : 2;
	} else if (token->kind == IMAP_TOKEN_CLOSE && is_inside) {
		rewriter->place = 3;
		write_text(rewriter, ")\r\n");
	} else if (token->kind != IMAP_TOKEN_END || rewriter->place != 3) {
		return NOT_IMAP;
	}
	return NULL;
}

/* A level that contains folders but no mail (RFC 5258 section 3). */
static bool is_no_select(const struct imap_token *token)
{
	return token->kind == IMAP_TOKEN_ATOM && (slice_is_nocase(token->text, "\\Noselect") ||
						  slice_is_nocase(token->text, "\\NonExistent"));
}

/* place: 0 before and in the flags, 1 the delimiter, 2 the name, 3 after it. */
static const char *read_list(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	if (token->kind == IMAP_TOKEN_END)
		return rewriter->place < 3 ? NOT_IMAP : NULL;
	if (rewriter->place == 0)
		rewriter->no_select = (token->kind != IMAP_TOKEN_OPEN && rewriter->no_select) ||
				      is_no_select(token);
	if (rewriter->tokens.depth > 0 || rewriter->place == 3)
		return NULL;
	if (rewriter->place == 0) {
		if (token->kind != IMAP_TOKEN_CLOSE)
			return NOT_IMAP;
	} else if (token->kind != IMAP_TOKEN_ATOM && token->kind != IMAP_TOKEN_QUOTED) {
		return NOT_IMAP;
	} else if (rewriter->place == 1) {
		rewriter->delimiter = token->kind == IMAP_TOKEN_QUOTED && token->text.size == 1
					      ? token->text.data[0]
					      : '\0';
	} else {
		write_text(rewriter, rewriter->no_select ? "* LIST (\\Noselect) " : "* LIST () ");
		if (imap_delimiter_valid(rewriter->delimiter))
			write_quoted(rewriter, (struct slice){ &rewriter->delimiter, 1 });
		else
			write_text(rewriter, "NIL");
		write_text(rewriter, " ");
		write_quoted(rewriter, token->text);
		write_text(rewriter, "\r\n");
	}
	rewriter->place++;
	return NULL;
}

/* "(MODSEQ 12)" may follow the numbers (RFC 7162). */
static const char *read_search(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	uint64_t uid;

	rewriter->found = true;
	if (token->kind == IMAP_TOKEN_END) {
		write_text(rewriter, "\r\n");
		return NULL;
	}
	if (rewriter->tokens.depth > 0 || token->kind == IMAP_TOKEN_CLOSE)
		return NULL;
	if (token->kind != IMAP_TOKEN_ATOM || !slice_to_uint(token->text, UINT32_MAX, &uid))
		return NOT_IMAP;
	if (uid == 0)
		return NULL;
	if (rewriter->number++ == SEARCH_LINE) {
		write_text(rewriter, "\r\n* SEARCH");
		rewriter->number = 1;
	}
	write_text(rewriter, " ");
	strbuf_add_uint(&rewriter->out, uid);
	return NULL;
}

/* Keeps the first personal namespace.  place: 0 its prefix, 1 its delimiter, 2 the
 * rest of the line. */
static const char *read_namespace(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	const bool is_string = token->kind == IMAP_TOKEN_ATOM || token->kind == IMAP_TOKEN_QUOTED;
	const struct slice text = token->text;

	if (rewriter->tokens.depth == 0 && token->kind != IMAP_TOKEN_END)
		rewriter->place = 2; /* NIL, or after the first list */
	if (!is_string || rewriter->tokens.depth != 2 || rewriter->place == 2)
		return NULL;
	if (rewriter->place == 0)
		rewriter->has_space = imap_namespace_begin(&rewriter->space, text)
					      ? IMAP_NAMESPACE_KNOWN
					      : IMAP_NAMESPACE_STRANGE;
	else if (token->kind == IMAP_TOKEN_QUOTED && text.size == 1 &&
		 imap_delimiter_valid(text.data[0]))
		rewriter->space.delimiter = text.data[0];
	rewriter->place++;
	return NULL;
}

/* --- FETCH ----------------------------------------------------------------------- */

/* The first occurrence of an attribute counts. */
static bool begin_attribute(struct imap_rewriter *rewriter, const char *name)
{
	if (rewriter->given & rewriter->attribute)
		return false;
	if (rewriter->given == 0)
		write_numbered(rewriter, " FETCH (");
	else
		write_text(rewriter, " ");
	rewriter->given |= rewriter->attribute;
	write_text(rewriter, name);
	return true;
}

/* Matches "BODY[]", or "BODY[]<12>" for a part of it. */
static bool is_body(struct slice name, uint32_t *origin)
{
	const size_t length = strlen("BODY[]");
	struct slice part;
	uint64_t number = 0;

	if (name.size < length || !slice_is_nocase((struct slice){ name.data, length }, "BODY[]"))
		return false;
	part = slice_skip(name, length);
	if (part.size > 2 && part.data[0] == '<' && part.data[part.size - 1] == '>') {
		part = slice_between(part.data + 1, part.data + part.size - 1);
		if (!slice_to_uint(part, UINT32_MAX, &number))
			return false;
	} else if (part.size > 0) {
		return false;
	}
	*origin = (uint32_t)number;
	return true;
}

static enum imap_attribute read_name(struct imap_rewriter *rewriter, struct slice name)
{
	if (slice_is_nocase(name, "UID"))
		return IMAP_ATTRIBUTE_UID;
	if (slice_is_nocase(name, "RFC822.SIZE"))
		return IMAP_ATTRIBUTE_SIZE;
	return is_body(name, &rewriter->origin) ? IMAP_ATTRIBUTE_BODY : IMAP_ATTRIBUTE_OTHER;
}

static bool begin_body(struct imap_rewriter *rewriter)
{
	if (!begin_attribute(rewriter, "BODY[]"))
		return false;
	if (rewriter->origin > 0)
		strbuf_add_format(&rewriter->out, "<%u>", (unsigned)rewriter->origin);
	write_text(rewriter, " ");
	return true;
}

static void write_body_size(struct imap_rewriter *rewriter, uint64_t size)
{
	write_text(rewriter, "{");
	strbuf_add_uint(&rewriter->out, size);
	write_text(rewriter, "}\r\n");
}

static const char *read_value(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	uint64_t number;

	switch (rewriter->attribute) {
	case IMAP_ATTRIBUTE_UID:
		if (!slice_to_uint(token->text, UINT32_MAX, &number) || number == 0)
			return NOT_IMAP;
		if (begin_attribute(rewriter, "UID "))
			strbuf_add_uint(&rewriter->out, number);
		break;
	case IMAP_ATTRIBUTE_SIZE:
		/* Omit an invalid size: it is only an estimate. */
		if (slice_to_uint(token->text, UINT64_MAX, &number) &&
		    begin_attribute(rewriter, "RFC822.SIZE "))
			strbuf_add_uint(&rewriter->out, number < UINT32_MAX ? number : UINT32_MAX);
		break;
	case IMAP_ATTRIBUTE_BODY:
		if (token->kind == IMAP_TOKEN_ATOM && !slice_is_nocase(token->text, "NIL"))
			return NOT_IMAP;
		if (!begin_body(rewriter))
			break;
		if (token->kind == IMAP_TOKEN_ATOM) {
			write_text(rewriter, "NIL");
		} else {
			write_body_size(rewriter, token->text.size);
			strbuf_add_slice(&rewriter->out, token->text);
		}
		break;
	case IMAP_ATTRIBUTE_OTHER: break;
	}
	return NULL;
}

/* place: 0 before the parenthesis, 1 a name or the end, 2 a value, 3 inside a list
 * value, 4 after the end. */
static const char *read_fetch(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	const bool is_string = token->kind == IMAP_TOKEN_ATOM || token->kind == IMAP_TOKEN_QUOTED;

	switch (rewriter->place) {
	case 0: rewriter->place = 1; return token->kind == IMAP_TOKEN_OPEN ? NULL : NOT_IMAP;
	case 1:
		if (token->kind == IMAP_TOKEN_ATOM) {
			rewriter->attribute = read_name(rewriter, token->text);
			rewriter->place = 2;
			return NULL;
		}
		rewriter->place = 4;
		if (token->kind != IMAP_TOKEN_CLOSE)
			return NOT_IMAP;
		if (rewriter->given)
			write_text(rewriter, ")\r\n");
		return NULL;
	case 2:
		rewriter->place = token->kind == IMAP_TOKEN_OPEN ? 3 : 1;
		if (token->kind == IMAP_TOKEN_OPEN)
			return rewriter->attribute == IMAP_ATTRIBUTE_OTHER ? NULL : NOT_IMAP;
		return is_string ? read_value(rewriter, token) : NOT_IMAP;
	case 3:
		if (token->kind == IMAP_TOKEN_CLOSE && rewriter->tokens.depth == 1)
			rewriter->place = 1;
		return token->kind == IMAP_TOKEN_END ? NOT_IMAP : NULL;
	default: return token->kind == IMAP_TOKEN_END ? NULL : NOT_IMAP;
	}
}

/* --- start of a line ------------------------------------------------------------------ */

static const char *status_of(struct slice word)
{
	static const char *const all[] = { "OK", "NO", "BAD" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (slice_is_nocase(word, all[i]))
			return all[i];
	return NULL;
}

static void begin_line(struct imap_rewriter *rewriter, enum imap_line line)
{
	rewriter->line = line;
	rewriter->place = 0;
	if (line == IMAP_LINE_STATUS || line == IMAP_LINE_BYE || line == IMAP_LINE_GO)
		imap_tokenizer_text(&rewriter->tokens);
}

static const char *read_first(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	const struct slice word = token->text;

	if (token->kind == IMAP_TOKEN_END)
		return NULL; /* Exchange sends empty lines. */
	if (token->kind != IMAP_TOKEN_ATOM)
		return NOT_IMAP;
	rewriter->tag[0] = '\0';
	if (slice_is(word, "*")) {
		begin_line(rewriter, IMAP_LINE_STAR);
	} else if (slice_is(word, "+")) {
		begin_line(rewriter, IMAP_LINE_GO);
	} else {
		for (size_t i = 0; i < word.size; i++)
			if (!ascii_is_alnum(word.data[i]) || i == sizeof(rewriter->tag) - 1)
				return NOT_IMAP;
		memcpy(rewriter->tag, word.data, word.size);
		rewriter->tag[word.size] = '\0';
		begin_line(rewriter, IMAP_LINE_TAG);
	}
	return NULL;
}

static const char *read_tagged(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	rewriter->status = token->kind == IMAP_TOKEN_ATOM ? status_of(token->text) : NULL;
	if (!rewriter->status)
		return NOT_IMAP;
	begin_line(rewriter, IMAP_LINE_STATUS);
	return NULL;
}

static const char *read_numbered(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	begin_line(rewriter, IMAP_LINE_SKIP);
	if (token->kind != IMAP_TOKEN_ATOM)
		return NOT_IMAP;
	if (slice_is_nocase(token->text, "EXISTS")) {
		write_numbered(rewriter, " EXISTS\r\n");
	} else if (slice_is_nocase(token->text, "EXPUNGE")) {
		write_numbered(rewriter, " EXPUNGE\r\n");
	} else if (slice_is_nocase(token->text, "FETCH")) {
		rewriter->given = 0;
		begin_line(rewriter, IMAP_LINE_FETCH);
	}
	return NULL;
}

static const char *read_untagged(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	static const struct {
		const char *word;
		enum imap_line line;
		const char *beginning; /* prefix of the output */
	} kinds[] = {
		{ "BYE", IMAP_LINE_BYE, "" },
		{ "CAPABILITY", IMAP_LINE_CAPABILITY, "* CAPABILITY IMAP4rev1" },
		{ "FLAGS", IMAP_LINE_FLAGS, "" },
		{ "LIST", IMAP_LINE_LIST, "" },
		{ "SEARCH", IMAP_LINE_SEARCH, "* SEARCH" },
		{ "NAMESPACE", IMAP_LINE_NAMESPACE, "" },
	};
	uint64_t number;

	if (token->kind != IMAP_TOKEN_ATOM)
		return NOT_IMAP;
	if (slice_to_uint(token->text, UINT32_MAX, &number)) {
		rewriter->number = (uint32_t)number;
		begin_line(rewriter, IMAP_LINE_NUMBER);
		return NULL;
	}
	/* An unrequested form of the answer would look like an empty folder. */
	if (slice_is_nocase(token->text, "ESEARCH"))
		return "the server answers with ESEARCH, which was not requested";
	rewriter->number = 0;
	rewriter->status = status_of(token->text);
	for (size_t i = 0; !rewriter->status && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (slice_is_nocase(token->text, kinds[i].word)) {
			write_text(rewriter, kinds[i].beginning);
			begin_line(rewriter, kinds[i].line);
			return NULL;
		}
	}
	begin_line(rewriter, rewriter->status ? IMAP_LINE_STATUS : IMAP_LINE_SKIP);
	return NULL;
}

static const char *skip(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	(void)rewriter;
	(void)token;
	return NULL;
}

/* --- tokens --------------------------------------------------------------------------- */

static const char *read_token(struct imap_rewriter *rewriter, const struct imap_token *token)
{
	static const char *(*const readers[])(struct imap_rewriter *, const struct imap_token *) = {
		[IMAP_LINE_NEW] = read_first,       [IMAP_LINE_STAR] = read_untagged,
		[IMAP_LINE_NUMBER] = read_numbered, [IMAP_LINE_TAG] = read_tagged,
		[IMAP_LINE_STATUS] = read_status,   [IMAP_LINE_BYE] = read_bye,
		[IMAP_LINE_GO] = read_go,           [IMAP_LINE_CAPABILITY] = read_capability,
		[IMAP_LINE_FLAGS] = read_flags,     [IMAP_LINE_LIST] = read_list,
		[IMAP_LINE_SEARCH] = read_search,   [IMAP_LINE_NAMESPACE] = read_namespace,
		[IMAP_LINE_FETCH] = read_fetch,     [IMAP_LINE_SKIP] = skip,
	};
	const char *complaint = readers[rewriter->line](rewriter, token);

	if (token->kind == IMAP_TOKEN_END)
		rewriter->line = IMAP_LINE_NEW;
	return complaint;
}

/* A complete literal is handled like any other string. */
static const char *end_literal(struct imap_rewriter *rewriter)
{
	const struct imap_token whole = { .kind = IMAP_TOKEN_QUOTED,
					  .text = strbuf_slice(&rewriter->string) };

	if (rewriter->in_body) {
		rewriter->in_body = false;
		rewriter->place = 1;
		return NULL;
	}
	return read_token(rewriter, &whole);
}

static const char *begin_literal(struct imap_rewriter *rewriter, uint64_t size, uint64_t most)
{
	const bool for_body = rewriter->line == IMAP_LINE_FETCH && rewriter->place == 2 &&
			      rewriter->attribute == IMAP_ATTRIBUTE_BODY;

	if (size > (for_body ? most : LITERAL_MAX) || size > UINT32_MAX) {
		rewriter->announced_too_much = for_body;
		return ANNOUNCED_TOO_MUCH;
	}
	strbuf_reset(&rewriter->string);
	rewriter->in_body = for_body && begin_body(rewriter);
	if (rewriter->in_body)
		write_body_size(rewriter, size);
	return size == 0 ? end_literal(rewriter) : NULL;
}

static const char *read_literal(struct imap_rewriter *rewriter, struct slice bytes)
{
	strbuf_add_slice(rewriter->in_body ? &rewriter->out : &rewriter->string, bytes);
	return rewriter->tokens.literal == 0 ? end_literal(rewriter) : NULL;
}

size_t imap_rewriter_pass(struct imap_rewriter *rewriter, size_t size)
{
	uint64_t *left = &rewriter->tokens.literal;
	const size_t passed = *left < size ? (size_t)*left : size;

	if (!rewriter->in_body || !imap_rewriter_is_empty(rewriter))
		return 0;
	*left -= passed;
	if (*left == 0)
		(void)end_literal(rewriter);
	return passed;
}

const char *imap_rewriter_feed(struct imap_rewriter *rewriter, struct slice bytes,
			       uint64_t literal_most)
{
	const char *complaint = NULL;

	while (!complaint && bytes.size > 0) {
		struct imap_token token;

		complaint = imap_tokenizer_next(&rewriter->tokens, &bytes, &token);
		if (complaint || token.kind == IMAP_TOKEN_NONE)
			break;
		if (token.kind == IMAP_TOKEN_LITERAL)
			complaint = begin_literal(rewriter, token.size, literal_most);
		else if (token.kind == IMAP_TOKEN_BYTES)
			complaint = read_literal(rewriter, token.text);
		else
			complaint = read_token(rewriter, &token);
		if (!complaint && rewriter->out.overflowed)
			complaint = "the server's answer is too long";
	}
	return complaint;
}

size_t imap_rewriter_take(struct imap_rewriter *rewriter, char *buffer, size_t size)
{
	const size_t taken = slice_read(strbuf_slice(&rewriter->out), &rewriter->taken, buffer,
					size);

	if (imap_rewriter_is_empty(rewriter)) {
		strbuf_reset(&rewriter->out);
		rewriter->taken = 0;
	}
	return taken;
}

bool imap_rewriter_is_empty(const struct imap_rewriter *rewriter)
{
	return rewriter->taken == rewriter->out.len;
}

void imap_rewriter_greet(struct imap_rewriter *rewriter, bool logged_in)
{
	write_text(rewriter, logged_in ? "* PREAUTH ready\r\n" : "* OK ready\r\n");
}

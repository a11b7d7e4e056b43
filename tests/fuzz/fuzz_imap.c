/* fuzz_imap.c - any bytes as the answers of an IMAP server
 *
 * SPDX-License-Identifier: MIT
 *
 * What imap_rewrite.c writes is read twice: by a strict reader of this file,
 * which knows the few forms it may have and nothing else, and by libetpan.
 * Both must understand the same.  However the bytes are cut, the same is
 * written, and what was written is written again as it stands.
 */
#include <stdio.h>
#include <string.h>

#include <libetpan/libetpan.h>

#include "base/strbuf.h"
#include "mailbox/imap_rewrite.h"
#include "tests/fuzz/fuzz.h"

#define LITERAL_MOST 100000
#define PIECE_MAX 16384
#define EVERYTHING (64u << 20)

/* --- writing ----------------------------------------------------------------- */

/* What comes of the input in pieces; the first byte of each says how long the
 * next one is.  True: no complaint. */
static bool rewrite(struct slice input, bool cut, struct strbuf *out)
{
	struct imap_rewriter rewriter;
	const char *complaint = NULL;
	char taken[1000];
	size_t size;

	imap_rewriter_init(&rewriter);
	while (!complaint && input.size > 0) {
		const size_t query = cut ? (unsigned char)input.data[0] % 7 + 1 : PIECE_MAX;
		const size_t piece = query < input.size ? query : input.size;

		complaint = imap_rewriter_feed(&rewriter, (struct slice){ input.data, piece },
					       LITERAL_MOST);
		while ((size = imap_rewriter_take(&rewriter, taken, sizeof(taken))) > 0)
			strbuf_add(out, taken, size);
		input = slice_skip(input, piece);
	}
	imap_rewriter_release(&rewriter);
	check(!out->overflowed);
	return !complaint;
}

/* --- what has been understood ---------------------------------------------------- */

/* Of one answer, and what stays of those before it. */
struct picture {
	struct strbuf fetched, found, listed, expunged;
	char status[8], code[64];
	bool try_create;
	/* These stay. */
	struct strbuf capabilities, flags, permanent;
	uint32_t exists, uidvalidity;
	int access;
};

#define ALL_TEXTS(picture)                                                                        \
	{                                                                                         \
		&(picture)->fetched, &(picture)->found, &(picture)->listed, &(picture)->expunged, \
			&(picture)->capabilities, &(picture)->flags, &(picture)->permanent        \
	}
enum { TEXTS = 7, TEXTS_OF_ONE = 4 };

static void picture_init(struct picture *picture)
{
	struct strbuf *const texts[] = ALL_TEXTS(picture);

	memset(picture, 0, sizeof(*picture));
	for (size_t i = 0; i < TEXTS; i++)
		strbuf_init(texts[i], EVERYTHING);
}

static void picture_release(struct picture *picture)
{
	struct strbuf *const texts[] = ALL_TEXTS(picture);

	for (size_t i = 0; i < TEXTS; i++)
		strbuf_release(texts[i]);
}

static void picture_next(struct picture *picture)
{
	struct strbuf *const texts[] = ALL_TEXTS(picture);

	for (size_t i = 0; i < TEXTS_OF_ONE; i++)
		strbuf_reset(texts[i]);
	picture->status[0] = picture->code[0] = '\0';
	picture->try_create = false;
}

static void same(const struct strbuf *a, const struct strbuf *b, const char *what)
{
	if (slice_equal_nocase(strbuf_slice(a), strbuf_slice(b)))
		return;
	fprintf(stderr, "%s: %s\nand: %s\n", what, a->buf, b->buf);
	check(false);
}

static void compare(struct picture *a, struct picture *b)
{
	static const char *const names[] = { "fetched",      "found", "listed",   "expunged",
					     "capabilities", "flags", "permanent" };
	struct strbuf *const ours[] = ALL_TEXTS(a), *const theirs[] = ALL_TEXTS(b);

	for (size_t i = 0; i < TEXTS; i++)
		same(ours[i], theirs[i], names[i]);
	check(slice_equal(strbuf_slice(&a->fetched), strbuf_slice(&b->fetched)));
	check(strcmp(a->code, b->code) == 0);
	check(a->try_create == b->try_create);
	check(a->exists == b->exists);
	check(a->uidvalidity == b->uidvalidity);
	check(a->access == b->access);
}

/* --- the strict reader ----------------------------------------------------------- */

struct reader {
	struct slice rest;
	struct picture *picture;
};

/* The text up to `end`, which must come and is passed. */
static struct slice upto(struct slice *rest, const char *end)
{
	const size_t at = slice_find_text(*rest, end);
	const struct slice text = { rest->data, at };

	check(at < rest->size);
	*rest = slice_skip(*rest, at + strlen(end));
	return text;
}

static bool pass(struct slice *rest, const char *word)
{
	if (!slice_starts_with(*rest, word))
		return false;
	*rest = slice_skip(*rest, strlen(word));
	return true;
}

static uint32_t number_of(struct slice text)
{
	uint64_t number;

	check(slice_to_uint(text, UINT32_MAX, &number));
	return (uint32_t)number;
}

static void printable(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		check(text.data[i] >= ' ' && text.data[i] <= '~');
}

static void read_words(struct slice line, struct picture *picture, bool tagged)
{
	struct slice code;

	printable(line);
	check(line.size > 0);
	if (line.data[0] != '[')
		return;
	line = slice_skip(line, 1);
	code = upto(&line, "] ");
	if (pass(&code, "PERMANENTFLAGS (")) {
		check(code.size > 0 && code.data[code.size - 1] == ')');
		strbuf_reset(&picture->permanent);
		strbuf_add(&picture->permanent, code.data, code.size - 1);
	} else if (pass(&code, "UIDVALIDITY ")) {
		picture->uidvalidity = number_of(code);
	} else if (slice_is(code, "READ-ONLY")) {
		picture->access = MAILIMAP_MAILBOX_READONLY;
	} else if (slice_is(code, "READ-WRITE")) {
		picture->access = MAILIMAP_MAILBOX_READWRITE;
	} else if (slice_is(code, "TRYCREATE")) {
		picture->try_create = true;
	} else {
		check(tagged && code.size < sizeof(picture->code));
		memcpy(picture->code, code.data, code.size);
		picture->code[code.size] = '\0';
	}
}

/* A quoted string, whose first quote has been passed. */
static void read_name(struct slice line, struct strbuf *listed)
{
	while (line.size > 0 && line.data[0] != '"') {
		if (line.data[0] == '\\')
			line = slice_skip(line, 1);
		check(line.size > 0);
		strbuf_add(listed, line.data, 1);
		line = slice_skip(line, 1);
	}
	check(slice_is(line, "\""));
}

static void read_list(struct slice line, struct strbuf *listed)
{
	char delimiter = '\0';

	if (!pass(&line, "NIL ")) {
		check(pass(&line, "\""));
		(void)pass(&line, "\\");
		check(line.size > 0);
		delimiter = line.data[0];
		line = slice_skip(line, 1);
		check(pass(&line, "\" "));
	}
	check(pass(&line, "\""));
	printable(line);
	strbuf_add_format(listed, "%d ", delimiter);
	read_name(line, listed);
	strbuf_add_text(listed, "\n");
}

/* False: it has no end. */
static bool read_body(struct reader *reader, struct strbuf *fetched)
{
	uint32_t size;

	if (pass(&reader->rest, "NIL")) {
		strbuf_add_text(fetched, "NIL");
		return true;
	}
	check(pass(&reader->rest, "{"));
	size = number_of(upto(&reader->rest, "}\r\n"));
	check(size <= LITERAL_MOST);
	if (size > reader->rest.size)
		return false;
	strbuf_add(fetched, reader->rest.data, size);
	reader->rest = slice_skip(reader->rest, size);
	return true;
}

/* "<17>" or nothing, and a blank. */
static uint32_t read_origin(struct reader *reader)
{
	uint32_t origin = 0;

	if (pass(&reader->rest, "<")) {
		origin = number_of(upto(&reader->rest, ">"));
		check(origin > 0);
	}
	check(pass(&reader->rest, " "));
	return origin;
}

/* "* 1 FETCH (" has been passed.  False: it has no end. */
static bool read_fetch(struct reader *reader, struct slice number)
{
	struct strbuf *fetched = &reader->picture->fetched;
	unsigned given = 0;

	strbuf_add_format(fetched, "#%u", (unsigned)number_of(number));
	do {
		unsigned attribute;

		if (pass(&reader->rest, "UID ")) {
			attribute = 1;
			strbuf_add_text(fetched, " UID ");
		} else if (pass(&reader->rest, "RFC822.SIZE ")) {
			attribute = 2;
			strbuf_add_text(fetched, " SIZE ");
		} else {
			check(pass(&reader->rest, "BODY[]"));
			attribute = 4;
			strbuf_add_format(fetched, " BODY %u ", (unsigned)read_origin(reader));
			if (!read_body(reader, fetched))
				return false;
		}
		check(!(given & attribute));
		given |= attribute;
		while (attribute < 4 && reader->rest.size > 0 && reader->rest.data[0] >= '0' &&
		       reader->rest.data[0] <= '9') {
			strbuf_add(fetched, reader->rest.data, 1);
			reader->rest = slice_skip(reader->rest, 1);
		}
	} while (pass(&reader->rest, " "));
	if (reader->rest.size == 0)
		return false;
	check(pass(&reader->rest, ")\r\n"));
	strbuf_add_text(fetched, "\n");
	return true;
}

static void read_numbered(struct reader *reader, struct slice line)
{
	struct slice number = slice_split(line, ' ', &line);

	if (slice_is(line, "EXISTS")) {
		reader->picture->exists = number_of(number);
	} else {
		check(slice_is(line, "EXPUNGE"));
		reader->picture->exists--;
		strbuf_add_format(&reader->picture->expunged, "%u ", (unsigned)number_of(number));
	}
}

static void read_untagged(struct reader *reader, struct slice line)
{
	struct picture *picture = reader->picture;

	if (pass(&line, "OK ") || pass(&line, "NO ") || pass(&line, "BAD ")) {
		check(line.size > 0 && line.data[0] == '[');
		read_words(line, picture, false);
	} else if (pass(&line, "CAPABILITY ")) {
		printable(line);
		strbuf_reset(&picture->capabilities);
		strbuf_add_slice(&picture->capabilities, line);
	} else if (pass(&line, "FLAGS (")) {
		check(line.size > 0 && line.data[line.size - 1] == ')');
		strbuf_reset(&picture->flags);
		strbuf_add(&picture->flags, line.data, line.size - 1);
	} else if (pass(&line, "LIST () ") || pass(&line, "LIST (\\Noselect) ")) {
		read_list(line, &picture->listed);
	} else if (pass(&line, "SEARCH")) {
		while (line.size > 0) {
			check(pass(&line, " "));
			strbuf_add_format(&picture->found, "%u ",
					  (unsigned)number_of(slice_split(line, ' ', &line)));
			if (line.data)
				line = slice_between(line.data - 1, line.data + line.size);
		}
	} else {
		read_numbered(reader, line);
	}
}

/* One answer up to its tagged line: true.  False: it has no end, or BYE. */
static bool read_answer(struct reader *reader, char tag[static 32])
{
	while (slice_find_text(reader->rest, "\r\n") < reader->rest.size) {
		const struct slice before = reader->rest;
		struct slice line = upto(&reader->rest, "\r\n"), first;

		first = slice_split(line, ' ', &line);
		if (slice_is(first, "+")) {
			printable(line);
		} else if (!slice_is(first, "*")) {
			check(first.size > 0 && first.size < 32);
			memcpy(tag, first.data, first.size);
			tag[first.size] = '\0';
			first = slice_split(line, ' ', &line);
			check(slice_is(first, "OK") || slice_is(first, "NO") ||
			      slice_is(first, "BAD"));
			memcpy(reader->picture->status, first.data, first.size);
			reader->picture->status[first.size] = '\0';
			read_words(line, reader->picture, true);
			return true;
		} else if (slice_starts_with(line, "BYE ")) {
			printable(line);
			return false;
		} else if (slice_find_text(line, " FETCH (") < line.size && line.data[0] >= '0' &&
			   line.data[0] <= '9') {
			const struct slice number = slice_split(line, ' ', &line);

			reader->rest = slice_skip(before, (size_t)(line.data - before.data) +
								  strlen("FETCH ("));
			if (!read_fetch(reader, number))
				return false;
		} else {
			read_untagged(reader, line);
		}
	}
	return false;
}

/* --- libetpan -------------------------------------------------------------------- */

struct source_address {
	struct slice rest;
};

static ssize_t low_read(mailstream_low *low, void *buffer, size_t size)
{
	struct source_address *source = low->data;
	const size_t taken = size < source->rest.size ? size : source->rest.size;

	if (taken == 0)
		return -1;
	memcpy(buffer, source->rest.data, taken);
	source->rest = slice_skip(source->rest, taken);
	return (ssize_t)taken;
}

static ssize_t low_write(mailstream_low *low, const void *buffer, size_t size)
{
	(void)low;
	(void)buffer;
	return (ssize_t)size;
}

static int low_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int low_fd(mailstream_low *low)
{
	(void)low;
	return -1;
}

static void low_free(mailstream_low *low)
{
	free(low);
}

struct listener {
	struct picture *picture;
	struct strbuf body;
};

static bool on_body(int type, struct mailimap_msg_att_body_section *section, const char *bytes,
		    size_t length, void *context)
{
	struct listener *listener = context;

	(void)section;
	check(type == MAILIMAP_MSG_ATT_BODY_SECTION);
	strbuf_add(&listener->body, bytes, length);
	return true;
}

static void on_mail(struct mailimap_msg_att *mail, void *context)
{
	struct listener *listener = context;
	struct strbuf *fetched = &listener->picture->fetched;

	strbuf_add_format(fetched, "#%u", (unsigned)mail->att_number);
	for (clistiter *i = clist_begin(mail->att_list); i; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_static *fixed = item->att_data.att_static;

		check(item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC);
		if (fixed->att_type == MAILIMAP_MSG_ATT_UID) {
			strbuf_add_format(fetched, " UID %u", (unsigned)fixed->att_data.att_uid);
		} else if (fixed->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE) {
			strbuf_add_format(fetched, " SIZE %u",
					  (unsigned)fixed->att_data.att_rfc822_size);
		} else {
			check(fixed->att_type == MAILIMAP_MSG_ATT_BODY_SECTION);
			strbuf_add_format(
				fetched, " BODY %u ",
				(unsigned)fixed->att_data.att_body_section->sec_origin_octet);
			if (fixed->att_data.att_body_section->sec_body_part)
				strbuf_add_slice(fetched, strbuf_slice(&listener->body));
			else
				strbuf_add_text(fetched, "NIL");
		}
	}
	strbuf_add_text(fetched, "\n");
	strbuf_reset(&listener->body);
}

static void no_progress(size_t current, size_t maximum, void *context)
{
	(void)current;
	(void)maximum;
	(void)context;
}

static const char *flag_text(const struct mailimap_flag *flag)
{
	switch (flag->fl_type) {
	case MAILIMAP_FLAG_ANSWERED: return "\\Answered";
	case MAILIMAP_FLAG_FLAGGED: return "\\Flagged";
	case MAILIMAP_FLAG_DELETED: return "\\Deleted";
	case MAILIMAP_FLAG_SEEN: return "\\Seen";
	case MAILIMAP_FLAG_DRAFT: return "\\Draft";
	case MAILIMAP_FLAG_KEYWORD: return flag->fl_data.fl_keyword;
	/* "\*" among FLAGS */
	default: check(strcmp(flag->fl_data.fl_extension, "*") == 0); return "\\*";
	}
}

static void add_word(struct strbuf *text, const char *word)
{
	if (text->len > 0)
		strbuf_add_text(text, " ");
	strbuf_add_text(text, word);
}

static void look_at_selection(const struct mailimap_selection_info *info, struct picture *picture)
{
	clist *all = info->sel_flags ? info->sel_flags->fl_list : NULL;

	picture->exists = info->sel_exists;
	picture->uidvalidity = info->sel_uidvalidity;
	picture->access = info->sel_perm;
	strbuf_reset(&picture->flags);
	strbuf_reset(&picture->permanent);
	for (clistiter *i = all ? clist_begin(all) : NULL; i; i = clist_next(i))
		add_word(&picture->flags, flag_text(clist_content(i)));
	all = info->sel_perm_flags;
	for (clistiter *i = all ? clist_begin(all) : NULL; i; i = clist_next(i)) {
		const struct mailimap_flag_perm *flag = clist_content(i);

		add_word(&picture->permanent, flag->fl_type == MAILIMAP_FLAG_PERM_ALL
						      ? "\\*"
						      : flag_text(flag->fl_flag));
	}
}

static void look_at_capabilities(const struct mailimap_connection_info *info,
				 struct picture *picture)
{
	clist *all = info->imap_capability ? info->imap_capability->cap_list : NULL;

	strbuf_reset(&picture->capabilities);
	for (clistiter *i = all ? clist_begin(all) : NULL; i; i = clist_next(i)) {
		const struct mailimap_capability *one = clist_content(i);

		add_word(&picture->capabilities, one->cap_type == MAILIMAP_CAPABILITY_NAME
							 ? one->cap_data.cap_name
							 : "AUTH=");
		if (one->cap_type != MAILIMAP_CAPABILITY_NAME)
			strbuf_add_text(&picture->capabilities, one->cap_data.cap_auth_type);
	}
}

static void look_at_answer(const struct mailimap_response_info *info, struct picture *picture)
{
	clist *all = info->rsp_search_result;

	for (clistiter *i = all ? clist_begin(all) : NULL; i; i = clist_next(i))
		strbuf_add_format(&picture->found, "%u ", (unsigned)*(uint32_t *)clist_content(i));
	all = info->rsp_expunged;
	for (clistiter *i = all ? clist_begin(all) : NULL; i; i = clist_next(i))
		strbuf_add_format(&picture->expunged, "%u ",
				  (unsigned)*(uint32_t *)clist_content(i));
	all = info->rsp_mailbox_list;
	for (clistiter *i = all ? clist_begin(all) : NULL; i; i = clist_next(i)) {
		const struct mailimap_mailbox_list *one = clist_content(i);

		strbuf_add_format(&picture->listed, "%d %s\n", one->mb_delimiter, one->mb_name);
	}
	check(!info->rsp_alert && !info->rsp_parse && !info->rsp_badcharset && !info->rsp_status &&
	      !info->rsp_value);
	check(clist_isempty(info->rsp_mailbox_lsub) && clist_isempty(info->rsp_extension_list));
	picture->try_create = info->rsp_trycreate;
	snprintf(picture->code, sizeof(picture->code), "%s", info->rsp_atom ? info->rsp_atom : "");
}

static mailimap *open_session(struct source_address *source, struct listener *listener)
{
	static mailstream_low_driver driver = {
		.mailstream_read = low_read,
		.mailstream_write = low_write,
		.mailstream_close = low_close,
		.mailstream_get_fd = low_fd,
		.mailstream_free = low_free,
	};
	mailimap *im = mailimap_new(0, NULL);
	mailstream_low *low = mailstream_low_new(source, &driver);

	check(im && low);
	im->imap_stream = mailstream_new(low, 4096);
	im->imap_connection_info = mailimap_connection_info_new();
	im->imap_selection_info = mailimap_selection_info_new();
	check(im->imap_stream && im->imap_connection_info && im->imap_selection_info);
	mailimap_set_progress_callback(im, no_progress, no_progress, NULL);
	mailimap_set_msg_body_handler(im, on_body, listener);
	mailimap_set_msg_att_handler(im, on_mail, listener);
	return im;
}

static void close_session(mailimap *im)
{
	mailstream_close(im->imap_stream);
	im->imap_stream = NULL;
	mailimap_free(im);
}

/* What libetpan says of an answer that ends with this line. */
static int expected_code(const struct picture *written)
{
	if (strcmp(written->status, "OK") == 0)
		return MAILIMAP_NO_ERROR;
	return strcmp(written->status, "NO") == 0 ? MAILIMAP_ERROR_CUSTOM_COMMAND
						  : MAILIMAP_ERROR_PROTOCOL;
}

/* All answers, one after the other. */
static void both_understand(struct slice written)
{
	struct picture ours, theirs;
	struct reader reader = { written, &ours };
	struct source_address source = { written };
	struct listener listener = { .picture = &theirs };
	mailimap *im = open_session(&source, &listener);
	char tag[32];
	int code;
	bool more = written.size > 0;

	picture_init(&ours);
	picture_init(&theirs);
	strbuf_init(&listener.body, EVERYTHING);
	ours.access = im->imap_selection_info->sel_perm;
	while (more) {
		uint64_t number;
		bool ours_to_tell;

		picture_next(&ours);
		picture_next(&theirs);
		more = read_answer(&reader, tag);
		ours_to_tell = more && slice_to_uint(slice_of(tag), INT32_MAX, &number) &&
			       tag[0] != '0';
		if (ours_to_tell)
			im->imap_tag = (int)number - 1;
		code = mailimap_custom_command(im, "X");
		if (!more) {
			check(code == MAILIMAP_ERROR_STREAM);
			break;
		}
		check(code == (ours_to_tell ? expected_code(&ours) : MAILIMAP_ERROR_PROTOCOL));
		look_at_answer(im->imap_response_info, &theirs);
		look_at_selection(im->imap_selection_info, &theirs);
		look_at_capabilities(im->imap_connection_info, &theirs);
		compare(&ours, &theirs);
		more = reader.rest.size > 0;
	}
	close_session(im);
	picture_release(&ours);
	picture_release(&theirs);
	strbuf_release(&listener.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice input = { (const char *)data, size };
	struct strbuf whole, cut, again;
	bool good;

	strbuf_init(&whole, EVERYTHING);
	strbuf_init(&cut, EVERYTHING);
	strbuf_init(&again, EVERYTHING);
	good = rewrite(input, false, &whole);
	check(rewrite(input, true, &cut) == good);
	same(&whole, &cut, "cut");
	both_understand(strbuf_slice(&whole));
	if (good) {
		/* The last word may have no end. */
		check(rewrite(strbuf_slice(&whole), false, &again));
		strbuf_cut(&whole, again.len < whole.len ? again.len : whole.len);
		same(&whole, &again, "again");
	}
	strbuf_release(&whole);
	strbuf_release(&cut);
	strbuf_release(&again);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "ingest/text/text_decode.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "ingest/report/input_ops.h"
#include "ingest/text/charset.h"

/* The XML declaration is in this many bytes at the start, even after leading junk. */
#define HEAD_SIZE 512
#define CHUNK_SIZE (4 * KIB)
#define OUT_SIZE (CHARSET_OUT_MAX * CHUNK_SIZE)
#define ESCAPE '\x1b'
#define UTF8_MARK "\xef\xbb\xbf"

enum form {
	FORM_PLAIN, /* passed unchanged */
	FORM_UTF8,  /* checked and repaired */
	FORM_OTHER, /* converted */
};

struct decoder {
	struct input input;
	struct input *source;
	struct slice charset; /* declared by the MIME part */
	struct quirk_set *quirks;
	bool lenient, chosen, started, ended;
	enum form form;
	struct charset_converter *converter; /* FORM_OTHER */
	size_t mark;                         /* size of a byte order mark to skip */
	char head[HEAD_SIZE];
	size_t head_at, head_size;
	struct strbuf out;
	size_t out_at;
	char cut[CHARSET_CUT_MAX]; /* incomplete sequence, continued in the next chunk */
	size_t cut_size;
};

/* Bytes 0x80 to 0x9f of windows-1252; the others equal Latin-1. */
/* clang-format off */
static const uint16_t windows_1252[32] = {
	0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
	0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
};
/* clang-format on */

static void add_windows_1252(struct strbuf *out, unsigned char byte)
{
	const unsigned c = byte < 0xa0 ? windows_1252[byte - 0x80] : byte;

	if (c < 0x800) {
		strbuf_add_byte(out, (char)(0xc0 | c >> 6));
	} else {
		strbuf_add_byte(out, (char)(0xe0 | c >> 12));
		strbuf_add_byte(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	strbuf_add_byte(out, (char)(0x80 | (c & 0x3f)));
}

/* --- choosing the encoding ------------------------------------------------ */

static bool read_head(struct decoder *d, struct error *err)
{
	size_t got;

	d->head_size = 0;
	do {
		if (!input_read(d->source, d->head + d->head_size, HEAD_SIZE - d->head_size, &got,
				err))
			return false;
		d->head_size += got;
	} while (got > 0 && d->head_size < HEAD_SIZE);
	return true;
}

/* Returns the value of encoding="..." in the XML declaration; empty if there is none. */
static struct slice declared_encoding(struct slice head)
{
	const struct slice none = { NULL, 0 };
	const size_t at = slice_find_text(head, "<?xml");
	struct slice rest = { head.data + at, head.size - at };
	size_t name;

	rest.size = slice_find_text(rest, "?>");
	name = slice_find_text(rest, "encoding");
	rest = (struct slice){ rest.data + name, rest.size - name };
	(void)slice_split(rest, '=', &rest);
	rest = slice_trim(rest);
	if (rest.size == 0 || (rest.data[0] != '"' && rest.data[0] != '\''))
		return none;
	return slice_split((struct slice){ rest.data + 1, rest.size - 1 }, rest.data[0], &rest);
}

static bool is_json_head(struct slice head)
{
	const size_t mark = slice_starts_with(head, UTF8_MARK) ? sizeof(UTF8_MARK) - 1 : 0;

	return slice_starts_with(slice_trim((struct slice){ head.data + mark, head.size - mark }),
				 "{");
}

static bool is_unicode_name(struct slice name)
{
	return slice_is_nocase(name, "utf-8") || slice_is_nocase(name, "utf8") ||
	       slice_is_nocase(name, "us-ascii") || slice_is_nocase(name, "ascii");
}

/* Returns how many of the bytes are UTF-8 without escape sequences. */
static size_t plain_size(struct slice bytes)
{
	size_t at = 0, size = 1;

	while (size > 0 && at < bytes.size && bytes.data[at] != ESCAPE) {
		size = utf8_sequence(bytes.data + at, bytes.size - at);
		at += size;
	}
	return at;
}

/* Is the whole source plain UTF-8?  Reads it from the end of the head. */
static bool is_plain(struct decoder *d, bool *plain, struct error *err)
{
	char chunk[CHUNK_SIZE];
	size_t used = d->head_size, got, checked;

	memcpy(chunk, d->head, d->head_size);
	do {
		checked = plain_size((struct slice){ chunk, used });
		used -= checked;
		memmove(chunk, chunk + checked, used);
		if (!input_read(d->source, chunk + used, CHUNK_SIZE - used, &got, err))
			return false;
		used += got;
	} while (got > 0 && used - got < 4);
	*plain = used == 0;
	return true;
}

/* Prefers the encoding that the document declares to that of the mail.  Ignores
 * windows-1252 from the mail, which is the fallback for invalid bytes anyway. */
static const struct charset *choose_charset(const struct decoder *d, struct slice declared)
{
	const struct charset *charset = charset_named(declared);

	if (charset)
		return charset;
	charset = charset_named(d->charset);
	return charset && strcmp(charset->name, "CP1252") != 0 ? charset : NULL;
}

static bool choose_by_name(struct decoder *d, struct error *err)
{
	const struct slice head = { d->head, d->head_size };
	const bool is_json = is_json_head(head);
	const struct slice declared = is_json ? slice_of(NULL) : declared_encoding(head);
	const struct charset *charset = choose_charset(d, declared);
	bool plain;

	/* the parser of XML finds invalid bytes itself, that of JSON does not look for them */
	d->form = d->lenient || is_json ? FORM_UTF8 : FORM_PLAIN;
	if (declared.size > 0 && !is_unicode_name(declared))
		quirk_add(d->quirks, QUIRK_ENCODING);
	if (!charset || (charset->stateful && d->lenient))
		return true;
	if (!is_plain(d, &plain, err) || !input_rewind(d->source, err) || !read_head(d, err))
		return false;
	if (plain)
		return true;
	quirk_add(d->quirks, QUIRK_ENCODING);
	d->converter = charset_open(charset);
	if (d->converter)
		d->form = FORM_OTHER;
	return true;
}

static bool choose(struct decoder *d, struct error *err)
{
	const struct slice head = { d->head, d->head_size };
	const struct charset *charset = charset_of_bytes(head, &d->mark);

	d->chosen = true;
	if (charset) {
		d->converter = charset_open(charset);
		d->form = d->converter ? FORM_OTHER : FORM_PLAIN;
		quirk_add(d->quirks, QUIRK_ENCODING);
		return true;
	}
	/* in JSON, the parser handles the byte order mark */
	if (slice_starts_with(head, UTF8_MARK) && !is_json_head(head)) {
		d->mark = sizeof(UTF8_MARK) - 1;
		quirk_add(d->quirks, QUIRK_XML_JUNK);
	}
	return choose_by_name(d, err);
}

static bool start(struct decoder *d, struct error *err)
{
	if (!read_head(d, err) || (!d->chosen && !choose(d, err)))
		return false;
	if (d->converter)
		charset_reset(d->converter);
	d->started = true;
	d->ended = false;
	d->head_at = d->mark;
	d->cut_size = d->out_at = 0;
	strbuf_reset(&d->out);
	return true;
}

/* --- conversion ----------------------------------------------------------- */

static size_t ascii_size(const char *bytes, size_t size)
{
	size_t at = 0;
	uint64_t word;

	for (; at + sizeof(word) <= size; at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < size && (unsigned char)bytes[at] < 0x80)
		at++;
	return at;
}

/* Converts complete sequences and returns the number of bytes consumed; last: end of the
 * text. */
static size_t repair_utf8(struct decoder *d, struct slice bytes, bool last)
{
	size_t at = 0, plain = 0;

	while (at < bytes.size) {
		size_t size;

		at += ascii_size(bytes.data + at, bytes.size - at);
		if (at == bytes.size)
			break;
		size = utf8_sequence(bytes.data + at, bytes.size - at);
		if (size > 0) {
			at += size;
			continue;
		}
		if (!last && bytes.size - at < 4)
			break;
		strbuf_add(&d->out, bytes.data + plain, at - plain);
		add_windows_1252(&d->out, (unsigned char)bytes.data[at]);
		quirk_add(d->quirks, QUIRK_ENCODING);
		plain = ++at;
	}
	strbuf_add(&d->out, bytes.data + plain, at - plain);
	return at;
}

/* Reads the head that was examined first, then the source. */
static bool read_raw(struct decoder *d, char *buffer, size_t size, size_t *got, struct error *err)
{
	*got = slice_read((struct slice){ d->head, d->head_size }, &d->head_at, buffer, size);
	return *got > 0 || input_read(d->source, buffer, size, got, err);
}

static bool fill(struct decoder *d, struct error *err)
{
	char chunk[CHUNK_SIZE];
	struct slice bytes = { chunk, 0 };
	size_t got, taken;

	memcpy(chunk, d->cut, d->cut_size);
	if (!read_raw(d, chunk + d->cut_size, sizeof(chunk) - d->cut_size, &got, err))
		return false;
	d->ended = got == 0;
	bytes.size = d->cut_size + got;
	d->out_at = 0;
	strbuf_reset(&d->out);
	taken = d->form == FORM_OTHER ? charset_convert(d->converter, bytes, d->ended, &d->out)
				      : repair_utf8(d, bytes, d->ended);
	d->cut_size = bytes.size - taken;
	memcpy(d->cut, chunk + taken, d->cut_size);
	return true;
}

static bool decoder_read(struct input *input, char *buffer, size_t size, size_t *got,
			 struct error *err)
{
	struct decoder *d = (struct decoder *)input;

	if (!d->started && !start(d, err))
		return false;
	if (d->form == FORM_PLAIN)
		return read_raw(d, buffer, size, got, err);
	while (d->out_at == d->out.len && !d->ended)
		if (!fill(d, err))
			return false;
	*got = slice_read(strbuf_slice(&d->out), &d->out_at, buffer, size);
	return true;
}

static bool decoder_rewind(struct input *input, struct error *err)
{
	struct decoder *d = (struct decoder *)input;

	d->started = false;
	return input_rewind(d->source, err);
}

static void decoder_close(struct input *input)
{
	struct decoder *d = (struct decoder *)input;

	charset_close(d->converter);
	strbuf_release(&d->out);
	free(d);
}

struct input *text_decode_new(struct input *source, struct slice charset, bool lenient,
			      struct quirk_set *quirks)
{
	static const struct input_ops ops = {
		.read = decoder_read,
		.rewind = decoder_rewind,
		.close = decoder_close,
	};
	struct decoder *d = xcalloc(1, sizeof(*d));

	d->input.ops = &ops;
	d->source = source;
	d->charset = charset;
	d->quirks = quirks;
	d->lenient = lenient;
	strbuf_init(&d->out, OUT_SIZE);
	return &d->input;
}

/* xml_decode.c - the text of an XML document as UTF-8
 *
 * SPDX-License-Identifier: MIT
 */
#include "ingest/xml_decode.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/xalloc.h"

/* The declaration stands at the start, junk before it included. */
#define HEAD_SIZE 512
#define PIECE_SIZE (4 * KIB)
/* A piece with every byte replaced. */
#define OUT_SIZE (4 * PIECE_SIZE)

enum form {
	FORM_PLAIN, /* passed through */
	FORM_UTF8,  /* checked and mended */
	FORM_UTF16_LITTLE,
	FORM_UTF16_BIG,
	FORM_SINGLE_BYTE,
};

struct decoder {
	struct input input;
	struct input *source;
	struct quirk_set *quirks;
	bool lenient, started, ended;
	enum form form;
	char head[HEAD_SIZE];
	size_t head_at, head_size;
	struct strbuf out;
	size_t out_at;
	char cut[4]; /* start of a sequence whose end is in the next piece */
	size_t cut_size;
	uint32_t upper[128]; /* FORM_SINGLE_BYTE: what the bytes from 0x80 on mean */
};

#define REPLACEMENT 0xfffd

/* 0x80 to 0x9f of windows-1252; the rest of it is Latin-1. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0,	0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,	0x017d, 0,
	0,	0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,	0x017e, 0x0178,
};

static uint32_t from_windows_1252(unsigned char byte)
{
	if (byte >= 0xa0)
		return byte;
	return windows_1252[byte - 0x80] ? windows_1252[byte - 0x80] : REPLACEMENT;
}

static void add_character(struct strbuf *out, uint32_t c)
{
	char text[4];
	size_t size = 0;

	if (c < 0x80) {
		text[size++] = (char)c;
	} else if (c < 0x800) {
		text[size++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		text[size++] = (char)(0xe0 | c >> 12);
		text[size++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		text[size++] = (char)(0xf0 | c >> 18);
		text[size++] = (char)(0x80 | (c >> 12 & 0x3f));
		text[size++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		text[size++] = (char)(0x80 | (c & 0x3f));
	strbuf_add(out, text, size);
}

/* --- which encoding ------------------------------------------------------- */

/* The value of encoding="..." in the declaration; empty without one. */
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

/* "ISO_8859-15" becomes "iso885915". */
static struct slice fold_name(struct slice name, char folded[static 16])
{
	size_t size = 0;

	for (size_t i = 0; i < name.size && size < 16; i++)
		if (ascii_is_alnum(name.data[i]))
			folded[size++] = ascii_lower(name.data[i]);
	return (struct slice){ folded, size };
}

static bool number_behind(struct slice name, const char *prefix, uint64_t least, uint64_t most,
			  uint64_t *number)
{
	const size_t size = strlen(prefix);

	return slice_starts_with(name, prefix) &&
	       slice_to_uint((struct slice){ name.data + size, name.size - size }, most, number) &&
	       *number >= least;
}

/* The name by which iconv knows a single-byte encoding; false: none of ours. */
static bool single_byte_name(struct slice name, char text[static 16])
{
	uint64_t number;

	if (number_behind(name, "windows", 1250, 1258, &number) ||
	    number_behind(name, "cp", 1250, 1258, &number))
		snprintf(text, 16, "CP%u", (unsigned)number);
	else if (slice_is(name, "latin1") || slice_is(name, "iso88591"))
		/* who writes Latin-1 means windows-1252, its superset */
		snprintf(text, 16, "CP1252");
	else if (number_behind(name, "iso8859", 2, 16, &number))
		snprintf(text, 16, "ISO-8859-%u", (unsigned)number);
	else
		return false;
	return true;
}

static void fill_upper(struct decoder *d, const char *name)
{
	iconv_t converter = iconv_open("UCS-4LE", name);

	for (unsigned i = 0; i < 128; i++) {
		unsigned char four[4] = { 0 };
		char byte = (char)(0x80 + i), *in = &byte, *out = (char *)four;
		size_t in_size = 1, out_size = sizeof(four);

		d->upper[i] = from_windows_1252((unsigned char)byte);
		if (converter == (iconv_t)-1)
			continue;
		if (iconv(converter, &in, &in_size, &out, &out_size) == (size_t)-1) {
			d->upper[i] = REPLACEMENT;
			continue;
		}
		d->upper[i] = (uint32_t)four[0] | (uint32_t)four[1] << 8 | (uint32_t)four[2] << 16;
	}
	if (converter != (iconv_t)-1)
		iconv_close(converter);
}

static void choose_by_declaration(struct decoder *d)
{
	char folded[16], name[16];
	const struct slice declared = fold_name(
		declared_encoding((struct slice){ d->head, d->head_size }), folded);

	d->form = d->lenient ? FORM_UTF8 : FORM_PLAIN;
	if (declared.size == 0 || slice_is(declared, "utf8") || slice_is(declared, "usascii") ||
	    slice_is(declared, "ascii"))
		return;
	quirk_add(d->quirks, QUIRK_ENCODING);
	if (single_byte_name(declared, name)) {
		d->form = FORM_SINGLE_BYTE;
		fill_upper(d, name);
	}
}

static void choose_form(struct decoder *d)
{
	const struct slice head = { d->head, d->head_size };

	if (slice_starts_with(head, "\xef\xbb\xbf")) {
		d->head_at = 3;
		quirk_add(d->quirks, QUIRK_XML_JUNK);
		choose_by_declaration(d);
	} else if (slice_starts_with(head, "\xff\xfe")) {
		d->head_at = 2;
		d->form = FORM_UTF16_LITTLE;
	} else if (slice_starts_with(head, "\xfe\xff")) {
		d->head_at = 2;
		d->form = FORM_UTF16_BIG;
	} else if (head.size >= 4 && memcmp(head.data, "<\0?\0", 4) == 0) {
		d->form = FORM_UTF16_LITTLE;
	} else if (head.size >= 4 && memcmp(head.data, "\0<\0?", 4) == 0) {
		d->form = FORM_UTF16_BIG;
	} else {
		choose_by_declaration(d);
	}
	if (d->form == FORM_UTF16_LITTLE || d->form == FORM_UTF16_BIG)
		quirk_add(d->quirks, QUIRK_ENCODING);
}

static bool start(struct decoder *d, struct error *err)
{
	size_t got;

	d->head_at = d->head_size = 0;
	do {
		if (!input_read(d->source, d->head + d->head_size, HEAD_SIZE - d->head_size, &got,
				err))
			return false;
		d->head_size += got;
	} while (got > 0 && d->head_size < HEAD_SIZE);
	choose_form(d);
	d->started = true;
	d->ended = false;
	d->cut_size = d->out_at = 0;
	strbuf_reset(&d->out);
	return true;
}

/* --- conversion ----------------------------------------------------------- */

/* Each takes what it can of bytes and returns how much; last: no more comes. */

static size_t convert_utf8(struct decoder *d, struct slice bytes, bool last)
{
	size_t at = 0, plain = 0;

	while (at < bytes.size) {
		const size_t size = utf8_sequence(bytes.data + at, bytes.size - at);

		if (size > 0) {
			at += size;
			continue;
		}
		if (!last && bytes.size - at < 4)
			break;
		strbuf_add(&d->out, bytes.data + plain, at - plain);
		add_character(&d->out, from_windows_1252((unsigned char)bytes.data[at]));
		quirk_add(d->quirks, QUIRK_ENCODING);
		plain = ++at;
	}
	strbuf_add(&d->out, bytes.data + plain, at - plain);
	return at;
}

static size_t convert_single_byte(struct decoder *d, struct slice bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		const unsigned char byte = (unsigned char)bytes.data[i];

		add_character(&d->out, byte < 0x80 ? byte : d->upper[byte - 0x80]);
	}
	return bytes.size;
}

static uint32_t unit_at(const struct decoder *d, const char *bytes)
{
	const unsigned char first = (unsigned char)bytes[0], second = (unsigned char)bytes[1];

	return d->form == FORM_UTF16_BIG ? (uint32_t)first << 8 | second
					 : (uint32_t)second << 8 | first;
}

static size_t convert_utf16(struct decoder *d, struct slice bytes, bool last)
{
	size_t at = 0;

	while (bytes.size - at >= 2) {
		uint32_t unit = unit_at(d, bytes.data + at), low;
		const bool is_high = (unit & 0xfc00) == 0xd800;

		if (is_high && bytes.size - at < 4 && !last)
			return at;
		at += 2;
		if ((unit & 0xf800) != 0xd800) {
			add_character(&d->out, unit);
			continue;
		}
		low = is_high && bytes.size - at >= 2 ? unit_at(d, bytes.data + at) : 0;
		if ((low & 0xfc00) == 0xdc00) {
			unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
			at += 2;
		} else {
			unit = REPLACEMENT;
		}
		add_character(&d->out, unit);
	}
	if (last && at < bytes.size) {
		add_character(&d->out, REPLACEMENT);
		at = bytes.size;
	}
	return at;
}

static size_t convert(struct decoder *d, struct slice bytes, bool last)
{
	switch (d->form) {
	case FORM_UTF16_LITTLE:
	case FORM_UTF16_BIG:
		return convert_utf16(d, bytes, last);
	case FORM_SINGLE_BYTE:
		return convert_single_byte(d, bytes);
	default:
		return convert_utf8(d, bytes, last);
	}
}

/* What was looked at to choose the form, then the source itself. */
static bool read_raw(struct decoder *d, char *buffer, size_t size, size_t *got, struct error *err)
{
	const size_t left = d->head_size - d->head_at;

	if (left == 0)
		return input_read(d->source, buffer, size, got, err);
	*got = left < size ? left : size;
	memcpy(buffer, d->head + d->head_at, *got);
	d->head_at += *got;
	return true;
}

static bool fill(struct decoder *d, struct error *err)
{
	char piece[PIECE_SIZE];
	size_t got, taken;

	memcpy(piece, d->cut, d->cut_size);
	if (!read_raw(d, piece + d->cut_size, sizeof(piece) - d->cut_size, &got, err))
		return false;
	d->ended = got == 0;
	got += d->cut_size;
	d->out_at = 0;
	strbuf_reset(&d->out);
	taken = convert(d, (struct slice){ piece, got }, d->ended);
	d->cut_size = got - taken;
	memcpy(d->cut, piece + taken, d->cut_size);
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
	*got = d->out.len - d->out_at < size ? d->out.len - d->out_at : size;
	memcpy(buffer, d->out.buf + d->out_at, *got);
	d->out_at += *got;
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
	strbuf_release(&((struct decoder *)input)->out);
	free(input);
}

struct input *xml_decode_new(struct input *source, bool lenient, struct quirk_set *quirks)
{
	static const struct input_ops ops = {
		.read = decoder_read,
		.rewind = decoder_rewind,
		.close = decoder_close,
	};
	struct decoder *d = xcalloc(1, sizeof(*d));

	d->input.ops = &ops;
	d->source = source;
	d->quirks = quirks;
	d->lenient = lenient;
	strbuf_init(&d->out, OUT_SIZE);
	return &d->input;
}

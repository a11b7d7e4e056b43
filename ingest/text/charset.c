/* SPDX-License-Identifier: MIT */
#include "ingest/text/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "base/xalloc.h"

#define LABEL_SIZE_MAX 24

struct charset_converter {
	const struct charset *charset;
	iconv_t iconv;
};

/* --- names ------------------------------------------------------------------ */

/* clang-format off */
#define SINGLE(name) { name, false, 1 }
#define STATEFUL(name) { name, true, 1 }
/* clang-format on */

/* Keys: letters and digits of the name, in lower case. */
static const struct {
	const char *label;
	struct charset charset;
} charsets[] = {
	/* text labelled Latin-1 is usually windows-1252, its superset */
	{ "latin1", SINGLE("CP1252") },
	{ "l1", SINGLE("CP1252") },
	{ "cp819", SINGLE("CP1252") },
	{ "iso88591", SINGLE("CP1252") },
	{ "iso88592", SINGLE("ISO-8859-2") },
	{ "latin2", SINGLE("ISO-8859-2") },
	{ "iso88593", SINGLE("ISO-8859-3") },
	{ "iso88594", SINGLE("ISO-8859-4") },
	{ "iso88595", SINGLE("ISO-8859-5") },
	{ "iso88596", SINGLE("ISO-8859-6") },
	{ "iso88597", SINGLE("ISO-8859-7") },
	{ "iso88598", SINGLE("ISO-8859-8") },
	{ "iso88598i", SINGLE("ISO-8859-8") },
	{ "iso88599", SINGLE("ISO-8859-9") },
	{ "latin5", SINGLE("ISO-8859-9") },
	{ "iso885910", SINGLE("ISO-8859-10") },
	{ "iso885911", SINGLE("ISO-8859-11") },
	{ "iso885913", SINGLE("ISO-8859-13") },
	{ "iso885914", SINGLE("ISO-8859-14") },
	{ "iso885915", SINGLE("ISO-8859-15") },
	{ "latin9", SINGLE("ISO-8859-15") },
	{ "iso885916", SINGLE("ISO-8859-16") },
	{ "windows874", SINGLE("CP874") },
	{ "tis620", SINGLE("CP874") },
	{ "koi8r", SINGLE("KOI8-R") },
	{ "koi8", SINGLE("KOI8-R") },
	{ "koi8u", SINGLE("KOI8-U") },
	{ "koi8ru", SINGLE("KOI8-U") },
	{ "macintosh", SINGLE("MACINTOSH") },
	{ "xmacroman", SINGLE("MACINTOSH") },
	{ "xmaccyrillic", SINGLE("MAC-CYRILLIC") },
	{ "cp437", SINGLE("CP437") },
	{ "ibm437", SINGLE("CP437") },
	{ "cp850", SINGLE("CP850") },
	{ "ibm850", SINGLE("CP850") },
	{ "cp852", SINGLE("CP852") },
	{ "ibm852", SINGLE("CP852") },
	{ "cp866", SINGLE("CP866") },
	{ "ibm866", SINGLE("CP866") },
	{ "shiftjis", SINGLE("CP932") },
	{ "sjis", SINGLE("CP932") },
	{ "xsjis", SINGLE("CP932") },
	{ "mskanji", SINGLE("CP932") },
	{ "ms932", SINGLE("CP932") },
	{ "cp932", SINGLE("CP932") },
	{ "windows31j", SINGLE("CP932") },
	{ "windows932", SINGLE("CP932") },
	{ "eucjp", SINGLE("EUC-JP-MS") },
	{ "xeucjp", SINGLE("EUC-JP-MS") },
	{ "cp51932", SINGLE("EUC-JP-MS") },
	{ "iso2022jp", STATEFUL("ISO-2022-JP") },
	{ "csiso2022jp", STATEFUL("ISO-2022-JP") },
	{ "gb2312", SINGLE("GB18030") },
	{ "gb231280", SINGLE("GB18030") },
	{ "gbk", SINGLE("GB18030") },
	{ "xgbk", SINGLE("GB18030") },
	{ "gb18030", SINGLE("GB18030") },
	{ "euccn", SINGLE("GB18030") },
	{ "cp936", SINGLE("GB18030") },
	{ "ms936", SINGLE("GB18030") },
	{ "windows936", SINGLE("GB18030") },
	{ "big5", SINGLE("CP950") },
	{ "cnbig5", SINGLE("CP950") },
	{ "xxbig5", SINGLE("CP950") },
	{ "cp950", SINGLE("CP950") },
	{ "ms950", SINGLE("CP950") },
	{ "big5hkscs", SINGLE("BIG5-HKSCS") },
	{ "euckr", SINGLE("CP949") },
	{ "ksc5601", SINGLE("CP949") },
	{ "ksc56011987", SINGLE("CP949") },
	{ "uhc", SINGLE("CP949") },
	{ "cp949", SINGLE("CP949") },
	{ "ms949", SINGLE("CP949") },
	{ "windows949", SINGLE("CP949") },
	{ "iso2022kr", STATEFUL("ISO-2022-KR") },
	{ "windows1250", SINGLE("CP1250") },
	{ "windows1251", SINGLE("CP1251") },
	{ "windows1252", SINGLE("CP1252") },
	{ "windows1253", SINGLE("CP1253") },
	{ "windows1254", SINGLE("CP1254") },
	{ "windows1255", SINGLE("CP1255") },
	{ "windows1256", SINGLE("CP1256") },
	{ "windows1257", SINGLE("CP1257") },
	{ "windows1258", SINGLE("CP1258") },
	{ "cp1250", SINGLE("CP1250") },
	{ "cp1251", SINGLE("CP1251") },
	{ "cp1252", SINGLE("CP1252") },
	{ "cp1253", SINGLE("CP1253") },
	{ "cp1254", SINGLE("CP1254") },
	{ "cp1255", SINGLE("CP1255") },
	{ "cp1256", SINGLE("CP1256") },
	{ "cp1257", SINGLE("CP1257") },
	{ "cp1258", SINGLE("CP1258") },
};

/* "ISO_8859-15" becomes "iso885915"; a name that is too long is unknown. */
static struct slice fold_label(struct slice name, char label[static LABEL_SIZE_MAX])
{
	size_t size = 0;

	for (size_t i = 0; i < name.size; i++) {
		if (!ascii_is_alnum(name.data[i]))
			continue;
		if (size == LABEL_SIZE_MAX)
			return (struct slice){ NULL, 0 };
		label[size++] = ascii_lower(name.data[i]);
	}
	return (struct slice){ label, size };
}

const struct charset *charset_named(struct slice name)
{
	char folded[LABEL_SIZE_MAX];
	const struct slice label = fold_label(name, folded);

	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
		if (slice_is(label, charsets[i].label))
			return &charsets[i].charset;
	return NULL;
}

/* --- bytes ------------------------------------------------------------------ */

static bool begins_document(char c)
{
	return c == '<' || c == '{' || ascii_is_space(c);
}

const struct charset *charset_of_bytes(struct slice head, size_t *mark)
{
	static const struct {
		const char *mark;
		size_t mark_size;
		size_t first, zeros[3]; /* of the bytes of a first ASCII character */
		struct charset charset;
	} wide[] = {
		{ "\xff\xfe\0\0", 4, 0, { 1, 2, 3 }, { "UTF-32LE", false, 4 } },
		{ "\0\0\xfe\xff", 4, 3, { 0, 1, 2 }, { "UTF-32BE", false, 4 } },
		{ "\xff\xfe", 2, 0, { 1, 1, 1 }, { "UTF-16LE", false, 2 } },
		{ "\xfe\xff", 2, 1, { 0, 0, 0 }, { "UTF-16BE", false, 2 } },
	};

	if (head.size < 4)
		return NULL;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		const bool marked = memcmp(head.data, wide[i].mark, wide[i].mark_size) == 0;

		if (!marked &&
		    (!begins_document(head.data[wide[i].first]) || head.data[wide[i].zeros[0]] ||
		     head.data[wide[i].zeros[1]] || head.data[wide[i].zeros[2]]))
			continue;
		*mark = marked ? wide[i].mark_size : 0;
		return &wide[i].charset;
	}
	return NULL;
}

/* --- conversion ------------------------------------------------------------- */

struct charset_converter *charset_open(const struct charset *charset)
{
	const iconv_t iconv = iconv_open("UTF-8", charset->name);
	struct charset_converter *converter;

	if (iconv == (iconv_t)-1)
		return NULL;
	converter = xmalloc(sizeof(*converter));
	converter->charset = charset;
	converter->iconv = iconv;
	return converter;
}

void charset_close(struct charset_converter *converter)
{
	if (!converter)
		return;
	iconv_close(converter->iconv);
	free(converter);
}

void charset_reset(struct charset_converter *converter)
{
	(void)iconv(converter->iconv, NULL, NULL, NULL, NULL);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* In windows-1258 the converter buffers letters that an accent may follow; flush them. */
static void add_held_back(struct charset_converter *converter, struct strbuf *out)
{
	char text[CHARSET_OUT_MAX], *end = text;
	size_t room = sizeof(text);

	(void)iconv(converter->iconv, NULL, NULL, &end, &room);
	strbuf_add(out, text, (size_t)(end - text));
}

size_t charset_convert(struct charset_converter *converter, struct slice bytes, bool last,
		       struct strbuf *out)
{
	char text[KIB];
	size_t at = 0;

	while (at < bytes.size) {
		/* iconv takes a non-const pointer but never writes through it */
		char *in = (char *)(uintptr_t)(bytes.data + at), *end = text;
		size_t left = bytes.size - at, room = sizeof(text);
		const bool done = iconv(converter->iconv, &in, &left, &end, &room) != (size_t)-1;
		const int why = errno;

		at = bytes.size - left;
		strbuf_add(out, text, (size_t)(end - text));
		if (done || why == E2BIG)
			continue;
		if (why == EINVAL && !last && left <= CHARSET_CUT_MAX)
			break;
		strbuf_add_text(out, UTF8_REPLACEMENT);
		at += why == EINVAL && last ? left : least(left, converter->charset->unit);
	}
	if (last)
		add_held_back(converter, out);
	return at;
}

/* charset.h - converts text in other encodings to UTF-8
 *
 * SPDX-License-Identifier: MIT
 *
 * The only file that uses iconv.  Encoding names come from outside and are never
 * passed to it; only names in the table are known.  They are interpreted like in
 * browsers (WHATWG Encoding): latin1 means windows-1252, and gb2312 and shift_jis
 * mean their Windows variants.
 */
#ifndef INGEST_TEXT_CHARSET_H
#define INGEST_TEXT_CHARSET_H

#include "base/slice.h"
#include "base/strbuf.h"

struct charset {
	const char *name; /* iconv's name */
	/* Escape sequences switch between character sets, in most of which bytes differ
	 * from ASCII. */
	bool stateful;
	size_t unit; /* number of bytes to skip after an invalid sequence */
};

/* Looks up a name in any spelling; NULL: unknown, UTF-8, or UTF-16 and UTF-32, which
 * charset_of_bytes() detects more reliably. */
const struct charset *charset_named(struct slice name);

/* Detects UTF-16 and UTF-32 by the byte order mark, or by the zeros around a first blank or
 * one of "<{"; *mark is the size of the mark.  NULL: other encodings. */
const struct charset *charset_of_bytes(struct slice head, size_t *mark);

struct charset_converter;

/* NULL: the system's iconv does not support the encoding. */
struct charset_converter *charset_open(const struct charset *charset);
void charset_close(struct charset_converter *converter);

/* Returns to the initial state. */
void charset_reset(struct charset_converter *converter);

/* Appends bytes to out as UTF-8 and returns how many were consumed: all except an
 * incomplete character at the end of at most CHARSET_CUT_MAX bytes.  last: end of the text;
 * consumes everything.  Invalid bytes become U+FFFD; one byte yields at most
 * CHARSET_OUT_MAX. */
size_t charset_convert(struct charset_converter *converter, struct slice bytes, bool last,
		       struct strbuf *out);

#define CHARSET_CUT_MAX 8
#define CHARSET_OUT_MAX 8

#endif

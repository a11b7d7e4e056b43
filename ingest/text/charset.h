/* charset.h - text of other encodings made UTF-8
 *
 * SPDX-License-Identifier: MIT
 *
 * The only file with iconv.  Names come from outside and never reach it: those
 * of the table are known, and nothing else is.  They are read as browsers read
 * them (WHATWG, Encoding): who says latin1 means windows-1252, who says gb2312
 * or shift_jis means what Windows makes of it.
 */
#ifndef INGEST_TEXT_CHARSET_H
#define INGEST_TEXT_CHARSET_H

#include "base/slice.h"
#include "base/strbuf.h"

struct charset {
	const char *name; /* by which iconv knows it */
	/* Escape sequences switch between sets, and in most of them every byte
	 * means something else than in ASCII. */
	bool stateful;
	size_t unit; /* bytes to go on behind when some are no text */
};

/* By a name from outside in any spelling; NULL: unknown, UTF-8, or one that
 * charset_of_bytes() tells better (UTF-16, UTF-32). */
const struct charset *charset_named(struct slice name);

/* UTF-16 and UTF-32, by the byte order mark or by the zeros around a document
 * that begins with a blank or one of "<{"; *mark is the size of the mark.
 * NULL: anything else. */
const struct charset *charset_of_bytes(struct slice head, size_t *mark);

struct charset_converter;

/* NULL: this machine does not know the encoding. */
struct charset_converter *charset_open(const struct charset *charset);
void charset_close(struct charset_converter *converter);

/* Back to the state at the start of a text. */
void charset_reset(struct charset_converter *converter);

/* Appends bytes to out as UTF-8 and returns how many were taken: all but the
 * start of a character whose end is missing, at most CHARSET_CUT_MAX bytes.
 * last: no more comes, and all are taken.  What is no text becomes U+FFFD; one
 * byte makes at most CHARSET_OUT_MAX. */
size_t charset_convert(struct charset_converter *converter, struct slice bytes, bool last,
		       struct strbuf *out);

#define CHARSET_CUT_MAX 8
#define CHARSET_OUT_MAX 8

#endif

/* text_decode.h - converts an XML or JSON document to UTF-8
 *
 * SPDX-License-Identifier: MIT
 *
 * An input over an input.  UTF-8 passes unchanged, whatever is declared (a byte
 * order mark before XML is removed).  Other text is converted from UTF-16 or
 * UTF-32, which its bytes show, from the encoding in an XML declaration, or from
 * the charset of the MIME part, in this order, if charset.h knows the encoding.
 * Readers of this input must ignore the declared encoding.
 */
#ifndef INGEST_TEXT_TEXT_DECODE_H
#define INGEST_TEXT_TEXT_DECODE_H

#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* Does not own source.  charset: declared by the MIME part, or absent; it must outlive the
 * input.  lenient: invalid bytes in an unknown encoding are read as windows-1252, which
 * senders usually mean, and escape sequences, which may hide markup when truncated, are not
 * interpreted.  Adds QUIRK_ENCODING and, for a byte order mark, QUIRK_XML_JUNK to quirks,
 * which must outlive the input. */
struct input *text_decode_new(struct input *source, struct slice charset, bool lenient,
			      struct quirk_set *quirks);

#endif

/* text_decode.h - the text of an XML or JSON document as UTF-8
 *
 * SPDX-License-Identifier: MIT
 *
 * An input over an input.  UTF-8 passes through untouched, whatever is said
 * about it (before XML, a byte order mark is taken off).  What is not UTF-8 is
 * converted from UTF-16 or UTF-32, which their bytes show, from the encoding
 * an XML declaration names, or from the charset of the MIME part; in this
 * order, and when charset.h knows it.  The encoding that is declared no longer
 * counts for who reads this input.
 */
#ifndef INGEST_TEXT_TEXT_DECODE_H
#define INGEST_TEXT_TEXT_DECODE_H

#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* Does not own source.  charset is what the MIME part says, or absent; it must
 * outlive the input.  lenient: bytes of no known encoding that are not UTF-8
 * are read as windows-1252, as senders mean them; and escape sequences, which
 * may hide markup when they are cut, are not followed.  Notes QUIRK_ENCODING
 * and, for a byte order mark, QUIRK_XML_JUNK in quirks, which must outlive the
 * input. */
struct input *text_decode_new(struct input *source, struct slice charset, bool lenient,
			      struct quirk_set *quirks);

#endif

/* xml_decode.h - the text of an XML document as UTF-8
 *
 * SPDX-License-Identifier: MIT
 *
 * An input over an input.  UTF-8 passes through untouched (a byte order mark
 * is taken off); UTF-16, windows-125x and the ISO 8859 family are converted
 * when the document declares them.  The encoding that is declared no longer
 * counts for who reads this input.
 */
#ifndef INGEST_XML_DECODE_H
#define INGEST_XML_DECODE_H

#include "ingest/input.h"
#include "ingest/quirk.h"

/* Does not own source.  lenient: bytes that are not UTF-8 are read as
 * windows-1252, as senders mean them.  Notes QUIRK_ENCODING and, for a byte
 * order mark, QUIRK_XML_JUNK in quirks, which must outlive the input. */
struct input *xml_decode_new(struct input *source, bool lenient, struct quirk_set *quirks);

#endif

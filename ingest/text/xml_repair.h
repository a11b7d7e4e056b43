/* xml_repair.h - XML that is nearly well-formed made well-formed
 *
 * SPDX-License-Identifier: MIT
 *
 * An input over an input of UTF-8 text.  Cures what reporters are known to
 * get wrong: text before the document, a bare "&" or "<", addresses as
 * "<a@b>", control characters, stray schema tags.  A document that is
 * well-formed comes out meaning the same.
 */
#ifndef INGEST_TEXT_XML_REPAIR_H
#define INGEST_TEXT_XML_REPAIR_H

#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* Does not own source.  Notes QUIRK_XML_JUNK, QUIRK_XML_REPAIRED and
 * QUIRK_XML_STRAY in quirks, which must outlive the input. */
struct input *xml_repair_new(struct input *source, struct quirk_set *quirks);

#endif

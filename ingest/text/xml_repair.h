/* xml_repair.h - repairs XML that is nearly well-formed
 *
 * SPDX-License-Identifier: MIT
 *
 * An input over an input of UTF-8 text.  Repairs known faults of reporters: text
 * before the document, a bare "&" or "<", addresses such as "<a@b>", control
 * characters, stray schema tags.  A well-formed document keeps its meaning.
 */
#ifndef INGEST_TEXT_XML_REPAIR_H
#define INGEST_TEXT_XML_REPAIR_H

#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* Does not own source.  Adds QUIRK_XML_JUNK, QUIRK_XML_REPAIRED and QUIRK_XML_STRAY to
 * quirks, which must outlive the input. */
struct input *xml_repair_new(struct input *source, struct quirk_set *quirks);

#endif

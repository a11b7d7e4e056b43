/* xml_salvage.h - salvages complete records from broken XML
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_DMARC_XML_SALVAGE_H
#define INGEST_DMARC_XML_SALVAGE_H

#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* Our own element; the text before it is truncated and must be ignored. */
#define XML_SALVAGE_CUT "reportbridge-cut"

/* Converts an aggregate report that xml_repair.h could not repair to well-formed XML: adds
 * missing end tags and drops unmatched ones, and drops each record in which an element of
 * the format was truncated or lost, since its values may belong to another message.  Adds
 * PARTIAL to the quirks if something was lost, else XML_REPAIRED. */
struct input *xml_salvage_new(struct input *source, struct quirk_set *quirks);

#endif

/* xml_salvage.h - what is whole in a report that is not well-formed
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_DMARC_XML_SALVAGE_H
#define INGEST_DMARC_XML_SALVAGE_H

#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* An element of ours: the text before it is cut and worth nothing. */
#define XML_SALVAGE_CUT "reportbridge-cut"

/* Reads an aggregate report that xml_repair.h could not make well-formed, and
 * gives one that is: end tags that are missing are added, those without a
 * start are dropped, and so is each record in which an element of the format
 * was cut or lost, for nothing tells to which message its values belong.
 * Adds PARTIAL to the quirks when something was lost, else XML_REPAIRED. */
struct input *xml_salvage_new(struct input *source, struct quirk_set *quirks);

#endif

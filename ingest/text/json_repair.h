/* json_repair.h - text that is nearly JSON made JSON
 *
 * SPDX-License-Identifier: MIT
 *
 * An input over an input of UTF-8 text.  Cures what is met where JSON is put
 * together by hand: commas too many, texts in single quotes, quotes and
 * control characters inside of texts, words that JSON does not know (NaN,
 * None, names without quotes).  What is JSON comes out meaning the same, and
 * what follows the end of the document as it is.
 */
#ifndef INGEST_TEXT_JSON_REPAIR_H
#define INGEST_TEXT_JSON_REPAIR_H

#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* Does not own source.  A value that is cut off by the end of the source is
 * left out.  Notes QUIRK_JSON_REPAIRED in quirks, which must outlive the
 * input.  REJECT "bad-json": a word that is too long to be one. */
struct input *json_repair_new(struct input *source, struct quirk_set *quirks);

#endif

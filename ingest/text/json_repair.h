/* json_repair.h - repairs text that is nearly JSON
 *
 * SPDX-License-Identifier: MIT
 *
 * An input over an input of UTF-8 text.  Repairs typical faults of hand-written
 * JSON output: extra commas, strings in single quotes, quotes and control
 * characters inside strings, undefined words (NaN, None, unquoted names).  Valid
 * JSON keeps its meaning; bytes after the end of the document pass unchanged.
 */
#ifndef INGEST_TEXT_JSON_REPAIR_H
#define INGEST_TEXT_JSON_REPAIR_H

#include "ingest/report/input.h"
#include "ingest/report/quirk.h"

/* Does not own source.  Omits a value that is truncated at the end of source.  Adds
 * QUIRK_JSON_REPAIRED to quirks, which must outlive the input.  REJECT "bad-json": a word
 * exceeds the limit. */
struct input *json_repair_new(struct input *source, struct quirk_set *quirks);

#endif

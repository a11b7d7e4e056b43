/* file_line.h - lines of a file of documents, in both formats
 *
 * SPDX-License-Identifier: MIT
 *
 *   bulk     {"create":{"_index":"INDEX","_id":"ID"}}   an action line, and
 *            {"@timestamp": ...}                        the document after it
 *   ndjson   {"_index":"INDEX","_id":"ID","@timestamp": ...}
 */
#ifndef OUTPUT_FILE_LINE_H
#define OUTPUT_FILE_LINE_H

#include "base/strbuf.h"
#include "output/bulk.h"
#include "output/sink.h"

/* Returns the start of a line that contains an id. */
const char *file_line_start(enum file_format format);

/* Finds the id in an action line, or in an ndjson line; false: there is none. */
bool file_line_id(enum file_format format, struct slice line, struct slice *id);

/* Returns the lines of a document, from the bulk or formatted in scratch. */
struct slice file_lines_of(enum file_format format, const struct bulk *bulk, size_t item,
			   struct strbuf *scratch);

#endif

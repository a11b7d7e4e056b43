/* file_line.h - the lines of a file of documents, in both formats
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

/* What a line with an id begins with. */
const char *file_line_start(enum file_format format);

/* The id in an action line, or in a line of ndjson; false: it is none. */
bool file_line_id(enum file_format format, struct slice line, struct slice *id);

/* The lines of a document, in the bulk or made in scratch. */
struct slice file_lines_of(enum file_format format, const struct bulk *bulk, size_t item,
			   struct strbuf *scratch);

#endif

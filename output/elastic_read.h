/* elastic_read.h - documents read back from a search server
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ELASTIC_READ_H
#define OUTPUT_ELASTIC_READ_H

#include "output/sink.h"

struct elastic_reader;

/* Settings are not copied and must outlive it. */
struct elastic_reader *elastic_reader_new(const struct elastic_settings *settings);
void elastic_reader_free(struct elastic_reader *reader);

/* json: one document, or those members of it that were asked for. */
typedef void elastic_document_fn(void *context, struct slice id, struct slice json);

/* During that: the index of the document. */
struct slice elastic_read_index(const struct elastic_reader *reader);

/* Every document of the indices that a pattern names and a query finds, in no
 * order, as they were when the reading began.  search: the body of a search,
 * without its last brace: {"query":...,"_source":...
 * false: not all of them were read, and what was handed over is not the whole. */
bool elastic_read(struct elastic_reader *reader, const char *pattern, struct slice search,
		  elastic_document_fn *take, void *context, struct error *err);

#endif

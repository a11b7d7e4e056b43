/* elastic_read.h - reads documents back from a search server
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_ELASTIC_READ_H
#define OUTPUT_ELASTIC_READ_H

#include "base/json_reader.h"
#include "output/sink.h"

struct elastic_reader;

/* Documents per request.  A caller that sends requests of its own while it takes documents must
 * finish a page within the timeout of one request. */
#define ELASTIC_PAGE 1000

/* Does not copy the settings, which must outlive it. */
struct elastic_reader *elastic_reader_new(const struct elastic_settings *settings);
void elastic_reader_free(struct elastic_reader *reader);

/* json: one document, or its requested members. */
typedef void elastic_document_fn(void *context, struct slice id, struct slice json);

/* During that call: the index of the document. */
struct slice elastic_read_index(const struct elastic_reader *reader);

/* Reads every document that matches the pattern and the query, in no order, as of
 * the start of the reading.  search: the body of a search without its closing brace:
 * {"query":...,"_source":... false: not all were read; the documents passed on are
 * incomplete. */
bool elastic_read(struct elastic_reader *reader, const char *pattern, struct slice search,
		  elastic_document_fn *take, void *context, struct error *err);

/* The same, but passes on the JSON events of each document, so that it is parsed only once.  The
 * events that open and close it have depth 0.  An error of the function ends the reading. */
bool elastic_read_events(struct elastic_reader *reader, const char *pattern, struct slice search,
			 json_event_fn *event, void *context, struct error *err);

#endif

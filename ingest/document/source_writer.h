/* source_writer.h - what is known about a source address, into a document
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_DOCUMENT_SOURCE_WRITER_H
#define INGEST_DOCUMENT_SOURCE_WRITER_H

#include "ingest/document/document_writer.h"
#include "ingest/report/source.h"

/* All but the address itself; nothing when nothing is known.  Sender and relay
 * belong to DMARC alone. */
void document_source(struct document_writer *w, const struct source_address *source);

/* Of the receiving host of a TLS report. */
void document_server(struct document_writer *w, const struct source_address *server);

#endif

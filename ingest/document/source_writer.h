/* source_writer.h - writes the facts about a source address
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_DOCUMENT_SOURCE_WRITER_H
#define INGEST_DOCUMENT_SOURCE_WRITER_H

#include "ingest/document/document_writer.h"
#include "ingest/report/source.h"

/* Writes all facts except the address itself; sender and relay only for DMARC. */
void document_source(struct document_writer *w, const struct source_address *source);

/* Writes the facts about the receiving host of a TLS report. */
void document_server(struct document_writer *w, const struct source_address *server);

#endif

/* parsedmarc_failure.h - writes failure reports as parsedmarc does
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_FAILURE_PARSEDMARC_FAILURE_H
#define INGEST_FAILURE_PARSEDMARC_FAILURE_H

#include "ingest/document/parsedmarc_writer.h"
#include "ingest/failure/failure_report.h"

bool parsedmarc_failure_write(struct failure_reading *reading, struct document *document,
			      struct error *err);

#endif

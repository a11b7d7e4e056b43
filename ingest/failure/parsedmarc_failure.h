/* parsedmarc_failure.h - failure reports as parsedmarc writes them
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_FAILURE_PARSEDMARC_FAILURE_H
#define INGEST_FAILURE_PARSEDMARC_FAILURE_H

#include "ingest/document/parsedmarc_writer.h"
#include "ingest/failure/failure_report.h"

bool parsedmarc_failure_write(const struct failure *failure, const struct failure_facts *facts,
			      const struct report_summary *summary, const char *tenant,
			      struct document_sink *sink, struct error *err);

#endif

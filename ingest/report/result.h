/* result.h - what has been found in a mail or file
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_REPORT_RESULT_H
#define INGEST_REPORT_RESULT_H

#include "ingest/report/report.h"

struct ingest_result {
	enum report_kind kind; /* of the first report found; NONE: there was none */
	unsigned reports;
	uint64_t documents;
	struct report_summary *summaries; /* in order */
	/* The first part that could not be used, or why the mail as a whole is
	 * no report; class ERROR_NONE when all is well.  Reports beside a
	 * broken part have been read all the same. */
	struct error reject;
	unsigned rejects;
	struct slice message_id;
	struct slice domain; /* that a mail without a report names; else absent */
	/* By a header or the name of a file it says that it is a report. */
	bool claims_report;
};

#endif

/* result.h - the result of reading a mail or file
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_REPORT_RESULT_H
#define INGEST_REPORT_RESULT_H

#include "ingest/report/report.h"

struct ingest_result {
	enum report_kind kind; /* of the first report; NONE: no report */
	unsigned reports;
	uint64_t documents;
	struct report_summary *summaries; /* in order */
	/* The first unusable part, or why the mail as a whole is no report; class
	 * ERROR_NONE if there was no fault.  Reports beside a broken part are read all the
	 * same. */
	struct error reject;
	unsigned rejects;
	struct slice message_id;
	struct slice domain; /* domain named by a mail without a report; else absent */
	/* A header or file name announces a report. */
	bool claims_report;
};

#endif

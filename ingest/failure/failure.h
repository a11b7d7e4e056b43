/* failure.h - DMARC failure reports, each a mail about one failed message
 *
 * SPDX-License-Identifier: MIT
 *
 * The feedback part (RFC 5965, RFC 6591, RFC 9991) and the sample of the message
 * are parts of one mail, which the walk collects here in order; Exim's plain notice
 * contains both in one text.  The report is then made from the collected parts.
 *
 * Privacy: no local part of an address, no body, and only a short list of header
 * fields of the sample are kept.  Identity-Alignment is kept as sent: RFC 7489
 * lists aligned identifiers in it, RFC 9991 those that are not, and a report does
 * not show which RFC its sender follows.
 */
#ifndef INGEST_FAILURE_FAILURE_H
#define INGEST_FAILURE_FAILURE_H

#include "ingest/report/report.h"
#include "ingest/unwrap/mime.h"

struct failure;

/* Collected texts live in the arena; NULL: the arena is full. */
struct failure *failure_new(struct arena *arena);

/* Adds a feedback part.  in_report: it was in a multipart/report without a transfer
 * encoding, as required; declared: its type is message/feedback-report. */
bool failure_feedback(struct failure *failure, struct slice body, bool in_report, bool declared,
		      struct error *err);

/* Adds the message that the report is about, or only its header. */
bool failure_sample(struct failure *failure, struct slice raw, bool header_only,
		    const struct ingest_limits *limits, struct error *err);

/* Exim's notice, in place of both. */
bool failure_is_notice(struct slice text);
bool failure_notice(struct failure *failure, struct slice text, bool is_html,
		    const struct ingest_limits *limits, struct error *err);

struct failure_reading;

/* Reads the collected report, which has one record.  source->input is not used and may be
 * NULL; failure, settings, source and summary, which is filled in, must outlive the result.
 * REJECT "unsupported": a feedback report of another kind, such as abuse. */
struct failure_reading *failure_open(const struct failure *failure,
				     const struct ingest_settings *settings,
				     const struct report_source *source,
				     struct report_summary *summary, struct error *err);
void failure_close(struct failure_reading *reading);

void failure_next_run(struct failure_reading *reading, struct run *run);

/* Returns the evidence of a record about the sender. */
void failure_source_evidence(const struct source_address *source, struct source_evidence *evidence);

/* Returns the next document of the run, valid until the next call; a document without a
 * name marks the end.  REJECT "too-large". */
bool failure_next_document(struct failure_reading *reading, struct document *document,
			   struct error *err);

#endif

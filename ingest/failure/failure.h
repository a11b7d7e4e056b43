/* failure.h - DMARC failure reports: one mail about one message that failed
 *
 * SPDX-License-Identifier: MIT
 *
 * The feedback part (RFC 5965, RFC 6591, RFC 9991) and the sample of the
 * message come as parts of one mail and are collected as the walk meets them;
 * Exim's plain notice holds both in one text.  Then the report is made of what
 * was collected.
 *
 * Of people only domains are kept: no local part of an address, no body and
 * no header field of the sample beyond a short list.  Identity-Alignment is
 * kept as sent: RFC 7489 lists in it what was aligned, RFC 9991 what was not,
 * and nothing in a report tells which of them its sender follows.
 */
#ifndef INGEST_FAILURE_FAILURE_H
#define INGEST_FAILURE_FAILURE_H

#include "ingest/report/report.h"
#include "ingest/unwrap/mime.h"

struct failure;

/* Collected texts live in the arena; NULL: it is full. */
struct failure *failure_new(struct arena *arena);

/* A feedback part.  in_report: it came unencoded in a multipart/report, as it
 * should; declared: its type is message/feedback-report. */
bool failure_feedback(struct failure *failure, struct slice body, bool in_report, bool declared,
		      struct error *err);

/* The message the report is about: whole, or its header alone. */
bool failure_sample(struct failure *failure, struct slice raw, bool header_only,
		    const struct ingest_limits *limits, struct error *err);

/* Exim's notice in place of both. */
bool failure_is_notice(struct slice text);
bool failure_notice(struct failure *failure, struct slice text, bool is_html,
		    const struct ingest_limits *limits, struct error *err);

struct failure_reading;

/* What was collected as a report, with one record.  source->input is not read
 * and may be NULL; failure, settings, source and summary, which is filled, must
 * outlive the result.  REJECT "unsupported": a feedback report of another kind,
 * such as abuse. */
struct failure_reading *failure_open(const struct failure *failure,
				     const struct ingest_settings *settings,
				     const struct report_source *source,
				     struct report_summary *summary, struct error *err);
void failure_close(struct failure_reading *reading);

void failure_next_run(struct failure_reading *reading, struct run *run);

/* What the record of a source in a run says. */
void failure_source_evidence(const struct source_address *source, struct source_evidence *evidence);

/* The next document of the run, valid until the next call; no name: there is
 * none.  REJECT "too-large". */
bool failure_next_document(struct failure_reading *reading, struct document *document,
			   struct error *err);

#endif

/* ingest.h - turns the bytes of a mail or file into documents
 *
 * SPDX-License-Identifier: MIT
 *
 * Reads one mail or file, report by report and run by run.  The walk over its parts
 * classifies each part by content and opens it with the parser of that kind.  At the
 * end there is one feed document per tenant, with the reporter, the contents of the
 * mail and its quirks.
 *
 *	ingest_begin_mail(ingest, raw);
 *	... look up the keys that ingest_key_wanted() names, ingest_give_key()
 *	while (ingest_next_report(ingest, &report, &err) && report)
 *		do
 *			ingest_next_run(ingest, &run, &err);
 *			... every ingest_next_document() of the run
 *		while (run.count > 0);
 *	... every ingest_next_document() of the mail
 *
 * These functions never wait.  A fault of the mail is recorded in the result as
 * the verdict on one of its parts.  Errors are RETRY or FATAL: the caller must then
 * keep the mail.
 */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "ingest/report/result.h"

struct ingest;

/* settings must outlive the result.  Several ingests may share them and alternate. */
struct ingest *ingest_new(const struct ingest_settings *settings);
void ingest_free(struct ingest *ingest);
const struct ingest_settings *ingest_settings_of(const struct ingest *ingest);

void ingest_limits_default(struct ingest_limits *limits);

/* --- beginning: each call drops the previous mail or file --------------------- */

/* Begins one mail as fetched.  raw must stay valid until the end. */
void ingest_begin_mail(struct ingest *ingest, struct slice raw);

/* Begins a file or stream with one object: a mail, a bare report, compressed data or an
 * archive.  The name is only displayed and used as a hint.  input, which the caller closes,
 * and name must stay valid until the end. */
bool ingest_begin_input(struct ingest *ingest, struct input *input, const char *name,
			struct error *err);

/* Begins a mail that is refused unread for the REJECT in why; a feed document reports it.
 * key identifies the mail. */
void ingest_begin_refused(struct ingest *ingest, struct slice key, const struct error *why);

/* Reads a file of any kind; an mbox is read mail by mail.  ingest, input (at its start) and
 * name must outlive the result. */
struct ingest_file;
struct ingest_file *ingest_file_open(struct ingest *ingest, struct input *input, const char *name);
void ingest_file_close(struct ingest_file *file);

/* Begins the next mail of the file.  *more is false when nothing is left. */
bool ingest_file_next(struct ingest_file *file, bool *more, struct error *err);

/* Sets the time of arrival that the source reports, in Unix seconds.  It dates a mail
 * without a Date header.  Call this before the first report is read. */
void ingest_mail_came(struct ingest *ingest, int64_t when);
/* Sets the name of the mailbox and the folder for feed documents; NULL: there is none.  The
 * texts must stay valid until the end of the mail. */
void ingest_mail_lies_in(struct ingest *ingest, const char *mailbox, const char *folder);

/* --- DKIM keys for the signatures of the mail --------------------------------- */

/* Returns the DNS name of the index-th key to look up, or NULL after the last one.  Call
 * this before the first report is read. */
const char *ingest_key_wanted(const struct ingest *ingest, size_t index);

/* Passes the TXT records at name, each terminated by a NUL; they are copied.  A key that is
 * not passed counts as temporarily unavailable. */
void ingest_give_key(struct ingest *ingest, const char *name, struct slice texts);

/* --- reading ------------------------------------------------------------------ */

/* Returns the next report, already read to its end once; NULL after the last one. */
bool ingest_next_report(struct ingest *ingest, const struct report_summary **report,
			struct error *err);

/* Reads the next run of records of the report; a run without records is the last. */
bool ingest_next_run(struct ingest *ingest, struct run *run, struct error *err);

/* Returns the evidence of one record about the sender of its mail.  Only records of DMARC
 * reports have a source. */
void ingest_source_evidence(const struct run *run, size_t record, struct source_evidence *evidence);

/* Returns the next document of the run, valid until the next call for this mail; a document
 * without a name marks the end.  The run without records yields the documents of the report
 * as a whole; after the last report, feed documents follow. */
bool ingest_next_document(struct ingest *ingest, struct document *document, struct error *err);

/* Complete after the last report; valid until the next mail or file begins. */
const struct ingest_result *ingest_result_of(const struct ingest *ingest);

/* Is nothing in the mail like a report, as in personal mail? */
bool ingest_is_unrelated(const struct ingest_result *result);

#endif

/* ingest.h - from the bytes of a mail or file to documents
 *
 * SPDX-License-Identifier: MIT
 *
 * One mail or file that is being read, report by report and run by run.  The
 * walk over its parts decides by content what each of them is and opens it with
 * the parser of that kind.  At the end there is one feed document per tenant,
 * which says who reported, what was in the mail and which quirks were found.
 *
 *	ingest_begin_mail(ingest, raw);
 *	... look up the keys that ingest_keys_wanted() names, ingest_give_key()
 *	while (ingest_next_report(ingest, &report, &err) && report)
 *		do
 *			ingest_next_run(ingest, &run, &err);
 *			... every ingest_next_document() of the run
 *		while (run.count > 0);
 *	... every ingest_next_document() of the mail
 *
 * Nothing in here waits.  What is the mail's own fault is a verdict on one of
 * its parts and stands in the result: errors are RETRY or FATAL, and the mail
 * must stay then.
 */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "ingest/report/result.h"

struct ingest;

/* settings must outlive it.  Several may share them and be used alternately. */
struct ingest *ingest_new(const struct ingest_settings *settings);
void ingest_free(struct ingest *ingest);
const struct ingest_settings *ingest_settings_of(const struct ingest *ingest);

void ingest_limits_default(struct ingest_limits *limits);

/* --- what is to be read: each drops what was read before ---------------------- */

/* One mail as fetched; raw must stay until the end. */
void ingest_begin_mail(struct ingest *ingest, struct slice raw);

/* A file or stream that is one thing: a mail, a bare report, compressed data,
 * an archive.  The name is shown and used as a hint only; the input, which the
 * caller closes, and the name must stay until the end. */
bool ingest_begin_input(struct ingest *ingest, struct input *input, const char *name,
			struct error *err);

/* A mail that is not read, for the reason given, a REJECT: a feed document names
 * it.  key identifies the mail. */
void ingest_begin_refused(struct ingest *ingest, struct slice key, const struct error *why);

/* Files of any kind, mail by mail where they are an mbox.  ingest, input, at its
 * start, and name must outlive it. */
struct ingest_file;
struct ingest_file *ingest_file_open(struct ingest *ingest, struct input *input, const char *name);
void ingest_file_close(struct ingest_file *file);

/* Begins the next mail of the file.  *more is false when nothing is left. */
bool ingest_file_next(struct ingest_file *file, bool *more, struct error *err);

/* When it came, as its source tells it, Unix seconds: the date of a mail that names
 * none.  Before the first report is asked for. */
void ingest_mail_came(struct ingest *ingest, int64_t when);
/* Where it lies, for its feed documents; NULL: nowhere that has a name.  The text must
 * stay until the end of the mail. */
void ingest_mail_lies_in(struct ingest *ingest, const char *folder);

/* --- keys of its signatures ------------------------------------------------------ */

/* The names in DNS of the keys that are needed, before the first report is
 * asked for; NULL: no more. */
const char *ingest_key_wanted(const struct ingest *ingest, size_t index);

/* The texts there, each with a NUL behind it, are copied.  A key that is not
 * given is one that cannot be had now. */
void ingest_give_key(struct ingest *ingest, const char *name, struct slice texts);

/* --- reading it ------------------------------------------------------------------- */

/* The next report, which has been read to its end once; NULL: there is none. */
bool ingest_next_report(struct ingest *ingest, const struct report_summary **report,
			struct error *err);

/* The next run of records of the report; no records: there is none. */
bool ingest_next_run(struct ingest *ingest, struct run *run, struct error *err);

/* What a record of the run says about who sent its mail; of DMARC reports
 * alone, the record has a source. */
void ingest_source_evidence(const struct run *run, size_t record, struct source_evidence *evidence);

/* The next document of the run, valid until the next call for this mail; no
 * name: there is none.  Also behind a run without records, for what belongs to
 * the report as a whole, and behind the last report, for feed documents. */
bool ingest_next_document(struct ingest *ingest, struct document *document, struct error *err);

/* Complete behind the last report; valid until something else is begun. */
const struct ingest_result *ingest_result_of(const struct ingest *ingest);

/* Nothing in the mail looks like a report: somebody's letter, say. */
bool ingest_is_unrelated(const struct ingest_result *result);

#endif

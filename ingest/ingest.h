/* ingest.h - from the bytes of a mail or file to documents
 *
 * SPDX-License-Identifier: MIT
 *
 * Walks mail, parts, archives and compressed data, decides by content what
 * each piece is, gives it to the parser of that kind, and ends with one feed
 * document per tenant that says who reported, what was in it and which
 * oddities were met.
 */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "ingest/report/report.h"

struct ingest;

/* settings must outlive it. */
struct ingest *ingest_new(const struct ingest_settings *settings);
void ingest_free(struct ingest *ingest);
const struct ingest_settings *ingest_settings_of(const struct ingest *ingest);

void ingest_limits_default(struct ingest_limits *limits);

struct ingest_result {
	enum report_kind kind; /* of the first report found; NONE: there was none */
	unsigned reports;
	uint64_t documents;
	struct report_summary *summaries; /* in order; valid until the next call */
	/* The first piece that could not be used, or why the mail as a whole is
	 * no report; class ERROR_NONE when all is well.  Reports beside a
	 * broken piece have been read all the same. */
	struct error reject;
	unsigned rejects;
};

/* One mail as fetched.  false: the sink or the machine failed (RETRY, FATAL)
 * and the mail must stay; everything that is the mail's own fault is in
 * result->reject. */
bool ingest_mail(struct ingest *ingest, struct slice raw, struct document_sink *sink,
		 struct ingest_result *result, struct error *err);

/* A file or stream that is one thing: a mail, a bare report, compressed data,
 * an archive.  name is shown and used as a hint only.  Takes the input by
 * reference: the caller closes it. */
bool ingest_input(struct ingest *ingest, struct input *input, const char *name,
		  struct document_sink *sink, struct ingest_result *result, struct error *err);

/* The same for a file that may also be an mbox: one result per mail.  The
 * input, at its start, and the name must outlive it. */
struct ingest_file;
struct ingest_file *ingest_file_open(struct ingest *ingest, struct input *input, const char *name);
void ingest_file_close(struct ingest_file *file);

/* *more is false, and the result untouched, when nothing is left. */
bool ingest_file_next(struct ingest_file *file, struct document_sink *sink,
		      struct ingest_result *result, bool *more, struct error *err);

/* A mail that was not read because it is over the limit: the result carries
 * the reject, and a feed document names it.  key identifies the mail. */
bool ingest_refused(struct ingest *ingest, struct slice key, const struct error *why,
		    struct document_sink *sink, struct ingest_result *result, struct error *err);

#endif

/* classify.h - determines the kind of a part by its first bytes
 *
 * SPDX-License-Identifier: MIT
 *
 * Content types and file names of report mail are only hints: gzip is labelled as
 * zip, XML as octet-stream.  The contents decide.
 */
#ifndef INGEST_UNWRAP_CLASSIFY_H
#define INGEST_UNWRAP_CLASSIFY_H

#include "base/slice.h"
#include "ingest/report/quirk.h"

/* Number of bytes of a part that classify() examines. */
#define CLASSIFY_BYTES 4096

enum part_kind {
	PART_UNKNOWN, /* unrecognised */
	PART_EMPTY,
	PART_GZIP,
	PART_ZIP,
	PART_XML,      /* a DMARC aggregate report, or an attempt at one */
	PART_JSON,     /* a TLS report, or an attempt at one */
	PART_FEEDBACK, /* fields of a feedback report (RFC 5965) */
	PART_MAIL,
	PART_MBOX,
	PART_SIZE_NOTICE, /* RFC 7489 section 7.2.2 */
	PART_PLACEHOLDER, /* Yahoo's "unused" */
	PART_OLE,         /* Outlook .msg */
	PART_ARCHIVE,     /* 7z, rar, bzip2, xz: no reporter uses them */
	PART_ENCRYPTED,   /* OpenPGP, S/MIME */
	PART_HARMLESS,    /* HTML, images, PDF: never a report */
};

enum part_kind classify(struct slice head);

/* Is the content unambiguous, even in a part that is declared as text for people?  Prose
 * may begin with '<' or '{'. */
bool classify_is_certain(enum part_kind part, struct slice head);

/* Is a part of this type and name expected beside reports, so that it needs no reject? */
bool classify_is_companion(struct slice type, struct slice name);

/* Does the file name look like that of a report? */
/* Is it a file expected beside reports: a schema, an image, a table, a signature? */
bool classify_is_companion_name(struct slice name);
bool classify_is_report_name(struct slice name);

/* Adds MIME_TYPE and MIME_LIES.  type: declared; outer: kind of the bytes; inner: kind of
 * the report inside. */
void classify_type(struct slice type, enum part_kind outer, enum part_kind inner,
		   struct quirk_set *quirks);

#endif

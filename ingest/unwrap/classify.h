/* classify.h - what a part is, by its first bytes
 *
 * SPDX-License-Identifier: MIT
 *
 * Content types and file names of report mail are hints at best: gzip comes
 * labelled as zip, XML as octet-stream.  What the bytes say decides.
 */
#ifndef INGEST_UNWRAP_CLASSIFY_H
#define INGEST_UNWRAP_CLASSIFY_H

#include "base/slice.h"
#include "ingest/report/quirk.h"

/* How much of a part classify() wants to see. */
#define CLASSIFY_BYTES 4096

enum part_kind {
	PART_UNKNOWN, /* nothing that is known */
	PART_EMPTY,
	PART_GZIP,
	PART_ZIP,
	PART_XML,	   /* a DMARC aggregate report, or wants to be one */
	PART_JSON,	   /* a TLS report, or wants to be one */
	PART_FEEDBACK,	   /* fields of a feedback report (RFC 5965) */
	PART_MAIL,
	PART_MBOX,
	PART_SIZE_NOTICE, /* RFC 7489 section 7.2.2 */
	PART_PLACEHOLDER, /* Yahoo's "unused" */
	PART_OLE,	   /* Outlook .msg */
	PART_ARCHIVE,	   /* 7z, rar, bzip2, xz: packed in ways nobody reports in */
	PART_ENCRYPTED,   /* OpenPGP */
	PART_HARMLESS,	   /* HTML, images, PDF: never a report */
};

enum part_kind classify(struct slice head);

/* Whether the content is certain enough to be taken from a part that
 * declares itself as text for people: there, prose may begin with '<' or '{'. */
bool classify_is_certain(enum part_kind part, struct slice head);

/* Whether a part of this type and name is for people or machines other than
 * us, and worth no complaint when it is not a report. */
bool classify_is_companion(struct slice type, struct slice name);

/* Whether a file is named as files with reports are. */
/* A file that stands beside reports: a schema, a picture, a table, a signature. */
bool classify_is_companion_name(struct slice name);
bool classify_is_report_name(struct slice name);

/* MIME_TYPE and MIME_LIES: type is what the part declares, outer what its
 * bytes are, inner the report found at its core. */
void classify_type(struct slice type, enum part_kind outer, enum part_kind inner,
		   struct quirk_set *quirks);

#endif

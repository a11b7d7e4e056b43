/* embedded.h - finds reports inside other data
 *
 * SPDX-License-Identifier: MIT
 *
 * The text of a mail forwarded without its structure, undeclared base64, uuencoded
 * and yEnc files, a TNEF or S/MIME blob, an Outlook message: all contain the report
 * unchanged, and its first bytes show where.
 */
#ifndef INGEST_UNWRAP_EMBEDDED_H
#define INGEST_UNWRAP_EMBEDDED_H

#include "base/slice.h"
#include "base/strbuf.h"

struct embedded {
	enum {
		EMBEDDED_BYTES, /* a report or a container, not encoded */
		EMBEDDED_BASE64,
		EMBEDDED_UUENCODED,
		EMBEDDED_YENCODED,
		EMBEDDED_PARTS, /* parts of a mail, from the first boundary on */
	} form;
	struct slice text;
};

/* Finds the next object in *text and moves *text past it. */
bool embedded_next(struct slice *text, struct embedded *embedded);

/* Appends the decoded bytes to out: a report, a container or a mail. */
void embedded_decode(const struct embedded *embedded, struct strbuf *out);

#endif

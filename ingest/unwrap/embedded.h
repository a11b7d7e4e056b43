/* embedded.h - reports inside of what is no report and no container either
 *
 * SPDX-License-Identifier: MIT
 *
 * The text of a mail that was forwarded without its structure, base64 that
 * nobody declares, uuencoded files, a TNEF or S/MIME blob, an Outlook message:
 * the report is in there as it was, and its first bytes tell where.
 */
#ifndef INGEST_UNWRAP_EMBEDDED_H
#define INGEST_UNWRAP_EMBEDDED_H

#include "base/slice.h"
#include "base/strbuf.h"

struct embedded {
	enum {
		EMBEDDED_BYTES, /* a report or a container as it stands */
		EMBEDDED_BASE64,
		EMBEDDED_UUENCODED,
		EMBEDDED_PARTS, /* of a mail, from their first boundary on */
	} form;
	struct slice text;
};

/* The next one in *text, which becomes what follows it. */
bool embedded_next(struct slice *text, struct embedded *embedded);

/* The bytes that are meant, added to out: a report, a container or a mail. */
void embedded_decode(const struct embedded *embedded, struct strbuf *out);

#endif

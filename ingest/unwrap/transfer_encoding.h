/* transfer_encoding.h - the content of a MIME part, decoded as it is read
 *
 * SPDX-License-Identifier: MIT
 *
 * A large part is never in memory twice: the input keeps one piece of decoded
 * content.  It is seekable, for zip.
 */
#ifndef INGEST_UNWRAP_TRANSFER_ENCODING_H
#define INGEST_UNWRAP_TRANSFER_ENCODING_H

#include "ingest/report/input.h"

enum transfer_encoding { TRANSFER_BASE64, TRANSFER_QUOTED_PRINTABLE, TRANSFER_UUENCODED };

/* text must outlive the input. */
struct input *transfer_decode(struct slice text, enum transfer_encoding encoding);

#endif

/* mail_headers.h - reads the header of a report mail
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TRUST_MAIL_HEADERS_H
#define INGEST_TRUST_MAIL_HEADERS_H

#include "ingest/report/report.h"
#include "ingest/unwrap/mime.h"

/* Ignores fields longer than LIMIT_TEXT_BYTES or that do not fit into the arena: all of
 * this is only a hint.  trusted_authserv as in ingest_settings. */
void mail_headers_read(struct mail_headers *headers, struct arena *arena, struct mime *mime,
		       const char *const *trusted_authserv);

/* Adds a signer that the verdict is about; ignores invalid domains and signers above the
 * limit. */
void mail_headers_add_signer(struct mail_headers *headers, struct arena *arena, struct slice text);

#endif

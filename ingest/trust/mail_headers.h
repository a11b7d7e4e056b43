/* mail_headers.h - what a report mail says about itself
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef INGEST_TRUST_MAIL_HEADERS_H
#define INGEST_TRUST_MAIL_HEADERS_H

#include "ingest/report/report.h"
#include "ingest/unwrap/mime.h"

/* Fields longer than LIMIT_TEXT_BYTES and what does not fit into the arena
 * are absent: all of this is a hint only.  trusted_authserv as in
 * ingest_settings. */
void mail_headers_read(struct mail_headers *headers, struct arena *arena, const struct mime *mime,
		       const char *const *trusted_authserv);

/* One more of whom the verdict is about; what is no domain, or too many, is left out. */
void mail_headers_add_signer(struct mail_headers *headers, struct arena *arena, struct slice text);

#endif

/* trust.h - may a report mail be believed?
 *
 * SPDX-License-Identifier: MIT
 *
 * Anybody can send a report about any domain.  Reports are never refused for this
 * reason, since gateways break good signatures; quirks mark them instead (RFC 8460
 * section 3, RFC 7489 section 7.2.1.1).
 */
#ifndef INGEST_TRUST_TRUST_H
#define INGEST_TRUST_TRUST_H

#include "ingest/report/report.h"

/* Adds DKIM_UNKNOWN, DKIM_DOMAIN, UNAUTHENTICATED and SENDER_DIFFERS as they apply.
 * contact: the domain of the reporter's contact address; absent: none. */
void trust_note(const struct ingest_settings *settings, const struct mail_headers *headers,
		struct slice contact, struct quirk_set *quirks);

#endif

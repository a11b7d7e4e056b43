/* domain_form.h - domains as reporters write them
 *
 * SPDX-License-Identifier: MIT
 *
 * In place of a domain, reports contain addresses, URLs, quoted names, and names
 * with a port or a comment.  Only the domain is stored: a local part is personal
 * data and does not belong in an aggregate report.
 */
#ifndef INGEST_REPORT_DOMAIN_FORM_H
#define INGEST_REPORT_DOMAIN_FORM_H

#include "base/arena.h"
#include "ingest/report/quirk.h"

/* Returns the normalised domain in the text; other text stays as it is, without the local
 * parts of addresses.  QUIRK_DOMAIN_FORM: it was not a plain domain.  Several domains in
 * one text count as no domain.  false: the arena is full. */
bool domain_read(struct arena *arena, struct slice text, struct slice *domain,
		 struct quirk_set *quirks);

/* The same for the domain of a policy, for which some reporters give the name of its record,
 * such as "_dmarc.example.com". */
bool policy_domain_read(struct arena *arena, struct slice text, struct slice *domain,
			struct quirk_set *quirks);
/* The same; false: no domain is in the text, or the arena is full. */
bool policy_domain_find(struct arena *arena, struct slice text, struct slice *domain,
			struct quirk_set *quirks);

#endif

/* domain_form.h - domains as reporters write them
 *
 * SPDX-License-Identifier: MIT
 *
 * Where a domain is due, reports hold addresses, URLs, quoted names, names
 * with a port or a comment.  What is stored is the domain alone: a local part
 * is a person's and has no place in an aggregate report.
 */
#ifndef INGEST_REPORT_DOMAIN_FORM_H
#define INGEST_REPORT_DOMAIN_FORM_H

#include "base/arena.h"
#include "ingest/report/quirk.h"

/* The domain in the text, normalised; text without one stays as it is, but for
 * the local parts of addresses.  QUIRK_DOMAIN_FORM: it was no plain domain.
 * Several domains in one text are none.  false: the arena is full. */
bool domain_read(struct arena *arena, struct slice text, struct slice *domain,
		 struct quirk_set *quirks);

/* The same for the domain of a policy, which some name by its record:
 * "_dmarc.example.com". */
bool policy_domain_read(struct arena *arena, struct slice text, struct slice *domain,
			struct quirk_set *quirks);

#endif

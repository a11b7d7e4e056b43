/* report_name.h - reads the policy domain from a report's file name
 *
 * SPDX-License-Identifier: MIT
 *
 * "receiver!policy-domain!begin!end.xml" (RFC 7489 section 7.2.1.1, RFC 8460
 * section 5.1).  It is only a hint for data that the report lacks.
 */
#ifndef INGEST_REPORT_REPORT_NAME_H
#define INGEST_REPORT_REPORT_NAME_H

#include "base/arena.h"

/* Returns the normalised policy domain; ignores directories in front of the name.  false:
 * the name has another form. */
bool report_name_domain(struct arena *arena, struct slice name, struct slice *domain);

#endif

/* report_name.h - what the name of a report's file says
 *
 * SPDX-License-Identifier: MIT
 *
 * "receiver!policy-domain!begin!end.xml" (RFC 7489 section 7.2.1.1, RFC 8460
 * section 5.1).  A hint where the report itself says nothing, never more.
 */
#ifndef INGEST_REPORT_REPORT_NAME_H
#define INGEST_REPORT_REPORT_NAME_H

#include "base/arena.h"

/* The policy domain, normalised; directories before the name do not matter.
 * false: it is no such name. */
bool report_name_domain(struct arena *arena, struct slice name, struct slice *domain);

#endif

/* severity.h - how bad a finding is: one scale for reports and records
 *
 * SPDX-License-Identifier: MIT
 *
 * SEVERITY_UNKNOWN means "could not be looked at".  It is never a fault, never
 * closes an earlier finding and never reaches a threshold.
 */
#ifndef BASE_SEVERITY_H
#define BASE_SEVERITY_H

#include "base/slice.h"

/* From the worst on. */
enum severity {
	SEVERITY_CRITICAL, /* mail is lost, or a record has no effect at all, now */
	SEVERITY_WARNING,  /* protection or reports are missing, or mail is at risk */
	SEVERITY_NOTICE,   /* worth knowing */
	SEVERITY_OK,
	SEVERITY_UNKNOWN,
	SEVERITIES
};

/* "critical", "warning", "notice", "ok", "unknown": in JSON, fields and options. */
const char *severity_name(enum severity severity);

/* The severity of that name; false: there is none. */
bool severity_of_name(struct slice name, enum severity *severity);

/* Is it at least as bad as the threshold, which is CRITICAL to OK? */
bool severity_reaches(enum severity severity, enum severity threshold);

#endif

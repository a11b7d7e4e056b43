/* severity.h - severity of a finding, for reports and records
 *
 * SPDX-License-Identifier: MIT
 *
 * SEVERITY_UNKNOWN means "could not be checked".  It is never a fault, never
 * closes an earlier finding and never reaches a threshold.
 */
#ifndef BASE_SEVERITY_H
#define BASE_SEVERITY_H

#include "base/slice.h"

/* In descending order. */
enum severity {
	SEVERITY_CRITICAL, /* mail is lost, or a record has no effect at all, now */
	SEVERITY_WARNING,  /* protection or reports are missing, or mail is at risk */
	SEVERITY_NOTICE,   /* worth knowing */
	SEVERITY_OK,
	SEVERITY_UNKNOWN,
	SEVERITIES
};

/* Returns "critical", "warning", "notice", "ok" or "unknown": in JSON, fields and
 * options. */
const char *severity_name(enum severity severity);

/* Finds a severity by its name; false: no such name. */
bool severity_of_name(struct slice name, enum severity *severity);

/* Whether severity is at least as bad as the threshold, which is CRITICAL to OK. */
bool severity_reaches(enum severity severity, enum severity threshold);

#endif

/* severity.c - severity of a finding, for reports and records
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/severity.h"

static const char *const names[SEVERITIES] = {
	[SEVERITY_CRITICAL] = "critical", [SEVERITY_WARNING] = "warning",
	[SEVERITY_NOTICE] = "notice",     [SEVERITY_OK] = "ok",
	[SEVERITY_UNKNOWN] = "unknown",
};

const char *severity_name(enum severity severity)
{
	return names[severity];
}

bool severity_of_name(struct slice name, enum severity *severity)
{
	for (unsigned i = 0; i < SEVERITIES; i++) {
		if (slice_is(name, names[i])) {
			*severity = (enum severity)i;
			return true;
		}
	}
	return false;
}

bool severity_reaches(enum severity severity, enum severity threshold)
{
	return severity != SEVERITY_UNKNOWN && severity <= threshold;
}

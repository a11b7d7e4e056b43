/* report_json.h - what the reports say, for programs
 *
 * SPDX-License-Identifier: MIT
 *
 * docs/report.schema.json describes it.  A member that is removed or changes
 * its meaning raises REPORT_JSON_VERSION; new members do not.
 */
#ifndef BRIDGE_REPORT_REPORT_JSON_H
#define BRIDGE_REPORT_REPORT_JSON_H

#include <stdio.h>

#include "bridge/report/summary_set.h"

#define REPORT_JSON_VERSION 1

/* tenant: NULL: of all.  Where the set is by tenant, one report for each. */
void report_json_print(const struct summary_set *set, const char *tenant, FILE *out);

#endif

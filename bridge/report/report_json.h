/* report_json.h - prints a summary of reports as JSON
 *
 * SPDX-License-Identifier: MIT
 *
 * Described in docs/report.schema.json. Raise REPORT_JSON_VERSION when a member is removed or
 * changes its meaning, not when one is added.
 */
#ifndef BRIDGE_REPORT_REPORT_JSON_H
#define BRIDGE_REPORT_REPORT_JSON_H

#include <stdio.h>

#include "bridge/report/summary_set.h"

#define REPORT_JSON_VERSION 1

/* tenant NULL: all tenants. A set by tenant gives one report for each. */
void report_json_print(const struct summary_set *set, const char *tenant, FILE *out);

#endif

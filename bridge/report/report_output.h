/* report_output.h - prints a summary of reports in the requested format
 *
 * SPDX-License-Identifier: MIT
 *
 * Options shared by "parse" and "report".
 */
#ifndef BRIDGE_REPORT_REPORT_OUTPUT_H
#define BRIDGE_REPORT_REPORT_OUTPUT_H

#include "base/error.h"
#include "base/severity.h"
#include "base/strbuf.h"
#include "bridge/report/page.h"
#include "bridge/report/summary_set.h"

enum report_format { REPORT_SUMMARY, REPORT_HTML, REPORT_JSON };

struct report_output {
	enum report_format format;
	bool no_color, by_tenant;
	bool fails; /* --fail-on was given, with this severity: */
	enum severity fail_on;
	struct page_heading heading;
	struct strbuf logo; /* of the heading */
};

void report_output_init(struct report_output *output);
void report_output_release(struct report_output *output);

/* false: unknown format or severity. */
bool report_output_set_format(struct report_output *output, const char *word);
bool report_output_set_fail_on(struct report_output *output, const char *word);
/* A PNG, JPEG or SVG file of up to 256 KiB. */
bool report_output_set_logo(struct report_output *output, const char *path, struct error *err);

/* Prints to standard output. */
void report_output_print(const struct report_output *output, const struct summary_set *set);

/* Whether there is a finding of the severity of --fail-on or worse. */
bool report_output_has_failed(const struct report_output *output, const struct summary_set *set);

#endif

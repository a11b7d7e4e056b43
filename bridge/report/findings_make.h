/* findings_make.h - what findings.c and the files that make findings share
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_FINDINGS_MAKE_H
#define BRIDGE_REPORT_FINDINGS_MAKE_H

#include "bridge/report/findings.h"
#include "bridge/report/summary_tables.h"

void findings_of_tls(struct findings *findings, const struct summary *summary);
void findings_of_dmarc(struct findings *findings, const struct summary *summary);
void findings_of_feed(struct findings *findings, const struct summary *summary);

void finding_add(struct findings *findings, const struct finding *finding);

/* A text that lives as long as the findings. */
__attribute__((format(printf, 2, 3)))
struct slice finding_text(struct findings *findings, const char *format, ...);

/* A name from a report, as long as a title has room for; "": there is none. */
const char *finding_name(struct findings *findings, struct slice text);

/* What was not seen for so long has ended; reporters need not all be of today. */
#define FINDING_ENDED (2 * INT64_C(86400))

/* Names for a title: the first ones, and how many there are. */
#define FINDING_NAMES 3
struct finding_names {
	const char *names[FINDING_NAMES];
	size_t count;
};

void finding_names_add(struct findings *findings, struct finding_names *names, struct slice name);
/* "a, b, c and 4 more" */
const char *finding_names_text(struct findings *findings, const struct finding_names *names);

/* "s" where a number wants a plural. */
static inline const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

#endif

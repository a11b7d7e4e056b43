/* findings_make.h - what findings.c and the files that make findings share
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_FINDINGS_MAKE_H
#define BRIDGE_FINDINGS_MAKE_H

#include "bridge/findings.h"
#include "bridge/summary_tables.h"

void findings_of_tls(struct findings *findings, const struct summary *summary);
void findings_of_dmarc(struct findings *findings, const struct summary *summary);
void findings_of_feed(struct findings *findings, const struct summary *summary);

void finding_add(struct findings *findings, const struct finding *finding);

/* A text that lives as long as the findings. */
__attribute__((format(printf, 2, 3)))
struct slice finding_text(struct findings *findings, const char *format, ...);

/* For "%.*s". */
#define TEXT(text) (int)(text).size, (text).data ? (text).data : ""

/* "s" where a number wants a plural. */
static inline const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

#endif

/* findings.h - derives findings and the verdict from the figures
 *
 * SPDX-License-Identifier: MIT
 *
 * Terminal, page and JSON begin with the same findings.
 */
#ifndef BRIDGE_REPORT_FINDINGS_H
#define BRIDGE_REPORT_FINDINGS_H

#include "bridge/report/finding.h"
#include "bridge/report/summary.h"
#include "bridge/report/words.h"

#define FINDINGS_MAX 40

struct findings {
	struct arena arena;
	struct finding list[FINDINGS_MAX]; /* sorted, the worst first */
	size_t count;
	size_t more;            /* findings that did not fit */
	enum severity severity; /* of the worst; UNKNOWN: no reports */
	bool old;               /* the reports ended days ago: findings are about then */
	struct slice verdict;   /* a sentence */
};

void findings_init(struct findings *findings, const struct summary *summary);
void findings_release(struct findings *findings);

/* "Critical", "Warning", "Notice", "OK": for people. */
const char *severity_title(enum severity severity);

/* "since 20 Nov 2026", "1 to 4 Nov 2026, then it stopped"; text is empty if the finding
 * has no days. */
#define FINDING_WHEN_SIZE 96
void finding_when(const struct finding *finding, const struct findings *findings,
		  char text[static FINDING_WHEN_SIZE]);

/* Reporters that sent reports regularly and have sent none for days; returns their number.
 * texts[0] of a row is the name. */
#define SILENT_REPORTERS_MAX 64
struct tally;
size_t findings_silent_reporters(const struct summary *summary,
				 const struct tally *rows[static SILENT_REPORTERS_MAX]);

/* The usual name of a policy-type: MTA-STS, DANE, no policy; others unchanged. */
struct slice policy_word(struct slice type);

#endif

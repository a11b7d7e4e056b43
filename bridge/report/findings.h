/* findings.h - what the figures mean: is mail being lost, since when, where, why
 *
 * SPDX-License-Identifier: MIT
 *
 * The same findings head the screen and the page.  Their texts may hold names
 * from reports: whoever prints them escapes them.
 */
#ifndef BRIDGE_REPORT_FINDINGS_H
#define BRIDGE_REPORT_FINDINGS_H

#include "base/arena.h"
#include "bridge/report/summary.h"

/* From the worst on. */
enum finding_level {
	FINDING_LOST,	 /* mail is lost or delayed now */
	FINDING_AT_RISK, /* it was, would be, or easily will be */
	FINDING_WATCH,	 /* worth knowing */
	FINDING_FINE,	 /* looks odd and is all right */
	FINDING_LEVELS
};

struct finding {
	enum finding_level level;
	struct slice title;
	struct slice where;  /* whom it concerns: hosts, addresses; may be absent */
	struct slice why, effect, advice; /* effect may be absent */
	struct slice amount; /* "65 failed sessions"; may be absent */
	uint64_t weight;     /* orders findings of one level */
	int64_t first, last; /* periods it was seen in; 0 and 0: not bound to days */
	bool since_start;    /* first is the first of all periods: it may be older */
};

#define FINDINGS_MAX 40

struct findings {
	struct arena arena;
	struct finding list[FINDINGS_MAX]; /* the worst first */
	size_t count;
	size_t more; /* that did not fit */
	enum finding_level level;
	const char *verdict; /* a sentence */
	bool nothing;	     /* there is no report to tell by */
};

void findings_init(struct findings *findings, const struct summary *summary);
void findings_release(struct findings *findings);

const char *finding_level_text(enum finding_level level);

/* "since 20 Nov 2026", "from 1 to 4 Nov 2026": when it was; text is emptied
 * where the finding has no days. */
#define FINDING_WHEN_SIZE 96
void finding_when(const struct finding *finding, const struct summary *summary,
		  char text[static FINDING_WHEN_SIZE]);

/* What people call a policy-type: MTA-STS, DANE, no policy; others as they are. */
struct slice policy_word(struct slice type);

/* "20 Nov 2026" */
#define DAY_TEXT_SIZE sizeof("20 Nov 2026")
void day_text(int64_t unix_seconds, char text[static DAY_TEXT_SIZE]);

/* "1,234,567" */
#define NUMBER_TEXT_SIZE sizeof("18,446,744,073,709,551,615")
const char *number_text(uint64_t number, char text[static NUMBER_TEXT_SIZE]);

#endif

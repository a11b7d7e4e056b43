/* findings_make.h - what findings.c and the files that make findings share
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_FINDINGS_MAKE_H
#define BRIDGE_REPORT_FINDINGS_MAKE_H

#include "bridge/report/findings.h"
#include "bridge/report/summary_tables.h"
#include "bridge/report/trend.h"

/* Among findings of one severity: what harm was done. */
enum finding_rank { RANK_LOST, RANK_DELAYED, RANK_FORGED, RANK_RISK, RANK_INFO };

enum finding_id {
#define FINDING(id, code, rank, verdict, was, title, title_then, amount, why, effect, advice) FINDING_##id,
#include "bridge/report/finding_table.h"
#undef FINDING
	FINDING_IDS
};

void findings_of_tls(struct findings *findings, const struct summary *summary);
void findings_of_dmarc(struct findings *findings, const struct summary *summary);
/* failing: approved senders that have a finding of their own. */
void findings_of_senders(struct findings *findings, const struct summary *summary,
			 const struct trend *failing, size_t failing_count);
void findings_of_feed(struct findings *findings, const struct summary *summary);
void findings_of_records(struct findings *findings, const struct summary *summary);

/* Fills the sentences of the table in and adds the finding; sentences that it
 * has already stay. */
void findings_add(struct findings *findings, enum finding_id id, struct finding *finding);

/* Its evidence gets the sender, and what is known of it: type, status, help. */
void finding_add_service(struct finding *finding, const struct summary *summary,
			 struct slice name, struct slice author);

/* The days of a finding: it has ended when it was not seen for so long before
 * last, the end of all reports of its kind. */
#define FINDING_ENDED_DAYS 2
void finding_set_days(struct finding *finding, int64_t from, int64_t to, int64_t first, int64_t last);

#endif

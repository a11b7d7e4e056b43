/* findings_make.h - code shared by the files that make findings
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BRIDGE_REPORT_FINDINGS_MAKE_H
#define BRIDGE_REPORT_FINDINGS_MAKE_H

#include "bridge/report/findings.h"
#include "bridge/report/summary_tables.h"
#include "bridge/report/trend.h"

/* Kinds of harm, to sort findings of the same severity. */
enum finding_rank { RANK_LOST, RANK_DELAYED, RANK_FORGED, RANK_RISK, RANK_INFO };

enum finding_id {
#define FINDING(id, code, rank, verdict, was, title, title_then, amount, why, effect, advice) \
	FINDING_##id,
#include "bridge/report/finding_table.h"
#undef FINDING
	FINDING_IDS
};

void findings_of_tls(struct findings *findings, const struct summary *summary);
void findings_of_dmarc(struct findings *findings, const struct summary *summary);
/* failing: approved senders that have a separate finding. */
void findings_of_senders(struct findings *findings, const struct summary *summary,
			 const struct trend *failing, size_t failing_count);
void findings_of_feed(struct findings *findings, const struct summary *summary);
void findings_of_records(struct findings *findings, const struct summary *summary);

/* Fills in the sentences of the table and adds the finding; keeps sentences that it
 * already has. */
void findings_add(struct findings *findings, enum finding_id id, struct finding *finding);

/* Adds the sender to the evidence, with its type, status and help if known. */
void finding_add_service(struct finding *finding, const struct summary *summary, struct slice name,
			 struct slice author);

/* Sets the days of a finding: it has ended if it was last seen this long before last, the
 * end of all reports of its kind. */
#define FINDING_ENDED_DAYS 2
void finding_set_days(struct finding *finding, int64_t from, int64_t to, int64_t first,
		      int64_t last);

#endif

/* findings_feed.c - findings about the reports themselves
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_make.h"
#include "ingest/report/report.h"

#define DAY INT64_C(86400)
/* Reporters send daily; a reporter is silent after three days without reports. */
#define SILENT_DAYS 3
#define MOST 64

static void find_old(struct findings *f, const struct summary *s)
{
	struct finding finding = { .severity = SEVERITY_NOTICE };
	char day[DAY_TEXT_SIZE];

	if (!f->old)
		return;
	day_text(s->last, day);
	finding_add_name(&finding, "last_day", arena_slice(&f->arena, slice_of(day)));
	findings_add(f, FINDING_OLD, &finding);
}

size_t findings_silent_reporters(const struct summary *s,
				 const struct tally *rows[static SILENT_REPORTERS_MAX])
{
	const size_t count = tally_largest(summary_table(s, SUMMARY_REPORTERS), REPORTER_REPORTS,
					   SILENT_REPORTERS_MAX, rows);
	size_t silent = 0;

	for (size_t i = 0; i < count; i++)
		if (rows[i]->counts[REPORTER_REPORTS] > SILENT_DAYS && rows[i]->texts[0].size > 0 &&
		    tally_has_time(rows[i]) && rows[i]->last < s->last - SILENT_DAYS * DAY)
			rows[silent++] = rows[i];
	return silent;
}

static void find_silent(struct findings *f, const struct summary *s)
{
	const struct tally *rows[SILENT_REPORTERS_MAX];
	const size_t count = findings_silent_reporters(s, rows);
	struct name_list names = { .count = 0 };
	struct finding finding = { .severity = SEVERITY_NOTICE };

	for (size_t i = 0; i < count; i++) {
		name_list_add(&names, rows[i]->texts[0]);
		finding.weight = count_sum(finding.weight, rows[i]->counts[REPORTER_REPORTS]);
	}
	if (names.count == 0)
		return;
	finding_add_name(&finding, "reporters", name_list_text(&f->arena, &names));
	findings_add(f, FINDING_SILENT, &finding);
}

static void find_counted(struct findings *f, const struct summary *s, enum summary_table which,
			 enum finding_id id, const char *figure, const char *name,
			 enum severity severity)
{
	const struct tally *rows[MOST];
	const size_t count = tally_largest(summary_table(s, which), 0, MOST, rows);
	struct finding finding = { .severity = severity };
	struct name_list names = { .count = 0 };

	for (size_t i = 0; i < count; i++) {
		finding.weight = count_sum(finding.weight, rows[i]->counts[0]);
		if (rows[i]->texts[0].size > 0)
			name_list_add(&names, rows[i]->texts[0]);
	}
	if (finding.weight == 0)
		return;
	finding_add_figure(&finding, figure, finding.weight);
	finding_add_name(&finding, name, name_list_text(&f->arena, &names));
	findings_add(f, id, &finding);
}

void findings_of_feed(struct findings *f, const struct summary *s)
{
	find_old(f, s);
	find_silent(f, s);
	find_counted(f, s, SUMMARY_REJECTS, FINDING_UNREADABLE, "pieces", "reasons",
		     SEVERITY_NOTICE);
	find_counted(f, s, SUMMARY_CONFLICTS, FINDING_CONFLICT, "reports", "reporters",
		     SEVERITY_NOTICE);
	find_counted(f, s, SUMMARY_REPEATS, FINDING_REPEATED, "reports", "reporters", SEVERITY_OK);
}

/* findings_feed.c - what becomes of the reports themselves
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_make.h"

#define DAY INT64_C(86400)
/* Reporters send daily; three days without a word are silence. */
#define SILENT_DAYS 3
#define MOST 64

static void add_silent(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count =
		tally_largest(summary_table(s, SUMMARY_REPORTERS), REPORTER_REPORTS, MOST, rows);
	struct finding_names names = { .count = 0 };
	struct finding finding = {
		.level = FINDING_WATCH,
		.why = slice_of("Reports came regularly and come no more, for three days at least."),
		.advice = slice_of("If all are silent, look at the mailbox and at the rua in your "
				   "records. One alone may just have had no mail of yours."),
	};

	for (size_t i = 0; i < count; i++) {
		if (rows[i]->counts[REPORTER_REPORTS] <= SILENT_DAYS ||
		    rows[i]->texts[0].size == 0 || rows[i]->last >= s->last - SILENT_DAYS * DAY)
			continue;
		finding_names_add(f, &names, rows[i]->texts[0]);
		finding.weight += rows[i]->counts[REPORTER_REPORTS];
	}
	if (names.count == 0)
		return;
	finding.title = finding_text(f, "%s %s fallen silent", finding_names_text(f, &names),
				     names.count == 1 ? "has" : "have");
	finding_add(f, &finding);
}

static void add_rejects(struct findings *f, const struct summary *s)
{
	const struct tally_table *table = summary_table(s, SUMMARY_REJECTS);
	const struct tally *rows[MOST];
	const size_t count = tally_largest(table, 0, MOST, rows);
	uint64_t pieces = 0;
	char number[NUMBER_TEXT_SIZE];

	for (size_t i = 0; i < count; i++)
		pieces += rows[i]->counts[0];
	if (pieces == 0)
		return;
	finding_add(f, &(struct finding){
		.level = FINDING_WATCH,
		.title = finding_text(f, "%s mail%s or file%s could not be read as a report",
				      number_text(pieces, number), plural(pieces), plural(pieces)),
		.why = slice_of("What is no report, is damaged or is over a limit is set aside, with "
				"its reason."),
		.advice = slice_of("Look at the reasons at the end of this page. Ordinary mail in the "
				   "mailbox needs nothing done."),
		.weight = pieces,
	});
}

void findings_of_feed(struct findings *f, const struct summary *s)
{
	add_silent(f, s);
	add_rejects(f, s);
}

/* findings_records.c - findings about what domains publish, from the stored checks
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/report/findings_make.h"
#include "bridge/report/words.h"

#define DAY INT64_C(86400)
/* The same as for the program's own certificates. */
#define EXPIRES_DAYS 14
#define MOST 64

static void find_broken(struct findings *f, const struct tally *row)
{
	struct finding finding = { .severity = SEVERITY_CRITICAL, .subject = row->key };

	if (row->counts[RECORD_CRITICAL] == 0)
		return;
	finding.weight = row->counts[RECORD_CRITICAL];
	if (row->counts[RECORD_SINCE] > 0) {
		finding.first = (int64_t)row->counts[RECORD_SINCE];
		finding.last = (int64_t)row->counts[RECORD_CHECKED];
	}
	finding_add_name(&finding, "codes", row->texts[RECORD_CODES]);
	findings_add(f, FINDING_RECORD_BROKEN, &finding);
}

/* An expired certificate is a broken record instead. */
static void find_expiring(struct findings *f, const struct summary *s, const struct tally *row)
{
	const int64_t left = (int64_t)row->counts[RECORD_NOT_AFTER] - s->now;
	struct finding finding = { .severity = SEVERITY_WARNING, .subject = row->key };
	char day[DAY_TEXT_SIZE];

	if (row->counts[RECORD_NOT_AFTER] == 0 || left <= 0 || left > EXPIRES_DAYS * DAY)
		return;
	day_text((int64_t)row->counts[RECORD_NOT_AFTER], day);
	finding.weight = (uint64_t)(EXPIRES_DAYS * DAY - left);
	finding_add_figure(&finding, "days", (uint64_t)((left + DAY - 1) / DAY));
	finding_add_name(&finding, "day", arena_slice(&f->arena, slice_of(day)));
	findings_add(f, FINDING_CERTIFICATE_EXPIRES, &finding);
}

static void find_changed(struct findings *f, const struct tally *row)
{
	struct finding finding = { .severity = SEVERITY_NOTICE, .subject = row->key };
	char day[DAY_TEXT_SIZE];

	if (row->counts[RECORD_CHANGED] == 0)
		return;
	day_text((int64_t)row->counts[RECORD_CHANGED], day);
	finding.weight = row->counts[RECORD_CHANGED];
	finding_add_name(&finding, "parts", row->texts[RECORD_PARTS]);
	finding_add_name(&finding, "day", arena_slice(&f->arena, slice_of(day)));
	findings_add(f, FINDING_RECORD_CHANGED, &finding);
}

void findings_of_records(struct findings *f, const struct summary *s)
{
	const struct tally *rows[MOST];
	const size_t count = tally_largest(summary_table(s, SUMMARY_RECORDS), RECORD_CRITICAL, MOST,
					   rows);
	bool old = f->old;

	/* Checks are current even if the last reports are old. */
	f->old = false;
	for (size_t i = 0; i < count; i++) {
		if (rows[i]->key.size == 0)
			continue;
		find_broken(f, rows[i]);
		find_expiring(f, s, rows[i]);
		find_changed(f, rows[i]);
	}
	f->old = old;
}

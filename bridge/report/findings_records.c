/* findings_records.c - findings about what domains publish, from the stored checks
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/limits.h"
#include "base/strbuf.h"
#include "bridge/report/findings_make.h"
#include "bridge/report/words.h"
#include "domain/finding.h"

#define DAY INT64_C(86400)
/* The same as for the program's own certificates. */
#define EXPIRES_DAYS 14
#define MOST 64

/* Says what each code means and what to change. Codes of a later version are left out. */
static void explain(struct findings *f, struct slice codes, struct finding *finding)
{
	const bool several = slice_find_text(codes, ",") < codes.size;
	struct strbuf why, advice;

	strbuf_init(&why, 8 * KIB);
	strbuf_init(&advice, 8 * KIB);
	while (codes.size > 0) {
		const struct domain_code_row *row = domain_code_row_named(
			slice_trim(slice_split(codes, ',', &codes)));

		if (!row)
			continue;
		strbuf_add_format(&why, "%s%s",
				  why.len > 0 ? "; " : "The last check found: ", row->title);
		strbuf_add_format(&advice, "%s%s%s%s", advice.len > 0 ? " " : "",
				  several ? row->code : "", several ? ": " : "", row->advice);
	}
	if (why.len > 0) {
		strbuf_add_byte(&why, '.');
		finding->why = arena_slice(&f->arena, strbuf_slice(&why));
		finding->recommendation = arena_slice(&f->arena, strbuf_slice(&advice));
	}
	strbuf_release(&why);
	strbuf_release(&advice);
}

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
	explain(f, row->texts[RECORD_CODES], &finding);
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

/* round_log.c - log lines and counters of a round
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/round_log.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define PROGRESS_MS 10000

static const char *fate_name(enum mail_fate fate)
{
	return fate == MAIL_KEEP ? "kept" : mail_fate_folder(fate);
}

static void count_mail(struct round_counts *counts, const struct batch_mail *mail,
		       enum mail_fate fate)
{
	counts->mails++;
	counts->reports += mail->reports;
	counts->stored += mail->stored;
	counts->duplicates += mail->duplicates;
	counts->refused += mail->refused;
	counts->missed += mail->missed;
	if (batch_is_left(mail))
		counts->left++;
	else if (fate == MAIL_KEEP)
		counts->kept++;
	else if (fate == MAIL_INVALID)
		counts->invalid++;
	else
		counts->archived++;
}

static void count_reports(struct counters *counters, const struct batch_mail *mail, int64_t now)
{
	for (size_t kind = 0; kind < SIZE_REPORT; kind++)
		counters->reports[kind][0][0] += mail->kinds[kind];
	for (size_t quirk = 0; quirk < SIZE_QUIRK; quirk++)
		counters->quirks[quirk][0][0] += quirk_has(&mail->quirks, (enum quirk)quirk);
	if (mail->period_end > 0 && now > mail->period_end)
		counters_time(counters, report_lag_seconds, mail->kind,
			      (now - mail->period_end) * 1000);
}

static void count_shares(struct counters *counters, const struct batch *batch,
			 const struct batch_mail *mail)
{
	for (size_t i = 0; i < mail->share_count; i++) {
		const struct batch_share *share = &batch->shares[mail->first_share + i];

		counters->tenant_reports[share->tenant][share->kind][0]++;
	}
}

static void show_mail(struct round *r, const struct batch_mail *mail, enum mail_fate fate)
{
	struct counters *counters = &r->state->counters;

	/* A mail that is left for good does not wait. */
	if (batch_is_left(mail)) {
		counters->unrelated_mails[0][0][0]++;
		return;
	}
	if (!r->examines)
		counters->mails[fate][0][0]++;
	if (fate == MAIL_KEEP)
		return;
	r->shown->mails++;
	r->shown->last_mail = clock_unix();
	count_reports(counters, mail, r->shown->last_mail);
	count_shares(counters, r->posted, mail);
	if (mail->reason)
		counters->rejected_mails[reason_number(mail->reason)][0][0]++;
}

/* A round that only examines must not log that mails were moved. */
static const char *shown_fate(const struct round *r, const struct batch_mail *mail,
			      enum mail_fate fate)
{
	if (r->examines && fate != MAIL_KEEP)
		return "examined";
	return batch_is_left(mail) ? "left" : fate_name(fate);
}

void round_log_mail(struct round *r, const struct batch_mail *mail)
{
	const enum mail_fate fate = batch_fate(mail);
	const bool left = batch_is_left(mail);
	const bool partial = quirk_has(&mail->quirks, QUIRK_PARTIAL);
	const bool trouble = !left && (fate == MAIL_KEEP || fate == MAIL_INVALID || partial);

	count_mail(&r->counts, mail, fate);
	show_mail(r, mail, fate);
	const enum log_level calm = r->rereads ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
	const char *would = r->examines && fate != MAIL_KEEP ? mail_fate_folder(fate) : NULL;

	log_event(trouble ? LOG_LEVEL_WARNING : calm, "mail", LOG_TEXT("mailbox", r->name),
		  LOG_TEXT("mail", mail->name), LOG_TEXT("fate", shown_fate(r, mail, fate)),
		  LOG_TEXT(would ? "would" : NULL, would),
		  LOG_TEXT("kind", report_kind_name(mail->kind)),
		  LOG_TEXT(mail->message_id[0] ? "message_id" : NULL, mail->message_id),
		  LOG_TEXT(mail->reporter[0] ? "reporter" : NULL, mail->reporter),
		  LOG_TEXT(mail->report_id[0] ? "report_id" : NULL, mail->report_id),
		  LOG_TEXT(mail->domain[0] ? "domain" : NULL, mail->domain),
		  LOG_TEXT(mail->tenant[0] ? "tenant" : NULL, mail->tenant),
		  LOG_NUMBER("reports", mail->reports), LOG_NUMBER("stored", mail->stored),
		  LOG_NUMBER("duplicates", mail->duplicates), LOG_NUMBER("refused", mail->refused),
		  LOG_NUMBER("retries", mail->retries),
		  LOG_NUMBER(mail->missed > 0 ? "missed" : NULL, mail->missed),
		  LOG_TEXT(partial ? "quirk" : NULL, "partial"),
		  LOG_TEXT(mail->reason ? "reason" : NULL, mail->reason),
		  LOG_TEXT(mail->text ? "error" : NULL, mail->text));
}

void round_log_progress(struct round *r)
{
	const struct round_counts *c = &r->counts;
	const int64_t now = clock_ms();

	if (r->progress_at == 0)
		r->progress_at = now;
	if (now < r->progress_at)
		return;
	r->progress_at = now + PROGRESS_MS;
	log_event(LOG_LEVEL_INFO, "progress", LOG_TEXT("mailbox", r->name),
		  LOG_NUMBER("mails", c->mails), LOG_NUMBER("waiting", r->mailbox->waiting),
		  LOG_NUMBER("reports", c->reports), LOG_NUMBER("stored", c->stored),
		  LOG_NUMBER("duplicates", c->duplicates), LOG_NUMBER("refused", c->refused));
}

static const char *name_of_count(const struct round *r, const char *name)
{
	if (r->examines && strcmp(name, "archived") == 0)
		return "would_archive";
	if (r->examines && strcmp(name, "invalid") == 0)
		return "would_set_aside";
	return name;
}

void round_log_summary(const struct round *r, int64_t duration_ms, bool complete)
{
	const struct round_counts *c = &r->counts;
	const bool quiet = c->mails == 0 && (r->quiet || !complete);

#define COUNT(name) LOG_NUMBER(name_of_count(r, #name), c->name),
	log_event(quiet ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "round", LOG_TEXT("mailbox", r->name),
		  ROUND_COUNTS(COUNT) LOG_NUMBER("duration_ms", duration_ms));
#undef COUNT
}

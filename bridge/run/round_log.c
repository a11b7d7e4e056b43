/* round_log.c - what a round says, and counts
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/round_log.h"

#include "base/log.h"

static const char *const kinds[] = {
	[REPORT_NONE] = "none",
	[REPORT_AGGREGATE] = "aggregate",
	[REPORT_FAILURE] = "failure",
	[REPORT_TLSRPT] = "tlsrpt",
};

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
	if (fate == MAIL_KEEP)
		counts->kept++;
	else if (fate == MAIL_INVALID)
		counts->invalid++;
	else
		counts->archived++;
}

static void count_for_supervisor(struct worker_counters *counters, const struct batch_mail *mail,
				 enum mail_fate fate)
{
	counters->mails++;
	counters->reports += mail->reports;
	counters->stored += mail->stored;
	counters->duplicates += mail->duplicates;
	counters->refused += mail->refused;
	counters->kept += fate == MAIL_KEEP;
	counters->invalid += fate == MAIL_INVALID;
	counters->archived += fate != MAIL_KEEP && fate != MAIL_INVALID;
}

void round_log_mail(struct round *r, const struct batch_mail *mail)
{
	const enum mail_fate fate = batch_fate(mail);
	const bool trouble = fate == MAIL_KEEP || fate == MAIL_INVALID;

	count_mail(&r->counts, mail, fate);
	count_for_supervisor(&r->state->counters, mail, fate);
	log_event(trouble ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "mail",
		  LOG_TEXT("mailbox", r->name), LOG_TEXT("mail", mail->name),
		  LOG_TEXT("fate", fate_name(fate)), LOG_TEXT("kind", kinds[mail->kind]),
		  LOG_NUMBER("reports", mail->reports), LOG_NUMBER("stored", mail->stored),
		  LOG_NUMBER("duplicates", mail->duplicates),
		  LOG_NUMBER("refused", mail->refused), LOG_NUMBER("retries", mail->retries),
		  LOG_NUMBER(mail->missed > 0 ? "missed" : NULL, mail->missed),
		  LOG_TEXT(mail->reason ? "reason" : NULL, mail->reason),
		  LOG_TEXT(mail->text ? "error" : NULL, mail->text));
}

void round_log_summary(const struct round *r, int64_t duration_ms, bool complete)
{
	const struct round_counts *c = &r->counts;
	const bool quiet = c->mails == 0 && (r->quiet || !complete);

	log_event(quiet ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "round", LOG_TEXT("mailbox", r->name),
		  LOG_NUMBER("mails", c->mails), LOG_NUMBER("reports", c->reports),
		  LOG_NUMBER("archived", c->archived), LOG_NUMBER("invalid", c->invalid),
		  LOG_NUMBER("kept", c->kept), LOG_NUMBER("stored", c->stored),
		  LOG_NUMBER("duplicates", c->duplicates), LOG_NUMBER("refused", c->refused),
		  LOG_NUMBER(c->missed > 0 ? "missed" : NULL, c->missed),
		  LOG_NUMBER("duration_ms", duration_ms));
}

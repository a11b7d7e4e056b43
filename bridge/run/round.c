/* round.c - one round of one mailbox: read this file first
 *
 * SPDX-License-Identifier: MIT
 *
 * mail -> part -> report -> run of records -> document -> bulk item -> verdict -> fate.
 * The mailbox is the queue: a mail leaves it only in settle_posted(), after all of its
 * documents have been answered. A program that was stopped at any point starts again with the
 * same mails, and documents that are already stored count as duplicates.
 *
 * There are two batches: one is filled while the other is being answered.
 */
#include "bridge/run/round.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/step.h"
#include "bridge/run/round_log.h"
#include "ingest/report/reason.h"

/* Whether to set the mail aside unread. */
static bool must_set_aside(const struct round *r, const struct mail *mail, struct error *why)
{
	if (mail->is_aside)
		error_reject(why, REASON_UNREADABLE, "%s", mail->unreadable);
	else if (mail->too_large)
		error_reject(why, REASON_TOO_LARGE, "%zu bytes are more than max_mail", mail->size);
	else if (poison_known(r->poison, r->name, mail))
		error_reject(why, REASON_POISON, "it has ended the program twice");
	else
		return false;
	return true;
}

/* The bytes were not read, so the key is made of mailbox, epoch and name. */
static void refuse_mail(struct round *r, const struct mail *mail, const struct error *why)
{
	char key[1024];

	snprintf(key, sizeof(key), "%.255s/%lu/%.255s", r->name, (unsigned long)mail->epoch,
		 mail->name);
	ingest_begin_refused(r->ingest, slice_of(key), why);
}

/* Posts a bulk request that becomes full: a mail may have more documents than one request
 * takes. */
static bool add_documents(struct round *r, struct error *err)
{
	struct document document;

	for (;;) {
		if (!ingest_next_document(r->ingest, &document, err))
			return false;
		if (!document.name)
			return true;
		if (!batch_add(r->filling, &document, err))
			return false;
	}
}

static bool read_report(struct round *r, struct error *err)
{
	struct run run;

	do {
		if (!ingest_next_run(r->ingest, &run, err))
			return false;
		r->must_defer = r->may_defer && run.count > 0 &&
				!enrichment_begin(r->enrichment, &run);
		if (r->must_defer)
			return true;
		r->may_defer = false;
		if (r->enrichment && run.count > 0)
			r->counts.partial += enrichment_add(r->enrichment, &run);
		if (!add_documents(r, err))
			return false;
	} while (run.count > 0);
	return true;
}

/* A mail that cannot be parsed is a verdict on that mail, not an error of the round: one
 * bad report must never block the others. */
static bool read_reports(struct round *r, struct error *err)
{
	const struct report_summary *report;

	do {
		if (!ingest_next_report(r->ingest, &report, err))
			return false;
		if (report && !read_report(r, err))
			return false;
		if (r->must_defer)
			return true;
	} while (report);
	/* A mail without a report that stays is no finding about report mail. */
	if (r->leaves_unrelated && ingest_is_unrelated(ingest_result_of(r->ingest)))
		return true;
	return add_documents(r, err); /* of the mail as a whole */
}

static bool read_mail(struct round *r, const struct mail *mail, struct error *err)
{
	struct error why;
	bool done;

	r->may_defer = r->enrichment && !r->careful && deferred_takes(&r->deferred, mail);
	r->must_defer = false;
	batch_open_mail(r->filling, mail);
	if (mail->unreadable && !mail->is_aside) {
		batch_keep_mail(r->filling, mail->unreadable);
		return true;
	}
	if (must_set_aside(r, mail, &why)) {
		refuse_mail(r, mail, &why);
		ingest_mail_came(r->ingest, mail->received);
		ingest_mail_lies_in(r->ingest, r->section, r->folder);
		done = read_reports(r, err);
	} else {
		worker_begin_mail(r->state, r->name, mail);
		step_mail(mail->raw);
		ingest_begin_mail(r->ingest, mail->raw);
		ingest_mail_came(r->ingest, mail->received);
		ingest_mail_lies_in(r->ingest, r->section, r->folder);
		key_cache_answer(r->keys, r->patience, r->ingest);
		done = read_reports(r, err);
		worker_end_mail(r->state);
	}
	if (r->must_defer) {
		deferred_add(&r->deferred, mail);
		batch_drop_mail(r->filling);
	} else if (done) {
		batch_close_mail(r->filling, ingest_result_of(r->ingest));
	}
	return done;
}

/* Waits once for the names of all deferred mails. */
static bool read_deferred(struct round *r, struct error *err)
{
	if (r->deferred.count == 0)
		return true;
	enrichment_wait(r->enrichment);
	r->deferred.at_end = true;
	for (size_t i = 0; i < r->deferred.count; i++)
		if (!read_mail(r, &r->deferred.mails[i], err))
			return false;
	deferred_reset(&r->deferred);
	return true;
}

static bool is_time_for_deferred(const struct round *r)
{
	return deferred_is_full(&r->deferred) ||
	       (r->deferred.count > 0 && enrichment_is_busy(r->enrichment));
}

static void enter(struct round *r, enum mailbox_phase phase)
{
	mailbox_state_enter(r->shown, phase, r->name);
	r->at_mailbox = phase != PHASE_READING;
}

static bool next_mail(struct round *r, const struct mail **mail, struct error *err)
{
	bool good;

	enter(r, PHASE_FETCHING);
	good = r->mailbox->ops->next(r->mailbox, mail, err);
	if (good && *mail)
		r->shown->backlog = r->mailbox->waiting + r->filling->count + r->posted->count +
				    r->deferred.count + r->counts.kept + 1;
	enter(r, PHASE_READING);
	return good;
}

static bool settle(struct round *r, struct error *err)
{
	bool good;

	if (!batch_finish(r->posted, err))
		return false;
	enter(r, PHASE_SETTLING);
	good = batch_settle(r->posted, r->mailbox, err);
	enter(r, PHASE_READING);
	return good;
}

static bool settle_posted(struct round *r, struct error *err)
{
	if (r->posted->count == 0)
		return true;
	if (!settle(r, err))
		return false;
	step_reached("settled");
	for (size_t i = 0; i < r->posted->count; i++)
		round_log_mail(r, &r->posted->mails[i]);
	if (r->rereads)
		round_log_progress(r);
	batch_reset(r->posted);
	return true;
}

static bool fill_batch(struct round *r, bool *more, struct error *err)
{
	const struct mail *mail;

	if (r->enrichment)
		enrichment_begin_batch(r->enrichment);
	while (!batch_full(r->filling, r->deferred.count)) {
		if ((r->careful || batch_answered(r->posted)) && !settle_posted(r, err))
			return false;
		if (!next_mail(r, &mail, err))
			return false;
		if (!mail) {
			*more = false;
			break;
		}
		step_reached("fetched");
		if (!read_mail(r, mail, err) || (is_time_for_deferred(r) && !read_deferred(r, err)))
			return false;
	}
	return read_deferred(r, err);
}

static void swap_batches(struct round *r)
{
	struct batch *const filled = r->filling;

	r->filling = r->posted;
	r->posted = filled;
}

static bool drain(struct round *r, struct error *err)
{
	bool more = true;

	while (more) {
		if (!fill_batch(r, &more, err) || !batch_post(r->filling, err) ||
		    !settle_posted(r, err))
			return false;
		swap_batches(r);
	}
	return settle_posted(r, err);
}

bool round_run(struct round *r, struct error *err)
{
	const int64_t start = clock_ms();
	bool good;

	deferred_init(&r->deferred);
	good = drain(r, err);
	deferred_release(&r->deferred);
	if (!good) {
		batch_abandon(r->filling);
		batch_abandon(r->posted);
	}
	r->state->counters.partial_addresses[0][0][0] += r->counts.partial;
	round_log_summary(r, clock_ms() - start, good);
	return good;
}

/* round.c - one visit to one mailbox: the page to read first
 *
 * SPDX-License-Identifier: MIT
 *
 * mail -> part -> report -> document -> bulk item -> verdict -> fate.  The
 * mailbox is the queue: a mail leaves it only in settle_posted(), after every
 * document of it has been answered.  Stopped anywhere, the program starts
 * again with the same mails, and the documents meet themselves.
 *
 * There are two batches: while one is being answered the next one is filled.
 */
#include "bridge/round.h"

#include "base/clock.h"
#include "base/step.h"
#include "bridge/round_log.h"

/* What cannot be understood is a verdict on that mail, not an error of the
 * round: one bad report must never keep the others out. */
static bool read_mail(struct round *r, const struct mail *mail, struct error *err)
{
	struct document_sink *documents = &r->filling->documents;
	struct ingest_result result;
	struct error why;
	bool done;

	batch_open_mail(r->filling, mail);
	if (mail->too_large) {
		error_reject(&why, "too-large", "%zu bytes are more than max_mail", mail->size);
		done = ingest_refused(r->ingest, slice_of(mail->name), &why, documents, &result,
				      err);
	} else {
		done = ingest_mail(r->ingest, mail->raw, documents, &result, err);
	}
	if (done)
		batch_close_mail(r->filling, &result);
	return done;
}

static bool settle_posted(struct round *r, struct error *err)
{
	if (r->posted->count == 0)
		return true;
	if (!batch_settle(r->posted, r->mailbox, err))
		return false;
	step_reached("settled");
	for (size_t i = 0; i < r->posted->count; i++)
		round_log_mail(r, &r->posted->mails[i]);
	batch_reset(r->posted);
	return true;
}

static bool fill_batch(struct round *r, bool *more, struct error *err)
{
	const struct mail *mail;

	while (!batch_full(r->filling)) {
		if ((r->careful || batch_answered(r->posted)) && !settle_posted(r, err))
			return false;
		if (!r->mailbox->ops->next(r->mailbox, &mail, err))
			return false;
		if (!mail) {
			*more = false;
			return true;
		}
		step_reached("fetched");
		if (!read_mail(r, mail, err))
			return false;
	}
	return true;
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

	if (!r->mailbox->ops->open(r->mailbox, err))
		return false;
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
	const bool good = drain(r, err);

	if (!good) {
		batch_abandon(r->filling);
		batch_abandon(r->posted);
	}
	r->mailbox->ops->close(r->mailbox);
	round_log_summary(r, clock_ms() - start, good ? NULL : err);
	return good;
}

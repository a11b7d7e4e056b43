/* batch.c - collects the documents, verdicts and fates of several mails
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/run/batch.h"

#include <limits.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/xalloc.h"
#include "bridge/run/tenant_numbers.h"

/* As many mails as the mailbox fetches and moves in one command. Tests that want many
 * small batches set less. */
#ifndef BATCH_MAILS
#define BATCH_MAILS 500
#endif

/* Limit of a text that is kept for the log. */
#define KEPT_BYTES 250

static bool is_taken(enum verdict verdict)
{
	return verdict == VERDICT_STORED || verdict == VERDICT_DUPLICATE;
}

void batch_miss(struct batch *batch, uint32_t mail)
{
	batch->mails[mail].missed++;
}

static void count_refused(struct batch *batch, struct batch_mail *mail, const char *why)
{
	mail->refused++;
	if (!mail->text && why)
		mail->text = arena_text(&batch->texts, slice_of(why));
}

void batch_take_verdicts(struct batch *batch, const struct bulk *bulk, bool required)
{
	for (size_t i = 0; i < bulk->count; i++) {
		const struct bulk_item *item = &bulk->items[i];
		struct batch_mail *mail = &batch->mails[item->mail];

		if (!required) {
			mail->missed += !is_taken(item->verdict);
			continue;
		}
		switch (item->verdict) {
		case VERDICT_STORED: mail->stored++; break;
		case VERDICT_DUPLICATE: mail->duplicates++; break;
		case VERDICT_REFUSED:
			count_refused(batch, mail, bulk_refusal_of(bulk, item->mail));
			break;
		default:
			mail->retries++;
			if (!mail->text && bulk->trouble.class != ERROR_NONE)
				mail->text = arena_text(&batch->texts,
							slice_of(bulk->trouble.text));
		}
	}
}

bool batch_add(struct batch *batch, const struct document *document, struct error *err)
{
	const uint32_t mail = (uint32_t)batch->count - 1;

	for (struct output_queue *o = batch->queues; o; o = o->next)
		if (o->bit & batch->wanted && o->naming->schema == document->name->schema &&
		    !output_queue_add(o, batch, mail, document, err))
			return false;
	return true;
}

void batch_init(struct batch *batch, struct output_queue *queues)
{
	*batch = (struct batch){ .queues = queues, .wanted = UINT32_MAX };
	arena_init(&batch->texts,
		   BATCH_MAILS * (sizeof(struct error) + NAME_MAX + 5 * (KEPT_BYTES + 16) + 64));
}

void batch_release(struct batch *batch)
{
	arena_release(&batch->texts);
	free(batch->mails);
	free(batch->shares);
	*batch = (struct batch){ .queues = NULL };
}

void batch_reset(struct batch *batch)
{
	arena_reset(&batch->texts);
	batch->count = batch->share_count = 0;
}

void batch_abandon(struct batch *batch)
{
	for (struct output_queue *o = batch->queues; o; o = o->next)
		output_queue_abandon(o);
	batch_reset(batch);
}

bool batch_full(const struct batch *batch, size_t to_come)
{
	bool full = batch->count + to_come >= BATCH_MAILS;

	for (const struct output_queue *o = batch->queues; o; o = o->next)
		full |= o->filling->count >= LIMIT_BULK_DOCUMENTS ||
			o->filling->body.len >= LIMIT_BULK_BYTES / 2;
	return full;
}

bool batch_post(struct batch *batch, struct error *err)
{
	for (struct output_queue *o = batch->queues; o; o = o->next)
		if (!output_queue_post(o, batch, err))
			return false;
	return true;
}

bool batch_answered(const struct batch *batch)
{
	bool answered = true;

	for (struct output_queue *o = batch->queues; o; o = o->next)
		answered &= o->owner != batch || output_queue_ready(o);
	return answered;
}

void batch_open_mail(struct batch *batch, const struct mail *mail)
{
	batch->mails = xgrow(batch->mails, batch->count, &batch->alloc, sizeof(*batch->mails));
	batch->mails[batch->count++] = (struct batch_mail){
		.id = mail->id,
		.name = arena_text(&batch->texts, slice_of(mail->name)),
		.message_id = "",
		.reporter = "",
		.report_id = "",
		.domain = "",
		.tenant = "",
	};
	for (struct output_queue *o = batch->queues; o; o = o->next)
		output_queue_begin_mail(o, mail->raw.size);
}

void batch_drop_mail(struct batch *batch)
{
	batch->count--;
}

static void note_report(struct batch_mail *mail, const struct report_summary *report)
{
	mail->kinds[report->kind]++;
	quirk_add_all(&mail->quirks, &report->quirks);
	if (report->end > mail->period_end)
		mail->period_end = report->end;
}

static void note_share(struct batch *batch, enum report_kind kind, const char *tenant)
{
	batch->shares = xgrow(batch->shares, batch->share_count, &batch->share_alloc,
			      sizeof(*batch->shares));
	batch->shares[batch->share_count++] = (struct batch_share){
		.tenant = tenant_number(batch->tenants, tenant),
		.kind = (uint8_t)kind,
	};
}

static void note_shares(struct batch *batch, struct batch_mail *mail,
			const struct report_summary *reports)
{
	mail->first_share = batch->share_count;
	for (const struct report_summary *r = reports; r && batch->tenants; r = r->next)
		for (const struct report_share *s = r->shares; s; s = s->next)
			note_share(batch, r->kind, s->tenant);
	mail->share_count = batch->share_count - mail->first_share;
}

static const char *kept(struct batch *batch, struct slice text)
{
	const char *copy = arena_text(&batch->texts, utf8_prefix(text, KEPT_BYTES));

	return copy ? copy : "";
}

/* Keeps the names by which a person finds the mail elsewhere. */
static void note_names(struct batch *batch, struct batch_mail *mail,
		       const struct ingest_result *result)
{
	const struct report_summary *first = result->summaries;
	const struct report_share *share = first ? first->shares : NULL;

	mail->message_id = kept(batch, result->message_id);
	mail->reporter = first ? kept(batch, first->organization) : "";
	mail->report_id = first ? kept(batch, first->report_id) : "";
	mail->domain = kept(batch, share ? share->domain : result->domain);
	mail->tenant = share ? kept(batch, slice_of(share->tenant)) : "";
}

void batch_close_mail(struct batch *batch, const struct ingest_result *result)
{
	struct batch_mail *mail = &batch->mails[batch->count - 1];

	mail->kind = result->kind;
	mail->reports = result->reports;
	note_names(batch, mail, result);
	note_shares(batch, mail, result->summaries);
	for (const struct report_summary *s = result->summaries; s; s = s->next)
		note_report(mail, s);
	if (result->reject.class != ERROR_NONE) {
		mail->reason = result->reject.reason;
		mail->unrelated = batch->leaves_unrelated && ingest_is_unrelated(result);
		mail->text = arena_text(&batch->texts, slice_of(result->reject.text));
	}
}

void batch_keep_mail(struct batch *batch, const char *why)
{
	struct batch_mail *mail = &batch->mails[batch->count - 1];

	mail->retries = 1;
	mail->text = arena_text(&batch->texts, slice_of(why));
}

/* Its feed document must be stored: otherwise the mail has to be read again. */
bool batch_is_left(const struct batch_mail *mail)
{
	return mail->unrelated && mail->retries == 0;
}

enum mail_fate batch_fate(const struct batch_mail *mail)
{
	if (mail->retries > 0 || mail->unrelated)
		return MAIL_KEEP;
	if (mail->reason || mail->refused > 0)
		return MAIL_INVALID;
	switch (mail->kind) {
	case REPORT_AGGREGATE: return MAIL_AGGREGATE;
	case REPORT_FAILURE: return MAIL_FAILURE;
	case REPORT_TLSRPT: return MAIL_SMTP_TLS;
	case REPORT_NONE: break;
	}
	return MAIL_INVALID;
}

bool batch_finish(struct batch *batch, struct error *err)
{
	for (struct output_queue *o = batch->queues; o; o = o->next)
		if (o->owner == batch && !output_queue_finish(o, err))
			return false;
	return true;
}

/* The mail stays although all of it is stored: the next round reads it again. */
static void note_refusal(struct batch *batch, struct batch_mail *mail, const char *refusal)
{
	mail->retries++;
	mail->text = arena_text(&batch->texts, slice_of(refusal));
}

bool batch_settle(struct batch *batch, struct mailbox *mailbox, struct error *err)
{
	struct mail_settlement *settlements;

	if (batch->count == 0)
		return true;
	settlements = arena_array(&batch->texts, batch->count, sizeof(*settlements));
	for (size_t i = 0; i < batch->count; i++)
		settlements[i] = (struct mail_settlement){ .id = batch->mails[i].id,
							   .fate = batch_fate(&batch->mails[i]),
							   .unrelated = batch_is_left(
								   &batch->mails[i]) };
	if (!mailbox->ops->settle(mailbox, settlements, batch->count, err))
		return false;
	for (size_t i = 0; i < batch->count; i++)
		if (settlements[i].refusal)
			note_refusal(batch, &batch->mails[i], settlements[i].refusal);
	return true;
}

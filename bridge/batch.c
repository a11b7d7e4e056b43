/* batch.c - where mails, documents, verdicts and fates meet
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/batch.h"

#include <limits.h>
#include <stdlib.h>

#include "base/step.h"
#include "base/xalloc.h"

/* As many as the mailbox fetches and moves in one command; less for tests that
 * want many batches of few mails. */
#ifndef BATCH_MAILS
#define BATCH_MAILS 500
#endif

static struct batch *batch_of(struct document_sink *sink)
{
	return (struct batch *)(void *)sink;
}

/* Answered documents are entered with their mail and leave the bulk. */
static void take_verdicts(struct batch *batch)
{
	for (size_t i = 0; i < batch->bulk.count; i++) {
		const struct bulk_item *item = &batch->bulk.items[i];
		struct batch_mail *mail = &batch->mails[item->mail];

		switch (item->verdict) {
		case VERDICT_STORED: mail->stored++; break;
		case VERDICT_DUPLICATE: mail->duplicates++; break;
		case VERDICT_REFUSED: mail->refused++; break;
		default:
			mail->retries++;
			if (!mail->text && batch->bulk.trouble.class != ERROR_NONE)
				mail->text = arena_text(&batch->texts,
							slice_of(batch->bulk.trouble.text));
		}
	}
	bulk_reset(&batch->bulk);
}

bool batch_post(struct batch *batch, struct error *err)
{
	if (batch->bulk.count == 0)
		return true;
	step_reached("posted");
	if (!batch->sink->ops->post(batch->sink, &batch->bulk, err))
		return false;
	step_reached("answered");
	take_verdicts(batch);
	return true;
}

static bool add_document(struct document_sink *sink, const struct document_name *name,
			 struct slice json, struct error *err)
{
	struct batch *batch = batch_of(sink);
	const uint32_t mail = (uint32_t)batch->count - 1;

	strbuf_reset(&batch->index);
	strbuf_add_format(&batch->index, "%s-%s-%s-%s", batch->index_prefix,
			  document_kind_name(name->kind), name->tenant, name->month);
	if (bulk_add(&batch->bulk, mail, strbuf_slice(&batch->index), slice_of(name->id), json))
		return true;
	if (!batch_post(batch, err))
		return false;
	if (bulk_add(&batch->bulk, mail, strbuf_slice(&batch->index), slice_of(name->id), json))
		return true;
	return error_reject(err, "too-large", "a document does not fit into a bulk request");
}

void batch_init(struct batch *batch, struct sink *sink, const char *index_prefix)
{
	*batch = (struct batch){
		.documents = { add_document }, .sink = sink, .index_prefix = index_prefix
	};
	bulk_init(&batch->bulk, LIMIT_BULK_BYTES);
	arena_init(&batch->texts, BATCH_MAILS * (sizeof(struct error) + NAME_MAX + 64));
	strbuf_init(&batch->index, 256);
}

void batch_release(struct batch *batch)
{
	bulk_release(&batch->bulk);
	strbuf_release(&batch->index);
	arena_release(&batch->texts);
	free(batch->mails);
	*batch = (struct batch){ .sink = NULL };
}

void batch_reset(struct batch *batch)
{
	bulk_reset(&batch->bulk);
	arena_reset(&batch->texts);
	batch->count = 0;
}

bool batch_full(const struct batch *batch)
{
	return batch->count >= BATCH_MAILS || batch->bulk.count >= LIMIT_BULK_DOCUMENTS ||
	       batch->bulk.body.len >= LIMIT_BULK_BYTES / 2;
}

void batch_open_mail(struct batch *batch, const struct mail *mail)
{
	if (batch->count == batch->alloc) {
		batch->alloc = batch->alloc ? 2 * batch->alloc : 64;
		batch->mails = xreallocarray(batch->mails, batch->alloc, sizeof(*batch->mails));
	}
	batch->mails[batch->count++] = (struct batch_mail){
		.id = mail->id,
		.name = arena_text(&batch->texts, slice_of(mail->name)),
	};
}

void batch_close_mail(struct batch *batch, const struct ingest_result *result)
{
	struct batch_mail *mail = &batch->mails[batch->count - 1];

	mail->kind = result->kind;
	mail->reports = result->reports;
	if (result->reject.class != ERROR_NONE) {
		mail->reason = result->reject.reason;
		mail->text = arena_text(&batch->texts, slice_of(result->reject.text));
	}
}

enum mail_fate batch_fate(const struct batch_mail *mail)
{
	if (mail->retries > 0)
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

bool batch_settle(struct batch *batch, struct mailbox *mailbox, struct error *err)
{
	struct mail_settlement *settlements;

	if (batch->count == 0)
		return true;
	settlements = arena_array(&batch->texts, batch->count, sizeof(*settlements));
	for (size_t i = 0; i < batch->count; i++)
		settlements[i] = (struct mail_settlement){ batch->mails[i].id,
							   batch_fate(&batch->mails[i]) };
	return mailbox->ops->settle(mailbox, settlements, batch->count, err);
}

/* batch.h - where mails, documents, verdicts and fates meet
 *
 * SPDX-License-Identifier: MIT
 *
 * A mail is opened, its documents arrive through the document sink, and it is
 * closed with what ingest found.  When the bulk body is full it is posted in
 * mid-mail, so a mail may have more documents than fit into one request; its
 * fate is told only when all of them are answered:
 *
 *   any document to retry           -> it stays in the mailbox
 *   else any document or piece refused -> Invalid
 *   else                            -> the archive folder of its kind
 */
#ifndef BRIDGE_BATCH_H
#define BRIDGE_BATCH_H

#include "ingest/ingest.h"
#include "mailbox/mailbox.h"
#include "output/sink.h"

struct batch_mail {
	uint32_t id; /* the mailbox's */
	const char *name; /* what a person finds it by */
	enum report_kind kind;
	unsigned reports;
	/* Why ingest could not use it, or a part of it; NULL: it could. */
	const char *reason, *text;
	uint32_t stored, duplicates, refused, retries; /* documents by verdict */
};

struct batch {
	struct document_sink documents; /* first: the sink ingest writes to */
	struct sink *sink;
	const char *index_prefix;
	struct bulk bulk;
	struct batch_mail *mails;
	size_t count, alloc;
	struct arena texts;  /* of the mails */
	struct strbuf index; /* scratch: the name of a document's index */
};

void batch_init(struct batch *batch, struct sink *sink, const char *index_prefix);
void batch_release(struct batch *batch);
void batch_reset(struct batch *batch);

/* Time to post and settle: enough mails or enough bytes. */
bool batch_full(const struct batch *batch);

/* The documents that follow belong to this mail. */
void batch_open_mail(struct batch *batch, const struct mail *mail);
void batch_close_mail(struct batch *batch, const struct ingest_result *result);

/* Posts what has not been posted and notes every verdict with its mail.
 * false: nothing must be settled. */
bool batch_post(struct batch *batch, struct error *err);

enum mail_fate batch_fate(const struct batch_mail *mail);

/* Tells the mailbox the fate of every mail of the batch. */
bool batch_settle(struct batch *batch, struct mailbox *mailbox, struct error *err);

#endif

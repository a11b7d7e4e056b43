/* batch.h - where mails, documents, verdicts and fates meet
 *
 * SPDX-License-Identifier: MIT
 *
 * A mail is opened, its documents are added, and it is closed with what ingest
 * found.  When a bulk is full it is posted in mid-mail,
 * so a mail may have more documents than fit into one request; its fate is told
 * only when all of them are answered:
 *
 *   any document to retry           -> it stays in the mailbox
 *   else any document or piece refused -> Invalid
 *   else                            -> the archive folder of its kind
 *
 * Each document goes to every wanted output of its schema.  Outputs that are
 * not required have no say in this: what they cannot take they miss.
 */
#ifndef BRIDGE_RUN_BATCH_H
#define BRIDGE_RUN_BATCH_H

#include "bridge/run/output_queue.h"
#include "ingest/ingest.h"
#include "mailbox/mailbox.h"

struct batch_mail {
	uint32_t id;	  /* the mailbox's */
	const char *name; /* what a person finds it by */
	enum report_kind kind;
	unsigned reports;
	unsigned kinds[REPORT_TLSRPT + 1]; /* how many of the reports are of which */
	int64_t period_end;		   /* of the latest of them; 0: there is none */
	struct quirk_set quirks;	   /* of all of them */
	/* Of its header and of the first report, cut for the log; "" where absent. */
	const char *message_id, *reporter, *report_id, *domain, *tenant;
	/* Why ingest could not use it, or a part of it; NULL: it could. */
	const char *reason, *text;
	uint32_t stored, duplicates, refused,
		retries; /* documents by verdict of required outputs */
	uint32_t missed; /* by the others */
	bool unrelated;	 /* nothing in it is a report, and it is left where it is */
};

struct batch {
	struct output_queue *queues;	/* a list */
	uint32_t wanted;		/* bits of those its documents go to */
	bool leaves_unrelated;		/* mail without any report stays */
	struct batch_mail *mails;
	size_t count, alloc;
	struct arena texts; /* of the mails */
};

/* Several batches may share queues; one of them is filled at a time.  Wants
 * all of them, until told otherwise. */
void batch_init(struct batch *batch, struct output_queue *queues);
void batch_release(struct batch *batch);
void batch_reset(struct batch *batch);	 /* all of it is answered */
void batch_abandon(struct batch *batch); /* whatever becomes of what is posted */

/* Time to post and settle: enough mails, with those that are still to come into
 * it, or enough bytes. */
bool batch_full(const struct batch *batch, size_t to_come);

/* The documents that follow belong to this mail. */
void batch_open_mail(struct batch *batch, const struct mail *mail);
/* Adds a document of it to every wanted output of its schema; a bulk that is
 * full is posted first.  false: as output_queue_post(). */
bool batch_add(struct batch *batch, const struct document *document, struct error *err);
void batch_close_mail(struct batch *batch, const struct ingest_result *result);
/* Or: it has no documents so far, and comes again later. */
void batch_drop_mail(struct batch *batch);
/* Or: its bytes cannot be had now, and it stays. */
void batch_keep_mail(struct batch *batch, const char *why);

/* Begins to post what has not been posted; what the queue had under way before
 * is answered then.  false: that was not answered, and must not be settled. */
bool batch_post(struct batch *batch, struct error *err);

/* batch_settle() will not have to wait for answers. */
bool batch_answered(const struct batch *batch);

/* For an queue: notes every verdict with its mail.  Where the output is not
 * required that is no more than what it has missed. */
void batch_take_verdicts(struct batch *batch, const struct bulk *bulk, bool required);
void batch_miss(struct batch *batch, uint32_t mail);

enum mail_fate batch_fate(const struct batch_mail *mail);
/* KEEP for good: it is not to be met again. */
bool batch_is_left(const struct batch_mail *mail);

/* Waits for the answers.  false: there are none, and nothing must be settled. */
bool batch_finish(struct batch *batch, struct error *err);

/* Then tells the mailbox the fate of every mail of the batch. */
bool batch_settle(struct batch *batch, struct mailbox *mailbox, struct error *err);

#endif

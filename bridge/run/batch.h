/* batch.h - collects the documents, verdicts and fates of several mails
 *
 * SPDX-License-Identifier: MIT
 *
 * Open a mail, add its documents, close it with the result of ingest. A full bulk is posted
 * in the middle of a mail, so a mail may have more documents than fit into one request; its
 * fate is decided when all of them are answered:
 *
 *   any document to retry           -> it stays in the mailbox
 *   else any document or part refused -> Invalid
 *   else                            -> the archive folder of its kind
 *
 * Each document goes to every wanted output of its schema. Outputs that are not required do
 * not influence the fate; documents that they do not accept count as missed.
 */
#ifndef BRIDGE_RUN_BATCH_H
#define BRIDGE_RUN_BATCH_H

#include "bridge/run/output_queue.h"
#include "ingest/ingest.h"
#include "mailbox/mailbox.h"

struct batch_mail {
	uint32_t id;      /* as the mailbox numbers it */
	const char *name; /* by which a person finds it */
	enum report_kind kind;
	unsigned reports;
	unsigned kinds[REPORT_TLSRPT + 1]; /* number of reports by kind */
	int64_t period_end;                /* the latest of all reports; 0: no report */
	struct quirk_set quirks;           /* of all reports */
	/* From its header and the first report, cut for the log; "" where absent. */
	const char *message_id, *reporter, *report_id, *domain, *tenant;
	/* Why ingest could not use the mail or a part of it; NULL: no problem. */
	const char *reason, *text;
	uint32_t stored, duplicates, refused,
		retries;                 /* documents by verdict of required outputs */
	uint32_t missed;                 /* by the others */
	size_t first_share, share_count; /* of its reports */
	bool unrelated;                  /* nothing in it is a report, and it is left where it is */
};

/* A tenant has records in a report. */
struct batch_share {
	uint16_t tenant; /* its number */
	uint8_t kind;    /* enum report_kind */
};

struct batch {
	struct output_queue *queues; /* a list */
	uint32_t wanted;             /* bits of the outputs that documents go to */
	bool leaves_unrelated;       /* mail without any report stays */
	struct batch_mail *mails;
	size_t count, alloc;
	const struct tenant_numbers *tenants; /* NULL: they are not counted, and have no shares */
	struct batch_share *shares;           /* of all mails */
	size_t share_count, share_alloc;
	struct arena texts; /* of the mails */
};

/* Several batches may share queues; only one batch is filled at a time. All queues are
 * wanted at first. */
void batch_init(struct batch *batch, struct output_queue *queues);
void batch_release(struct batch *batch);
void batch_reset(struct batch *batch);   /* after all of it is answered */
void batch_abandon(struct batch *batch); /* also while documents are in flight */

/* Whether to post and settle: the mails, with those still to be added, or the bytes have
 * reached the limit. */
bool batch_full(const struct batch *batch, size_t to_come);

/* Begins a mail; the documents added next belong to it. */
void batch_open_mail(struct batch *batch, const struct mail *mail);
/* Adds a document of the mail to every wanted output of its schema; posts a full bulk
 * first. false: as output_queue_post(). */
bool batch_add(struct batch *batch, const struct document *document, struct error *err);
void batch_close_mail(struct batch *batch, const struct ingest_result *result);
/* Instead of closing: the mail has no documents so far and is read again later. */
void batch_drop_mail(struct batch *batch);
/* Instead of closing: the mail cannot be read now and stays. */
void batch_keep_mail(struct batch *batch, const char *why);

/* Waits until the bulks in flight are answered, then begins to post the rest. false: no
 * answer, and the batch must not be settled. */
bool batch_post(struct batch *batch, struct error *err);

/* Whether batch_settle() would not have to wait for answers. */
bool batch_answered(const struct batch *batch);

/* Called by output queues: notes every verdict with its mail. For an output that is not
 * required, only counts missed documents. */
void batch_take_verdicts(struct batch *batch, const struct bulk *bulk, bool required);
void batch_miss(struct batch *batch, uint32_t mail);

enum mail_fate batch_fate(const struct batch_mail *mail);
/* Its fate is KEEP for good: later rounds do not read it again. */
bool batch_is_left(const struct batch_mail *mail);

/* Waits for the answers. false: no answer, and the batch must not be settled. */
bool batch_finish(struct batch *batch, struct error *err);

/* Waits for the answers, then moves or keeps every mail according to its fate. */
bool batch_settle(struct batch *batch, struct mailbox *mailbox, struct error *err);

#endif

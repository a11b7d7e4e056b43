/* sample.c - tests what run would do with the first mails of a mailbox
 *
 * SPDX-License-Identifier: MIT
 */
#include "bridge/commands/sample.h"

#include <stdio.h>

#include "base/clock.h"
#include "bridge/run/batch.h"
#include "bridge/wiring/wiring.h"
#include "ingest/report/reason.h"

#define SAMPLE_MAILS 50

struct sample {
	struct ingest *ingest;
	struct batch batch; /* without queues: nothing is posted */
	unsigned mails, left, kept, fates[MAIL_FATES];
	struct error invalid; /* of the first mail that would go to Invalid */
};

static enum mailbox_unrelated unrelated_of(const struct mailbox_config *m)
{
	switch (m->source) {
	case SOURCE_IMAP: return m->imap.unrelated;
	case SOURCE_MAILDIR: return m->maildir.unrelated;
	case SOURCE_KAFKA: break;
	}
	return MAILBOX_UNRELATED_MOVE;
}

static enum mailbox_disposition disposition_of(const struct mailbox_config *m, enum mail_fate fate)
{
	return m->source == SOURCE_MAILDIR ? m->maildir.dispositions[fate]
					   : m->imap.dispositions[fate];
}

static const char *archive_of(const struct mailbox_config *m)
{
	return m->source == SOURCE_MAILDIR ? m->maildir.archive : m->imap.archive;
}

/* Reads the mail to its end as run does; drops the documents. */
static bool read_documents(struct ingest *ingest, struct error *err)
{
	struct document document;

	do {
		if (!ingest_next_document(ingest, &document, err))
			return false;
	} while (document.name);
	return true;
}

static bool read_mail(struct ingest *ingest, const struct mail *mail, struct error *err)
{
	const struct report_summary *report;
	struct run run;

	ingest_begin_mail(ingest, mail->raw);
	ingest_mail_came(ingest, mail->received);
	do {
		if (!ingest_next_report(ingest, &report, err))
			return false;
		run.count = report ? 1 : 0;
		while (run.count > 0)
			if (!ingest_next_run(ingest, &run, err) || !read_documents(ingest, err))
				return false;
	} while (report);
	return true;
}

static void count(struct sample *s, const struct batch_mail *mail)
{
	const enum mail_fate fate = batch_fate(mail);

	s->left += batch_is_left(mail);
	s->kept += fate == MAIL_KEEP && !batch_is_left(mail);
	s->fates[fate]++;
	if (fate == MAIL_INVALID && s->fates[MAIL_INVALID] == 1)
		error_set(&s->invalid, ERROR_RETRY, "%s: %s: %s", mail->name,
			  mail->reason ? mail->reason : "no report", mail->text ? mail->text : "");
}

static bool take(struct sample *s, const struct mail *mail, struct error *err)
{
	struct error why;

	s->mails++;
	batch_reset(&s->batch);
	batch_open_mail(&s->batch, mail);
	if (mail->unreadable) {
		batch_keep_mail(&s->batch, mail->unreadable);
	} else if (mail->too_large) {
		error_reject(&why, REASON_TOO_LARGE, "%zu bytes are more than max_mail",
			     mail->size);
		ingest_begin_refused(s->ingest, slice_of(mail->name), &why);
		batch_close_mail(&s->batch, ingest_result_of(s->ingest));
	} else {
		if (!read_mail(s->ingest, mail, err))
			return false;
		batch_close_mail(&s->batch, ingest_result_of(s->ingest));
	}
	count(s, &s->batch.mails[0]);
	return true;
}

static const char *plural(unsigned number)
{
	return number == 1 ? "" : "s";
}

static void print_fate(const struct sample *s, const struct mailbox_config *m, enum mail_fate fate)
{
	const unsigned number = s->fates[fate];

	if (number == 0)
		return;
	printf("  %u mail%s: ", number, plural(number));
	if (m->source == SOURCE_KAFKA)
		printf("%s, %s", mail_fate_folder(fate),
		       fate == MAIL_INVALID ? "keep a copy" : "move the group's offset past it");
	else if (m->imap.examine || m->maildir.examine)
		printf("%s, not moved (examine = yes)", mail_fate_folder(fate));
	else if (disposition_of(m, fate) == MAILBOX_MOVE)
		printf("move to %s/%s", archive_of(m), mail_fate_folder(fate));
	else
		printf("%s (%s)", disposition_of(m, fate) == MAILBOX_DELETE ? "delete" : "mark",
		       mail_fate_folder(fate));
	if (fate == MAIL_INVALID)
		printf(", such as %s", s->invalid.text);
	printf("\n");
}

static void print(const struct sample *s, const struct mailbox_config *m, size_t waiting)
{
	if (s->mails == 0) {
		printf("  no mail waits\n");
		return;
	}
	if (waiting > 0)
		printf("  %zu mails wait; run would do with the first %u of them:\n",
		       s->mails + waiting, s->mails);
	else
		printf("  %u mail%s wait%s; run would do with %s:\n", s->mails, plural(s->mails),
		       s->mails == 1 ? "s" : "", s->mails == 1 ? "it" : "them");
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		print_fate(s, m, fate);
	if (s->left > 0)
		printf("  %u mail%s: leave, since nothing in %s looks like a report\n", s->left,
		       plural(s->left), s->left == 1 ? "it" : "them");
	if (s->kept > 0)
		printf("  %u mail%s: keep, since the server does not give %s\n", s->kept,
		       plural(s->kept), s->kept == 1 ? "it" : "them");
}

bool sample_print(struct config *config, const struct mailbox_config *m, struct mailbox *mailbox,
		  struct error *err)
{
	struct sample s = { .mails = 0 };
	struct ingest_settings settings;
	const struct mail *mail;
	bool good = true;

	wiring_ingest(config, &settings);
	settings.now = clock_unix();
	s.ingest = ingest_new(&settings);
	batch_init(&s.batch, NULL);
	s.batch.leaves_unrelated = unrelated_of(m) == MAILBOX_UNRELATED_LEAVE;
	while (good && s.mails < SAMPLE_MAILS && (good = mailbox->ops->next(mailbox, &mail, err)) &&
	       mail)
		good = take(&s, mail, err);
	if (good)
		print(&s, m, mailbox->waiting);
	batch_release(&s.batch);
	ingest_free(s.ingest);
	return good;
}

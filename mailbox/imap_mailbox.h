/* imap_mailbox.h - internal interface of the IMAP mailbox
 *
 * SPDX-License-Identifier: MIT
 *
 *   imap.c	  opening, rounds, waiting
 *   imap_read.c  reading mails, with retries in smaller sets
 *   imap_list.c  listing folders
 *   imap_put.c	  settling mails, with retries in smaller sets
 */
#ifndef MAILBOX_IMAP_MAILBOX_H
#define MAILBOX_IMAP_MAILBOX_H

#include "mailbox/imap_archive.h"
#include "mailbox/imap_session.h"
#include "mailbox/mail_memory.h"
#include "mailbox/mailbox.h"
#include "mailbox/stumbles.h"

struct imap_mailbox {
	struct mailbox mailbox;
	const struct imap_settings *settings;
	struct imap_session session;
	char *folder; /* as the server writes it */
	struct imap_archive archive;
	struct mail_memory unrelated; /* for servers without a keyword */

	uint32_t *uids; /* of this round, sorted */
	size_t uid_count;
	size_t sized;     /* UIDs that have been in the window */
	uint32_t highest; /* of all rounds since open */

	bool begun;      /* the first round has begun */
	bool waited;     /* the next call of next() begins a round */
	int64_t full_at; /* rounds before it cover only new mail; 0: not known yet */

	struct imap_body window[IMAP_BATCH_MAILS];
	size_t window_count;
	size_t fetched, given; /* of the window */
	struct strbuf bodies;

	size_t alone_at; /* where the current mail begins in bodies, plus 1, if it is the last */

	/* Limits learned from the server, kept across reconnects. */
	size_t fetch_most;  /* mails of one FETCH */
	size_t fetch_whole; /* the same before it was reduced for a single failing mail */
	size_t settle_most, settle_whole; /* the same for moving, deleting and marking */
	struct stumbles troubles;         /* mails the server fails to send */
	/* Of this round. */
	unsigned reconnects, stumbles;
	size_t received;

	struct mail mail; /* last one returned by next() */
	char name[sizeof("uid 4294967295")];
	struct error refusal;
	char *settle_refusal; /* valid until the next call */
	uint32_t *known;      /* UIDs returned since open, sorted; set by again() */
	size_t known_count;
};

/* Reconnects after a failed command if the connection is lost, provided the folder
 * is still the same.  On failure *err keeps the reason for the loss. */
bool imap_reconnect_if_broken(struct imap_mailbox *imap, struct error *err);

/* Returns the next mail of the round, or NULL. */
bool imap_read_next(struct imap_mailbox *imap, const struct mail **mail, struct error *err);

/* As mailbox_ops.list. */
bool imap_list(struct mailbox *mailbox, const char *folder, mailbox_folder_fn *take, void *context,
	       struct error *err);

/* As mailbox_ops.settle. */
bool imap_put(struct imap_mailbox *imap, struct mail_settlement *settlements, size_t count,
	      struct error *err);

#endif

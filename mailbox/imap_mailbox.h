/* imap_mailbox.h - a folder of an IMAP server, for the files that read and settle it
 *
 * SPDX-License-Identifier: MIT
 *
 *   imap.c	  opening, rounds, waiting
 *   imap_read.c  mails, however the server gives them
 *   imap_list.c  folders below one of them
 *   imap_put.c	  mails to where they belong, however the server takes it
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
	struct mail_memory unrelated; /* where the server keeps no keyword */

	uint32_t *uids; /* of this round, sorted */
	size_t uid_count;
	size_t sized;	  /* of them, how many have been through the window */
	uint32_t highest; /* of all rounds of this opening */

	bool begun;	 /* the first round */
	bool waited;	 /* the next call of next() begins another one */
	int64_t full_at; /* until then a round is of new mail alone; 0: not known yet */

	struct imap_body window[IMAP_BATCH_MAILS];
	size_t window_count;
	size_t fetched, given; /* of the window */
	struct strbuf bodies;

	size_t alone_at;   /* where the mail in hand begins in bodies, plus 1, if it is the last */

	/* What the server has been found to take, for all connections to it. */
	size_t fetch_most;  /* mails of one FETCH */
	size_t fetch_whole; /* the same before it stumbled over something */
	size_t settle_most, settle_whole; /* the same of what moves, deletes or marks */
	struct stumbles troubles; /* mails that it stumbles over */
	/* Of this round. */
	unsigned reconnects, stumbles;
	size_t received;

	struct mail mail; /* in the caller's hands */
	char name[sizeof("uid 4294967295")];
	struct error refusal;
	char *settle_refusal; /* of the last call */
	uint32_t *known;      /* mails given in this opening, sorted, once they matter */
	size_t known_count;
};

/* After a failed command: a new connection where the old one is lost, if it is
 * still the same folder.  On failure *err stays what it was lost for. */
bool imap_reconnect_if_broken(struct imap_mailbox *imap, struct error *err);

/* The next mail of the round, or NULL. */
bool imap_read_next(struct imap_mailbox *imap, const struct mail **mail, struct error *err);

/* As mailbox_ops.list. */
bool imap_list(struct mailbox *mailbox, const char *folder, mailbox_folder_fn *take, void *context,
	       struct error *err);

/* As mailbox_ops.settle. */
bool imap_put(struct imap_mailbox *imap, struct mail_settlement *settlements, size_t count,
	      struct error *err);

#endif

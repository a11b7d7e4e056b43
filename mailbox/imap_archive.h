/* imap_archive.h - where settled mail goes: the folders below `archive`
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MAILBOX_IMAP_ARCHIVE_H
#define MAILBOX_IMAP_ARCHIVE_H

#include "mailbox/imap_session.h"

struct imap_archive {
	char *folders[MAIL_FATES]; /* as the server writes them; NULL: nothing is moved */
	int64_t clean_at;	   /* when they are to be looked through for old mail */
};

/* Names the folders and, unless the mailbox is only examined, creates them. */
bool imap_archive_open(struct imap_archive *archive, struct imap_session *session,
		       struct error *err);
void imap_archive_close(struct imap_archive *archive); /* clean_at stays */

/* Moves, deletes or marks mails of the selected folder, *done of the sorted
 * UIDs: as many as one command takes. */
bool imap_archive_settle(const struct imap_archive *archive, struct imap_session *session,
			 enum mail_fate fate, const uint32_t *uids, size_t count, size_t *done,
			 struct error *err);

bool imap_archive_is_due(const struct imap_archive *archive, const struct imap_settings *settings);
/* Deletes mail older than `retention` in our own folders, a bounded piece at a
 * time.  Another folder is selected afterwards. */
bool imap_archive_clean(struct imap_archive *archive, struct imap_session *session,
			struct error *err);

#endif

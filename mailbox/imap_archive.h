/* imap_archive.h - settled mail in the folders below `archive`
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MAILBOX_IMAP_ARCHIVE_H
#define MAILBOX_IMAP_ARCHIVE_H

#include "mailbox/imap_session.h"

struct imap_archive {
	char *folders[MAIL_FATES]; /* as the server writes them; NULL: mail is not moved */
	int64_t clean_at;          /* time of the next retention run */
};

/* Sets the folder names and, unless the mailbox is only examined, creates the
 * folders. */
bool imap_archive_open(struct imap_archive *archive, struct imap_session *session,
		       struct error *err);
void imap_archive_close(struct imap_archive *archive); /* keeps clean_at */

/* Moves, deletes or marks *done mails of the selected folder, from the start of the
 * sorted UIDs: as many as fit one command. */
bool imap_archive_settle(const struct imap_archive *archive, struct imap_session *session,
			 enum mail_fate fate, const uint32_t *uids, size_t count, size_t *done,
			 struct error *err);

bool imap_archive_is_due(const struct imap_archive *archive, const struct imap_settings *settings);
/* Deletes mail older than `retention` in the archive folders, a bounded number per
 * call.  Changes the selected folder. */
bool imap_archive_clean(struct imap_archive *archive, struct imap_session *session,
			struct error *err);

#endif

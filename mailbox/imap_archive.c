/* imap_archive.c - settled mail in the folders below `archive`
 *
 * SPDX-License-Identifier: MIT
 */
#include "mailbox/imap_archive.h"

#include <stdlib.h>

#include "base/clock.h"

/* Interval of the retention run, and the number of mails of a folder deleted in one
 * run. */
#define CLEAN_MS (60 * 60 * 1000)
#define CLEAN_MAILS 1000

static bool name_folders(struct imap_archive *archive, const struct imap_session *session,
			 struct error *err)
{
	const struct imap_settings *settings = session->settings;
	struct strbuf path;
	bool ok = imap_text_valid(settings->archive, "archive", err);

	strbuf_init(&path, 2 * IMAP_NAME_MAX);
	for (enum mail_fate fate = MAIL_KEEP + 1; ok && fate < MAIL_FATES; fate++) {
		if (settings->dispositions[fate] != MAILBOX_MOVE)
			continue;
		strbuf_reset(&path);
		strbuf_add_text(&path, settings->archive);
		strbuf_add_text(&path, "/");
		strbuf_add_text(&path, mail_fate_folder(fate));
		ok = imap_name_new(&session->space, path.buf, "archive", &archive->folders[fate],
				   err);
	}
	strbuf_release(&path);
	return ok;
}

bool imap_archive_open(struct imap_archive *archive, struct imap_session *session,
		       struct error *err)
{
	if (!name_folders(archive, session, err))
		return false;
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		if (archive->folders[fate] && !session->settings->examine &&
		    !imap_create(session, archive->folders[fate], err))
			return false;
	return true;
}

void imap_archive_close(struct imap_archive *archive)
{
	for (int fate = 0; fate < MAIL_FATES; fate++) {
		free(archive->folders[fate]);
		archive->folders[fate] = NULL;
	}
}

bool imap_archive_settle(const struct imap_archive *archive, struct imap_session *session,
			 enum mail_fate fate, const uint32_t *uids, size_t count, size_t *done,
			 struct error *err)
{
	static imap_settle_fn *const functions[] = {
		[MAILBOX_MOVE] = imap_move,
		[MAILBOX_DELETE] = imap_delete,
		[MAILBOX_MARK] = imap_mark,
	};
	const enum mailbox_disposition disposition = session->settings->dispositions[fate];
	const char *name = disposition == MAILBOX_MOVE ? archive->folders[fate]
						       : session->settings->keyword;

	return functions[disposition](session, uids, count, name, done, err);
}

/* --- retention ----------------------------------------------------------------- */

bool imap_archive_is_due(const struct imap_archive *archive, const struct imap_settings *settings)
{
	return settings->retention_ms > 0 && !settings->examine && clock_ms() >= archive->clean_at;
}

static bool clean_folder(struct imap_session *session, const char *name, bool *more,
			 struct error *err)
{
	const int64_t before = clock_unix() - session->settings->retention_ms / 1000;
	uint32_t *uids = NULL;
	size_t count = 0, done = 0, passed;
	bool good = imap_select(session, name, err) &&
		    imap_search_before(session, before, CLEAN_MAILS, &uids, &count, err);

	for (; good && done < count; done += passed)
		good = imap_delete(session, uids + done, count - done, NULL, &passed, err);
	*more = *more || count == CLEAN_MAILS;
	free(uids);
	return good || error_context(err, "retention of %s", name);
}

bool imap_archive_clean(struct imap_archive *archive, struct imap_session *session,
			struct error *err)
{
	bool more = false;

	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		if (archive->folders[fate] &&
		    !clean_folder(session, archive->folders[fate], &more, err))
			return false;
	archive->clean_at = more ? 0 : clock_ms() + CLEAN_MS;
	return true;
}

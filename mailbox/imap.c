/* imap.c - a folder of an IMAP server as a source of mail
 *
 * SPDX-License-Identifier: MIT
 *
 * The UIDs are searched once per round; sizes are fetched for a window of them,
 * and bodies for batches of a window.  No UID is used beyond its connection:
 * even if UIDVALIDITY changes, a mail is only moved under the UID it was
 * fetched with.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "mailbox/imap_mailbox.h"

/* --- opening ---------------------------------------------------------------- */

static void forget_round(struct imap_mailbox *imap)
{
	free(imap->uids);
	strbuf_release(&imap->bodies);
	imap->uids = NULL;
	imap->uid_count = imap->sized = 0;
	imap->window_count = imap->fetched = imap->given = 0;
	imap->alone_at = 0;
	imap->reconnects = imap->stumbles = 0;
	imap->received = 0;
}

/* Several bridges may share a folder. */
static void keep_shard(struct imap_mailbox *imap)
{
	const struct imap_settings *settings = imap->settings;
	size_t kept = 0;

	if (settings->shards == 0)
		return;
	for (size_t i = 0; i < imap->uid_count; i++)
		if (imap->uids[i] % settings->shards == settings->shard)
			imap->uids[kept++] = imap->uids[i];
	imap->uid_count = kept;
}

static void drop_unrelated(struct imap_mailbox *imap)
{
	const uint32_t epoch = imap->session.uidvalidity;
	size_t kept = 0;

	for (size_t i = 0; i < imap->uid_count; i++)
		if (!mail_memory_has(&imap->unrelated, mail_memory_uid_key(epoch, imap->uids[i])))
			imap->uids[kept++] = imap->uids[i];
	imap->uid_count = kept;
}

/* Lists the mails with UID `least` and above. */
static bool begin_round(struct imap_mailbox *imap, uint32_t least, struct error *err)
{
	forget_round(imap);
	if (!imap_search(&imap->session, least, &imap->uids, &imap->uid_count, err))
		return false;
	if (imap->uid_count > 0 && imap->uids[imap->uid_count - 1] > imap->highest)
		imap->highest = imap->uids[imap->uid_count - 1];
	keep_shard(imap);
	drop_unrelated(imap);
	return true;
}

/* A changed UIDVALIDITY makes it another folder. */
static bool select_folder(struct imap_mailbox *imap, struct error *err)
{
	const uint32_t before = imap->session.uidvalidity;

	if (!imap_select(&imap->session, imap->folder, err))
		return false;
	if (imap->session.uidvalidity != before)
		imap->highest = 0;
	return true;
}

static bool name_folder(struct imap_mailbox *imap, struct error *err)
{
	const struct imap_settings *settings = imap->settings;

	if (!settings->listed_folder)
		return imap_name_new(&imap->session.space, settings->folder, "folder",
				     &imap->folder, err);
	imap->folder = xmemdup(settings->listed_folder, strlen(settings->listed_folder));
	return true;
}

static bool imap_open(struct mailbox *mailbox, struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;
	struct imap_session *session = &imap->session;

	assert(!session->im && !imap->uids);
	if (!imap->unrelated.keys && !imap->settings->examine &&
	    imap->settings->unrelated == MAILBOX_UNRELATED_LEAVE &&
	    !mail_memory_open(&imap->unrelated, imap->settings->memory_file, err))
		return error_context(err, "unrelated mail");
	if (!imap->troubles.path && imap->settings->stumbles_file && !imap->settings->examine &&
	    !stumbles_open(&imap->troubles, imap->settings->stumbles_file, err))
		return error_context(err, "mails that the server fails to send");
	if (!imap_session_open(session, imap->settings, err) || !imap_can_settle(session, err) ||
	    !imap_namespace_read(session, err) || !name_folder(imap, err) ||
	    !imap_archive_open(&imap->archive, session, err) ||
	    !imap_select(session, imap->folder, err) || !begin_round(imap, 1, err))
		return error_context(err, "%s@%s", imap->settings->user, imap->settings->host);
	return true;
}

static void imap_close(struct mailbox *mailbox)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;

	imap_session_close(&imap->session);
	imap_archive_close(&imap->archive);
	free(imap->folder);
	imap->folder = NULL;
	forget_round(imap);
	free(imap->known);
	free(imap->settle_refusal);
	imap->known = NULL;
	imap->settle_refusal = NULL;
	imap->known_count = 0;
	imap->highest = 0;
	imap->begun = imap->waited = false;
	imap->full_at = 0;
}

static void imap_free(struct mailbox *mailbox)
{
	imap_close(mailbox);
	mail_memory_close(&((struct imap_mailbox *)mailbox)->unrelated);
	free(mailbox);
}

/* --- rounds -------------------------------------------------------------------- */

static bool clean_archive(struct imap_mailbox *imap, struct error *err)
{
	return !imap_archive_is_due(&imap->archive, imap->settings) ||
	       (imap_archive_clean(&imap->archive, &imap->session, err) &&
		select_folder(imap, err));
}

/* Updates the number of mails, by which a round of all mails searches.  Some
 * servers cannot search an empty folder; on others NOOP does not report new
 * mail. */
static bool refresh_count(struct imap_mailbox *imap, bool all, struct error *err)
{
	if (all && (imap->session.announced == IMAP_UNKNOWN || imap->session.exists == 0))
		return select_folder(imap, err);
	return imap_noop(&imap->session, err);
}

/* After a wait a round covers only new mail until full_at, so that kept mails are
 * not read again sooner.  With examine all mails are kept, so every later round is
 * of new mail. */
static bool begin_if_due(struct imap_mailbox *imap, struct error *err)
{
	const bool all = !imap->begun || (clock_ms() >= imap->full_at && !imap->settings->examine);

	if (imap->begun && !imap->waited)
		return true;
	if (all)
		imap->full_at = 0;
	if (imap->begun && !refresh_count(imap, all, err))
		return false;
	imap->begun = true;
	imap->waited = false;
	return (!all || clean_archive(imap, err)) &&
	       begin_round(imap, all || imap->highest == UINT32_MAX ? 1 : imap->highest + 1, err);
}

static bool imap_next(struct mailbox *mailbox, const struct mail **mail, struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;

	if (begin_if_due(imap, err) && imap_read_next(imap, mail, err)) {
		mailbox->waiting = imap->uid_count - imap->sized + imap->window_count - imap->given;
		mailbox->partial = imap->full_at != 0;
		return true;
	}
	return error_context(err, "%s@%s", imap->settings->user, imap->settings->host);
}

static bool imap_wait(struct mailbox *mailbox, int64_t until, struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;

	forget_round(imap);
	imap->waited = true;
	if (imap->full_at == 0)
		imap->full_at = until;
	if (imap_idle(&imap->session, until < imap->full_at ? until : imap->full_at, err))
		return true;
	return error_context(err, "%s@%s", imap->settings->user, imap->settings->host);
}

static bool imap_settle(struct mailbox *mailbox, struct mail_settlement *settlements, size_t count,
			struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;

	return imap_put(imap, settlements, count, err) ||
	       error_context(err, "%s@%s", imap->settings->user, imap->settings->host);
}

/* Remembers the mails of earlier rounds and of this one. */
static void remember_given(struct imap_mailbox *imap)
{
	const size_t count = imap->known_count + imap->uid_count;

	imap->known = xreallocarray(imap->known, count + 1, sizeof(*imap->known));
	if (imap->uid_count > 0)
		memcpy(imap->known + imap->known_count, imap->uids,
		       imap->uid_count * sizeof(*imap->uids));
	imap->known_count = uids_sort(imap->known, count);
}

static bool imap_again(struct mailbox *mailbox, bool *more, struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;
	size_t kept = 0;

	remember_given(imap);
	if (!refresh_count(imap, true, err) || !begin_round(imap, 1, err))
		return error_context(err, "%s@%s", imap->settings->user, imap->settings->host);
	for (size_t i = 0; i < imap->uid_count; i++)
		if (uids_find(imap->known, imap->known_count, imap->uids[i]) == imap->known_count)
			imap->uids[kept++] = imap->uids[i];
	imap->uid_count = kept;
	*more = kept > 0;
	return true;
}

struct mailbox *imap_mailbox_new(const struct imap_settings *settings)
{
	static const struct mailbox_ops ops = {
		.name = "imap",
		.open = imap_open,
		.next = imap_next,
		.settle = imap_settle,
		.again = imap_again,
		.wait = imap_wait,
		.list = imap_list,
		.close = imap_close,
		.free = imap_free,
	};
	struct imap_mailbox *imap = xcalloc(1, sizeof(*imap));

	imap->mailbox.ops = &ops;
	imap->settings = settings;
	imap->fetch_most = imap->fetch_whole = imap->settle_most = imap->settle_whole =
		IMAP_BATCH_MAILS;
	return &imap->mailbox;
}

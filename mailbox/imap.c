/* imap.c - a folder of an IMAP server as a source of mail
 *
 * SPDX-License-Identifier: MIT
 *
 * The UIDs are asked for once a round; then windows of them get their sizes,
 * and batches of a window their bodies.  No UID outlives the connection:
 * whatever happens to UIDVALIDITY in between, a mail is only moved by the name
 * it was fetched under.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "mailbox/imap_archive.h"
#include "mailbox/imap_session.h"
#include "mailbox/mailbox.h"

/* A buffer that held an unusually large mail is given back. */
#define BUFFER_KEPT_BYTES (2 * IMAP_BATCH_BYTES)
struct imap_mailbox {
	struct mailbox mailbox;
	const struct imap_settings *settings;
	struct imap_session session;
	char *folder; /* as the server writes it */
	struct imap_archive archive;

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

	struct mail mail; /* in the caller's hands */
	char name[sizeof("uid 4294967295")];
	struct error refusal;
};

/* --- opening ---------------------------------------------------------------- */

static void forget_round(struct imap_mailbox *imap)
{
	free(imap->uids);
	strbuf_release(&imap->bodies);
	imap->uids = NULL;
	imap->uid_count = imap->sized = 0;
	imap->window_count = imap->fetched = imap->given = 0;
}

/* Several bridges may divide one folder among them. */
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

/* The mails from UID least on. */
static bool begin_round(struct imap_mailbox *imap, uint32_t least, struct error *err)
{
	forget_round(imap);
	if (!imap_search(&imap->session, least, &imap->uids, &imap->uid_count, err))
		return false;
	if (imap->uid_count > 0 && imap->uids[imap->uid_count - 1] > imap->highest)
		imap->highest = imap->uids[imap->uid_count - 1];
	keep_shard(imap);
	return true;
}

/* A folder of another UIDVALIDITY is another folder. */
static bool select_folder(struct imap_mailbox *imap, struct error *err)
{
	const uint32_t before = imap->session.uidvalidity;

	if (!imap_select(&imap->session, imap->folder, err))
		return false;
	if (imap->session.uidvalidity != before)
		imap->highest = 0;
	return true;
}

static bool imap_open(struct mailbox *mailbox, struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;
	struct imap_session *session = &imap->session;

	assert(!session->im && !imap->uids);
	if (!imap_session_open(session, imap->settings, err) || !imap_can_settle(session, err) ||
	    !imap_namespace_read(session, err) ||
	    !imap_name_new(&session->space, imap->settings->folder, "folder", &imap->folder, err) ||
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
	imap->highest = 0;
	imap->begun = imap->waited = false;
	imap->full_at = 0;
}

static void imap_free(struct mailbox *mailbox)
{
	imap_close(mailbox);
	free(mailbox);
}

/* --- reading ---------------------------------------------------------------- */

static bool fill_window(struct imap_mailbox *imap, struct error *err)
{
	const size_t left = imap->uid_count - imap->sized;
	const size_t most = left < IMAP_BATCH_MAILS ? left : IMAP_BATCH_MAILS;

	for (size_t i = 0; i < most; i++)
		imap->window[i] = (struct imap_body){ .uid = imap->uids[imap->sized + i] };
	imap->fetched = imap->given = 0;
	if (!imap_fetch_sizes(&imap->session, imap->window, most, &imap->window_count, err))
		return false;
	imap->sized += imap->window_count;
	return true;
}

static void empty_buffer(struct imap_mailbox *imap)
{
	const size_t largest = imap->settings->max_mail_bytes > IMAP_BATCH_BYTES
				       ? imap->settings->max_mail_bytes
				       : IMAP_BATCH_BYTES;

	if (imap->bodies.limit == 0 || imap->bodies.alloc > BUFFER_KEPT_BYTES) {
		strbuf_release(&imap->bodies);
		strbuf_init(&imap->bodies, 2 * largest + MIB);
	}
	strbuf_reset(&imap->bodies);
}

static bool fetch_batch(struct imap_mailbox *imap, struct error *err)
{
	struct error refusal; /* of one mail among many: each is asked for again alone */
	size_t passed;

	empty_buffer(imap);
	if (!imap_fetch_bodies(&imap->session, imap->window + imap->fetched,
			       imap->window_count - imap->fetched, &imap->bodies, &passed, &refusal,
			       err))
		return false;
	imap->fetched += passed;
	return true;
}

/* One mail the server stumbles over must not hide those behind it: what a
 * batch left out is asked for once more, alone. */
static bool fetch_again(struct imap_mailbox *imap, struct imap_body *body, struct error *err)
{
	size_t passed;

	if (!imap_fetch_bodies(&imap->session, body, 1, &imap->bodies, &passed, &imap->refusal,
			       err))
		return false;
	if (body->state == IMAP_BODY_SIZED && imap->refusal.class == ERROR_NONE)
		body->state = IMAP_BODY_GONE;
	return true;
}

static void hand_out(struct imap_mailbox *imap, const struct imap_body *body)
{
	struct mail *mail = &imap->mail;

	snprintf(imap->name, sizeof(imap->name), "uid %lu", (unsigned long)body->uid);
	*mail = (struct mail){ .id = body->uid,
			       .epoch = imap->session.uidvalidity,
			       .name = imap->name,
			       .size = body->size };
	if (body->state == IMAP_BODY_RECEIVED) {
		mail->size = body->length;
		mail->raw = (struct slice){ imap->bodies.buf + body->offset, body->length };
	} else if (body->state == IMAP_BODY_TOO_LARGE) {
		mail->too_large = true;
	} else {
		mail->unreadable = imap->refusal.text;
	}
}

static bool next_mail(struct imap_mailbox *imap, const struct mail **mail, struct error *err)
{
	struct imap_body *body;

	for (;;) {
		if (imap->given < imap->fetched) {
			body = &imap->window[imap->given++];
			if (body->state == IMAP_BODY_SIZED && !fetch_again(imap, body, err))
				return false;
			if (body->state == IMAP_BODY_GONE)
				continue;
			hand_out(imap, body);
			*mail = &imap->mail;
			return true;
		}
		if (imap->fetched < imap->window_count) {
			if (!fetch_batch(imap, err))
				return false;
		} else if (imap->sized < imap->uid_count) {
			if (!fill_window(imap, err))
				return false;
		} else {
			*mail = NULL;
			return true;
		}
	}
}

/* --- rounds -------------------------------------------------------------------- */

static bool clean_archive(struct imap_mailbox *imap, struct error *err)
{
	return !imap_archive_is_due(&imap->archive, imap->settings) ||
	       (imap_archive_clean(&imap->archive, &imap->session, err) &&
		select_folder(imap, err));
}

/* How many mails there are; all are searched by their numbers.  An empty folder
 * cannot be searched on every server, and NOOP does not tell of new mail on
 * every other. */
static bool look_again(struct imap_mailbox *imap, bool all, struct error *err)
{
	if (all && (imap->session.announced == IMAP_UNKNOWN || imap->session.exists == 0))
		return select_folder(imap, err);
	return imap_noop(&imap->session, err);
}

/* After a wait mails that were kept are in the way of nobody until it is time
 * for a round of all mails.  Without settling all are kept. */
static bool begin_if_due(struct imap_mailbox *imap, struct error *err)
{
	const bool all = !imap->begun ||
			 (clock_ms() >= imap->full_at && !imap->settings->examine);

	if (imap->begun && !imap->waited)
		return true;
	if (all)
		imap->full_at = 0;
	if (imap->begun && !look_again(imap, all, err))
		return false;
	imap->begun = true;
	imap->waited = false;
	return (!all || clean_archive(imap, err)) &&
	       begin_round(imap, all || imap->highest == UINT32_MAX ? 1 : imap->highest + 1, err);
}

static bool imap_next(struct mailbox *mailbox, const struct mail **mail, struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;

	if (begin_if_due(imap, err) && next_mail(imap, mail, err)) {
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

/* --- settling --------------------------------------------------------------- */

static bool imap_settle(struct mailbox *mailbox, const struct mail_settlement *settlements,
			size_t count, struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;
	uint32_t *uids;
	bool ok = true;

	for (size_t i = 0; i < count; i++)
		if (uids_find(imap->uids, imap->sized, settlements[i].id) == imap->sized)
			return error_set(err, ERROR_FATAL,
					 "uid %lu is not of this opening of the mailbox",
					 (unsigned long)settlements[i].id);
	if (imap->settings->examine)
		return true;
	uids = xreallocarray(NULL, count + 1, sizeof(*uids));
	for (enum mail_fate fate = MAIL_KEEP + 1; ok && fate < MAIL_FATES; fate++) {
		size_t found = 0;

		for (size_t i = 0; i < count; i++)
			if (settlements[i].fate == fate)
				uids[found++] = settlements[i].id;
		ok = imap_archive_settle(&imap->archive, &imap->session, fate, uids, found, err);
	}
	free(uids);
	return ok || error_context(err, "%s@%s", imap->settings->user, imap->settings->host);
}

struct mailbox *imap_mailbox_new(const struct imap_settings *settings)
{
	static const struct mailbox_ops ops = {
		.name = "imap",
		.open = imap_open,
		.next = imap_next,
		.settle = imap_settle,
		.wait = imap_wait,
		.close = imap_close,
		.free = imap_free,
	};
	struct imap_mailbox *imap = xcalloc(1, sizeof(*imap));

	imap->mailbox.ops = &ops;
	imap->settings = settings;
	return &imap->mailbox;
}

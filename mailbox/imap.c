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
#include "mailbox/imap_session.h"
#include "mailbox/mailbox.h"

/* A buffer that held an unusually large mail is given back. */
#define BUFFER_KEPT_BYTES (2 * IMAP_BATCH_BYTES)
/* The archive is looked through this often, and so many mails of a folder are
 * deleted in one round. */
#define CLEAN_MS (60 * 60 * 1000)
#define CLEAN_MAILS 1000

struct imap_mailbox {
	struct mailbox mailbox;
	const struct imap_settings *settings;
	struct imap_session session;
	char *folder, *targets[MAIL_FATES]; /* as the server writes them */

	uint32_t *uids; /* of this round, sorted */
	size_t uid_count;
	size_t sized;	  /* of them, how many have been through the window */
	uint32_t highest; /* of all rounds of this opening */

	bool begun;	 /* the first round */
	bool waited;	 /* the next call of next() begins another one */
	int64_t full_at; /* until then a round is of new mail alone; 0: not known yet */
	int64_t clean_at; /* when the archive is to be looked through */

	struct imap_body window[IMAP_BATCH_MAILS];
	size_t window_count;
	size_t fetched, given; /* of the window */
	struct strbuf bodies;

	struct mail mail; /* in the caller's hands */
	char name[sizeof("uid 4294967295")];
	struct error refusal;
};

/* --- opening ---------------------------------------------------------------- */

static bool encode_name(const struct imap_mailbox *imap, const char *folder, const char *option,
			char **name, struct error *err)
{
	struct strbuf text;
	bool ok;

	strbuf_init(&text, 8 * IMAP_NAME_MAX);
	ok = imap_name_encode(&imap->session.space, folder, option, &text, err);
	if (ok)
		*name = xmemdup(text.buf, text.len);
	strbuf_release(&text);
	return ok;
}

static bool name_folders(struct imap_mailbox *imap, struct error *err)
{
	const struct imap_settings *settings = imap->settings;
	struct strbuf path;
	bool ok = encode_name(imap, settings->folder, "folder", &imap->folder, err) &&
		  imap_text_valid(settings->archive, "archive", err);

	strbuf_init(&path, 2 * IMAP_NAME_MAX);
	for (enum mail_fate fate = MAIL_KEEP + 1; ok && fate < MAIL_FATES; fate++) {
		if (settings->dispositions[fate] != MAILBOX_MOVE)
			continue;
		strbuf_reset(&path);
		strbuf_add_text(&path, settings->archive);
		strbuf_add_text(&path, "/");
		strbuf_add_text(&path, mail_fate_folder(fate));
		ok = encode_name(imap, path.buf, "archive", &imap->targets[fate], err);
	}
	strbuf_release(&path);
	return ok;
}

static bool create_targets(struct imap_mailbox *imap, struct error *err)
{
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		if (imap->targets[fate] && !imap->settings->examine &&
		    !imap_create(&imap->session, imap->targets[fate], err))
			return false;
	return true;
}

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
	    !imap_namespace_read(session, err) || !name_folders(imap, err) ||
	    !create_targets(imap, err) || !imap_select(session, imap->folder, err) ||
	    !begin_round(imap, 1, err))
		return error_context(err, "%s@%s", imap->settings->user, imap->settings->host);
	return true;
}

static void imap_close(struct mailbox *mailbox)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;

	imap_session_close(&imap->session);
	for (int fate = 0; fate < MAIL_FATES; fate++) {
		free(imap->targets[fate]);
		imap->targets[fate] = NULL;
	}
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
			       .size = body->size,
			       .arrived = body->arrived };
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

/* --- the archive's own end ----------------------------------------------------- */

static bool clean_folder(struct imap_mailbox *imap, const char *name, bool *more,
			 struct error *err)
{
	const int64_t before = clock_unix() - imap->settings->retention_ms / 1000;
	uint32_t *uids = NULL;
	size_t count = 0, done = 0, passed;
	bool good = imap_select(&imap->session, name, err) &&
		    imap_search_before(&imap->session, before, CLEAN_MAILS, &uids, &count, err);

	for (; good && done < count; done += passed)
		good = imap_delete(&imap->session, uids + done, count - done, NULL, &passed, err);
	*more = *more || count == CLEAN_MAILS;
	free(uids);
	return good || error_context(err, "retention of %s", name);
}

/* Only folders that we move mail to, a bounded piece of them at a time. */
static bool clean_archive(struct imap_mailbox *imap, struct error *err)
{
	bool more = false;

	if (imap->settings->retention_ms == 0 || imap->settings->examine ||
	    clock_ms() < imap->clean_at)
		return true;
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		if (imap->targets[fate] && !clean_folder(imap, imap->targets[fate], &more, err))
			return false;
	imap->clean_at = more ? 0 : clock_ms() + CLEAN_MS;
	return select_folder(imap, err);
}

/* --- rounds -------------------------------------------------------------------- */

/* How many mails there are; all are searched by their numbers. */
static bool look_again(struct imap_mailbox *imap, bool all, struct error *err)
{
	if (all && imap->session.announced == IMAP_UNKNOWN)
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

	if (begin_if_due(imap, err) && next_mail(imap, mail, err))
		return true;
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

static bool settle_fate(struct imap_mailbox *imap, enum mail_fate fate, uint32_t *uids,
			size_t count, struct error *err)
{
	static imap_settle_fn *const functions[] = {
		[MAILBOX_MOVE] = imap_move,
		[MAILBOX_DELETE] = imap_delete,
		[MAILBOX_MARK] = imap_mark,
	};
	const enum mailbox_disposition disposition = imap->settings->dispositions[fate];
	const char *name = disposition == MAILBOX_MOVE ? imap->targets[fate]
						       : imap->settings->keyword;
	size_t done;

	count = uids_sort(uids, count);
	for (size_t i = 0; i < count; i += done)
		if (!functions[disposition](&imap->session, uids + i, count - i, name, &done, err))
			return error_context(err, "%s@%s", imap->settings->user,
					     imap->settings->host);
	if (disposition != MAILBOX_MARK)
		imap->session.exists -= count < imap->session.exists ? count : imap->session.exists;
	return true;
}

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
		ok = settle_fate(imap, fate, uids, found, err);
	}
	free(uids);
	return ok;
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

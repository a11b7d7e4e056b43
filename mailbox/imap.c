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

struct imap_mailbox {
	struct mailbox mailbox;
	const struct imap_settings *settings;
	struct imap_session session;
	char *folder, *targets[MAIL_FATES]; /* as the server writes them */

	uint32_t *uids; /* of this round, sorted */
	size_t uid_count;
	size_t sized;	  /* of them, how many have been through the window */
	uint32_t highest; /* of all rounds of this opening */

	bool waited;	 /* the next call of next() begins a round */
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
		if (!imap_create(&imap->session, imap->targets[fate], err))
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

/* The mails from UID least on. */
static bool begin_round(struct imap_mailbox *imap, uint32_t least, struct error *err)
{
	forget_round(imap);
	if (!imap_search(&imap->session, least, &imap->uids, &imap->uid_count, err))
		return false;
	if (imap->uid_count > 0 && imap->uids[imap->uid_count - 1] > imap->highest)
		imap->highest = imap->uids[imap->uid_count - 1];
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
	imap->waited = false;
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

/* After a wait.  Mails that were kept are in the way of nobody until it is
 * time for a round of all mails. */
static bool begin_again(struct imap_mailbox *imap, struct error *err)
{
	const bool full = clock_ms() >= imap->full_at;

	if (!imap->waited)
		return true;
	imap->waited = false;
	if (full)
		imap->full_at = 0;
	return imap_noop(&imap->session, err) &&
	       begin_round(imap, full || imap->highest == UINT32_MAX ? 1 : imap->highest + 1, err);
}

static bool imap_next(struct mailbox *mailbox, const struct mail **mail, struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;

	if (begin_again(imap, err) && next_mail(imap, mail, err))
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

static bool move_fate(struct imap_mailbox *imap, enum mail_fate fate, uint32_t *uids, size_t count,
		      struct error *err)
{
	size_t moved;

	count = uids_sort(uids, count);
	for (size_t done = 0; done < count; done += moved)
		if (!imap_move(&imap->session, uids + done, count - done, imap->targets[fate],
			       &moved, err))
			return error_context(err, "%s@%s", imap->settings->user,
					     imap->settings->host);
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
	uids = xreallocarray(NULL, count + 1, sizeof(*uids));
	for (enum mail_fate fate = MAIL_KEEP + 1; ok && fate < MAIL_FATES; fate++) {
		size_t found = 0;

		for (size_t i = 0; i < count; i++)
			if (settlements[i].fate == fate)
				uids[found++] = settlements[i].id;
		ok = move_fate(imap, fate, uids, found, err);
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

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
#include "base/wait.h"
#include "base/xalloc.h"
#include "mailbox/imap_archive.h"
#include "mailbox/imap_session.h"
#include "mailbox/mailbox.h"

/* A buffer that held an unusually large mail is given back. */
#define BUFFER_KEPT_BYTES (2 * IMAP_BATCH_BYTES)
/* Mails that the server stumbles over and that are remembered. */
#define TROUBLES_MAX 100

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

	size_t alone_at;   /* where the mail in hand begins in bodies, plus 1, if it is the last */

	/* What the server has been found to take, for all connections to it. */
	size_t fetch_most;  /* mails of one FETCH */
	size_t fetch_whole; /* the same before it stumbled over something */
	struct imap_trouble {
		uint32_t uid, epoch;
		unsigned tries; /* in vain */
	} troubles[TROUBLES_MAX];
	size_t trouble_count;
	/* Of this round. */
	unsigned reconnects, stumbles;
	size_t received;

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
	imap->alone_at = 0;
	imap->reconnects = imap->stumbles = 0;
	imap->received = 0;
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

/* --- a connection that is lost in the middle --------------------------------------- */

/* A mail that makes the server hang up costs nine connections until it is found
 * among 500, and one in each round after that. */
#define RECONNECTS_MAX 40
#define RECONNECT_MS 100

/* Goes on where it was, if the folder is still the same.  On failure *err stays
 * what the connection was lost for. */
static bool reconnect(struct imap_mailbox *imap, struct error *err)
{
	struct imap_session *session = &imap->session;
	const uint32_t before = session->uidvalidity;
	struct error why;

	if (++imap->reconnects > RECONNECTS_MAX)
		return false;
	imap_session_close(session);
	if (!wait_until(clock_ms() + RECONNECT_MS) ||
	    !imap_session_open(session, imap->settings, &why) || !imap_can_settle(session, &why))
		return false;
	if (!imap_select(session, imap->folder, &why) || session->uidvalidity != before ||
	    before == 0) {
		error_context(err, "the folder is not the same after connecting anew");
		return false;
	}
	return true;
}

static bool reconnect_if_broken(struct imap_mailbox *imap, struct error *err)
{
	return !imap->session.broken || reconnect(imap, err);
}

/* --- mails the server stumbles over ------------------------------------------------ */

/* Over so many the server is ill, and no mail is: where it gives others, and
 * where it gives none. */
#define STUMBLES_MAX 5
#define STUMBLES_ALONE_MAX 2
/* Each time that other mails are given counts as ten. */
#define TRIES_MAX 30

static struct imap_trouble *find_trouble(struct imap_mailbox *imap, uint32_t uid)
{
	for (size_t i = 0; i < imap->trouble_count; i++)
		if (imap->troubles[i].uid == uid &&
		    imap->troubles[i].epoch == imap->session.uidvalidity)
			return &imap->troubles[i];
	return NULL;
}

/* One more time in vain.  Of more mails than there is room for the oldest is
 * forgotten. */
static void note_stumble(struct imap_mailbox *imap, uint32_t uid)
{
	struct imap_trouble *trouble = find_trouble(imap, uid);

	if (!trouble) {
		if (imap->trouble_count == TROUBLES_MAX)
			memmove(imap->troubles, imap->troubles + 1,
				--imap->trouble_count * sizeof(*trouble));
		trouble = &imap->troubles[imap->trouble_count++];
		*trouble = (struct imap_trouble){ uid, imap->session.uidvalidity, 0 };
	}
	trouble->tries += imap->received > 0 ? 10 : 1;
}

static bool is_aside(struct imap_mailbox *imap, uint32_t uid)
{
	const struct imap_trouble *trouble = find_trouble(imap, uid);

	return trouble && trouble->tries >= TRIES_MAX;
}

/* False: it is no longer believed that a mail is to blame; err says why not. */
static bool blame(struct imap_mailbox *imap, struct imap_body *body, const struct error *why,
		  struct error *err)
{
	const size_t most = imap->received > 0 ? STUMBLES_MAX + imap->received / 20
					       : STUMBLES_ALONE_MAX;

	*err = *why;
	if (why->slow || ++imap->stumbles > most)
		return false;
	body->state = IMAP_BODY_REFUSED;
	imap->refusal = *why;
	return true;
}

/* --- reading ---------------------------------------------------------------- */

/* What the server refuses is asked for in smaller sets, until it gives it or one
 * mail is left that it stumbles over; the sets stay small, but not for the sake
 * of that one. */
static bool ask_for_less(struct imap_mailbox *imap, const struct imap_fetched *fetched,
			 struct error *err)
{
	*err = fetched->why;
	if (err->slow)
		return false;
	imap->fetch_most = fetched->asked / 2;
	return reconnect_if_broken(imap, err);
}

static bool fill_window(struct imap_mailbox *imap, struct error *err)
{
	const size_t left = imap->uid_count - imap->sized;
	const size_t most = left < IMAP_BATCH_MAILS ? left : IMAP_BATCH_MAILS;
	struct imap_fetched fetched;

	for (size_t i = 0; i < most; i++) {
		imap->window[i] = (struct imap_body){ .uid = imap->uids[imap->sized + i] };
		imap->window[i].alone = find_trouble(imap, imap->window[i].uid) != NULL;
	}
	imap->fetched = imap->given = 0;
	imap_fetch_sizes(&imap->session, imap->window, most, imap->fetch_most, &fetched);
	if (fetched.failed && fetched.asked > 1)
		return ask_for_less(imap, &fetched, err);
	/* The size of one mail is not worth a word. */
	*err = fetched.why;
	if (!reconnect_if_broken(imap, err))
		return false;
	imap->window_count = fetched.passed;
	imap->sized += fetched.passed;
	return true;
}

/* A mail that came alone was the last one in the buffer and is of no use any
 * more. */
static void drop_last(struct imap_mailbox *imap)
{
	if (imap->alone_at > 0)
		strbuf_cut(&imap->bodies, imap->alone_at - 1);
	imap->alone_at = 0;
}

/* Unless a set that was cut short has left bodies in it. */
static void empty_buffer(struct imap_mailbox *imap)
{
	for (size_t i = imap->fetched; i < imap->window_count; i++)
		if (imap->window[i].state == IMAP_BODY_RECEIVED)
			return;
	if (imap->bodies.limit == 0 || imap->bodies.alloc > BUFFER_KEPT_BYTES) {
		strbuf_release(&imap->bodies);
		strbuf_init(&imap->bodies,
			    3 * IMAP_BATCH_BYTES + 2 * imap->settings->max_mail_bytes);
	}
	strbuf_reset(&imap->bodies);
}

/* Where the next batch begins. */
static struct imap_body *first_wanted(struct imap_mailbox *imap)
{
	for (size_t i = imap->fetched; i < imap->window_count; i++)
		if (imap->window[i].state == IMAP_BODY_WANTED && !imap->window[i].alone)
			return &imap->window[i];
	return NULL;
}

/* The only one that was asked for. */
static bool stumble(struct imap_mailbox *imap, struct imap_body *body, const struct error *why,
		    struct error *err)
{
	*err = *why;
	return (body->state == IMAP_BODY_TOO_LARGE || blame(imap, body, why, err)) &&
	       reconnect_if_broken(imap, err);
}

static bool fetch_batch(struct imap_mailbox *imap, struct error *err)
{
	struct imap_body *mails = imap->window + imap->fetched, *first = first_wanted(imap);
	struct imap_fetched fetched;

	drop_last(imap);
	empty_buffer(imap);
	imap_fetch_bodies(&imap->session, mails, imap->window_count - imap->fetched,
			  imap->fetch_most, &imap->bodies, &fetched);
	imap->received += fetched.received;
	if (fetched.failed && fetched.asked > 1)
		return ask_for_less(imap, &fetched, err);
	if (fetched.failed) {
		imap->fetch_most = imap->fetch_whole;
		if (!stumble(imap, first, &fetched.why, err))
			return false;
	} else if (fetched.received < fetched.asked) {
		if (!imap_find_gone(&imap->session, mails, fetched.passed, err))
			return false;
		/* A server that gives fewer at a time is asked for the others. */
		if (fetched.received > 0)
			return true;
	}
	imap->fetched += fetched.passed;
	return true;
}

/* What a batch left out, or what claims to be too large, is asked for alone. */
static bool fetch_alone(struct imap_mailbox *imap, struct imap_body *body, struct error *err)
{
	struct imap_fetched fetched;

	if (body->state == IMAP_BODY_TOO_LARGE) {
		imap_fetch_probe(&imap->session, body, &fetched);
		*err = fetched.why;
		if (!reconnect_if_broken(imap, err))
			return false;
		if (body->state == IMAP_BODY_TOO_LARGE)
			return true;
	}
	imap_fetch_body(&imap->session, body, &imap->bodies, &fetched);
	imap->received += fetched.received;
	if (fetched.failed)
		return stumble(imap, body, &fetched.why, err);
	if (body->state == IMAP_BODY_WANTED && !body->answered &&
	    !imap_find_gone(&imap->session, body, 1, err))
		return false;
	if (body->state == IMAP_BODY_WANTED)
		error_set(&imap->refusal, ERROR_RETRY,
			  "fetching mail: the server gives no body for it");
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

/* The next one of the window.  False: failed; gone: there is none of it any more. */
static bool give_mail(struct imap_mailbox *imap, struct imap_body *body, bool *gone,
		      struct error *err)
{
	const bool aside = is_aside(imap, body->uid);

	drop_last(imap);
	if (aside) {
		error_set(&imap->refusal, ERROR_RETRY,
			  "the server has failed to give it several times");
		body->state = IMAP_BODY_REFUSED;
	} else if (body->state == IMAP_BODY_WANTED ||
		   (body->state == IMAP_BODY_TOO_LARGE && !body->certain)) {
		imap->alone_at = imap->bodies.len + 1;
		if (!fetch_alone(imap, body, err))
			return false;
	}
	*gone = body->state == IMAP_BODY_GONE;
	if (*gone)
		return true;
	hand_out(imap, body);
	imap->mail.is_aside = aside;
	if (body->state == IMAP_BODY_REFUSED && !aside)
		note_stumble(imap, body->uid);
	return true;
}

static bool next_mail(struct imap_mailbox *imap, const struct mail **mail, struct error *err)
{
	bool gone;

	for (;;) {
		if (imap->given < imap->fetched) {
			if (!give_mail(imap, &imap->window[imap->given++], &gone, err))
				return false;
			if (gone)
				continue;
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
			if (imap->stumbles == 0)
				imap->fetch_whole = imap->fetch_most;
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
	imap->fetch_most = imap->fetch_whole = IMAP_BATCH_MAILS;
	return &imap->mailbox;
}

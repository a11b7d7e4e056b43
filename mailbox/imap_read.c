/* imap_read.c - reads mails of a folder, with retries in smaller sets
 *
 * SPDX-License-Identifier: MIT
 *
 * Sizes may be wrong, sets may be too large for the server, and one mail may
 * make it disconnect: a refused set is retried in smaller sets, reconnecting if
 * necessary, until a single failing mail is left.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/wait.h"
#include "mailbox/imap_mailbox.h"

/* A buffer larger than this is freed. */
#define BUFFER_KEPT_BYTES (2 * IMAP_BATCH_BYTES)

/* --- reconnecting ------------------------------------------------------------------ */

/* Finding a mail that makes the server disconnect among 500 takes nine connections,
 * plus one in each later round. */
#define RECONNECTS_MAX 40
#define RECONNECT_MS 100

/* Resumes if the folder is still the same.  On failure *err keeps the reason for
 * the connection loss. */
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
		error_context(err, "the folder has changed after reconnecting");
		return false;
	}
	return true;
}

bool imap_reconnect_if_broken(struct imap_mailbox *imap, struct error *err)
{
	return !imap->session.broken || reconnect(imap, err);
}

/* --- mails the server fails to send ------------------------------------------------ */

/* More failures than this mean that the server is faulty, not the mails: with and
 * without other mails received. */
#define STUMBLES_MAX 5
#define STUMBLES_ALONE_MAX 2
/* Failed attempts until a mail is set aside; an attempt during which other mails
 * arrive counts several times. */
#define TRIES_MAX 30
#define TRIES_WITH_OTHERS 10

static unsigned tries_of(const struct imap_mailbox *imap, uint32_t uid)
{
	return stumbles_tries(&imap->troubles, imap->session.uidvalidity, uid);
}

/* Marks the mail as refused.  false: too many failures to attribute to single mails;
 * err has the reason. */
static bool mark_refused(struct imap_mailbox *imap, struct imap_body *body, const struct error *why,
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

/* Halves the set after a refusal, until the server sends it or a single failing
 * mail is left.  The smaller limit stays, except when a single mail caused it. */
static bool reduce_fetch_size(struct imap_mailbox *imap, const struct imap_fetched *fetched,
			      struct error *err)
{
	*err = fetched->why;
	if (err->slow)
		return false;
	imap->fetch_most = fetched->asked / 2;
	return imap_reconnect_if_broken(imap, err);
}

static bool fill_window(struct imap_mailbox *imap, struct error *err)
{
	const size_t left = imap->uid_count - imap->sized;
	const size_t most = left < IMAP_BATCH_MAILS ? left : IMAP_BATCH_MAILS;
	struct imap_fetched fetched;

	for (size_t i = 0; i < most; i++) {
		imap->window[i] = (struct imap_body){ .uid = imap->uids[imap->sized + i] };
		imap->window[i].alone = tries_of(imap, imap->window[i].uid) > 0;
	}
	imap->fetched = imap->given = 0;
	imap_fetch_sizes(&imap->session, imap->window, most, imap->fetch_most, &fetched);
	if (fetched.failed && fetched.asked > 1)
		return reduce_fetch_size(imap, &fetched, err);
	/* Ignore a refused size of a single mail. */
	*err = fetched.why;
	if (!imap_reconnect_if_broken(imap, err))
		return false;
	imap->window_count = fetched.passed;
	imap->sized += fetched.passed;
	return true;
}

/* A mail fetched alone is the last one in the buffer and no longer needed. */
static void drop_last(struct imap_mailbox *imap)
{
	if (imap->alone_at > 0)
		strbuf_cut(&imap->bodies, imap->alone_at - 1);
	imap->alone_at = 0;
}

/* Skips it if an incomplete set has left bodies in the buffer. */
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

/* Returns the first mail of the next batch. */
static struct imap_body *first_wanted(struct imap_mailbox *imap)
{
	for (size_t i = imap->fetched; i < imap->window_count; i++)
		if (imap->window[i].state == IMAP_BODY_WANTED && !imap->window[i].alone)
			return &imap->window[i];
	return NULL;
}

/* Handles a refusal that concerns a single mail. */
static bool handle_failure(struct imap_mailbox *imap, struct imap_body *body,
			   const struct error *why, struct error *err)
{
	*err = *why;
	return (body->state == IMAP_BODY_TOO_LARGE || mark_refused(imap, body, why, err)) &&
	       imap_reconnect_if_broken(imap, err);
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
		return reduce_fetch_size(imap, &fetched, err);
	if (fetched.failed) {
		imap->fetch_most = imap->fetch_whole;
		if (!handle_failure(imap, first, &fetched.why, err))
			return false;
	} else if (fetched.received < fetched.asked) {
		if (!imap_find_gone(&imap->session, mails, fetched.passed, err))
			return false;
		/* The server sends fewer mails per command: request the others. */
		if (fetched.received > 0)
			return true;
	}
	imap->fetched += fetched.passed;
	return true;
}

/* Fetches alone a mail that was missing in its batch or reports a size above the
 * limit. */
static bool fetch_alone(struct imap_mailbox *imap, struct imap_body *body, struct error *err)
{
	struct imap_fetched fetched;

	if (body->state == IMAP_BODY_TOO_LARGE) {
		imap_fetch_probe(&imap->session, body, &fetched);
		*err = fetched.why;
		if (!imap_reconnect_if_broken(imap, err))
			return false;
		if (body->state == IMAP_BODY_TOO_LARGE)
			return true;
	}
	imap_fetch_body(&imap->session, body, &imap->bodies, &fetched);
	imap->received += fetched.received;
	if (fetched.failed)
		return handle_failure(imap, body, &fetched.why, err);
	if (body->state == IMAP_BODY_WANTED && !body->answered &&
	    !imap_find_gone(&imap->session, body, 1, err))
		return false;
	if (body->state == IMAP_BODY_WANTED)
		error_set(&imap->refusal, ERROR_RETRY,
			  "fetching mail: the server sends no body for it");
	return true;
}

static void fill_mail(struct imap_mailbox *imap, const struct imap_body *body)
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

/* Sets the next mail of the window.  false: failed; *gone: it has left the
 * folder. */
static bool next_in_window(struct imap_mailbox *imap, struct imap_body *body, bool *gone,
			   struct error *err)
{
	const bool aside = tries_of(imap, body->uid) >= TRIES_MAX;

	drop_last(imap);
	if (aside) {
		error_set(&imap->refusal, ERROR_RETRY,
			  "the server has failed to send it several times");
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
	fill_mail(imap, body);
	imap->mail.is_aside = aside;
	if (body->state == IMAP_BODY_REFUSED && !aside)
		stumbles_add(&imap->troubles, imap->session.uidvalidity, body->uid,
			     imap->received > 0 ? TRIES_WITH_OTHERS : 1);
	return true;
}

bool imap_read_next(struct imap_mailbox *imap, const struct mail **mail, struct error *err)
{
	bool gone;

	for (;;) {
		if (imap->given < imap->fetched) {
			if (!next_in_window(imap, &imap->window[imap->given++], &gone, err))
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

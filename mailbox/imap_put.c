/* imap_put.c - settles mails, with retries in smaller sets
 *
 * SPDX-License-Identifier: MIT
 *
 * A refused set is retried in smaller sets; commands that report success
 * without effect are detected.  A mail that cannot be settled stays and does
 * not stop the others: their documents are stored anyway.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "mailbox/imap_mailbox.h"

/* After this many single mails were refused, the rest of that fate is not tried. */
#define REFUSALS_MAX 5
/* Limit of OK answers without effect per call. */
#define VAIN_MAX 20

/* The mails of one fate still to be settled, sorted. */
struct putting {
	struct imap_mailbox *imap;
	enum mail_fate fate;
	uint32_t *uids;
	size_t count;
	uint32_t *refused; /* those that failed */
	size_t refused_count;
	unsigned alone, vain;
};

static void drop_first(struct putting *p, size_t count)
{
	p->count -= count;
	p->uids += count;
}

static void refuse(struct putting *p, size_t count, const char *why)
{
	for (size_t i = 0; i < count; i++)
		p->refused[p->refused_count++] = p->uids[i];
	drop_first(p, count);
	if (!p->imap->settle_refusal)
		p->imap->settle_refusal = xmemdup(why, strlen(why));
}

static bool leaves_folder(const struct putting *p)
{
	return p->imap->settings->dispositions[p->fate] != MAILBOX_MARK;
}

/* After an OK: if fewer mails left than were settled, searches for the remaining
 * ones. */
static bool check_done(struct putting *p, size_t done, struct error *err)
{
	struct imap_session *session = &p->imap->session;
	size_t left = 0;

	if (!leaves_folder(p) || imap_count_left(session) >= done) {
		drop_first(p, done);
	} else {
		left = done;
		if (!imap_still_there(session, p->uids, &left, err))
			return false;
		/* Move the remaining UIDs to the end of the settled part. */
		memmove(p->uids + (done - left), p->uids, left * sizeof(*p->uids));
		drop_first(p, done - left);
		if (left == done || ++p->vain > VAIN_MAX)
			refuse(p, left, "the server says OK and does nothing: the mail stays");
	}
	if (leaves_folder(p))
		session->exists -= done - left < session->exists ? done - left : session->exists;
	return true;
}

/* Halves the set, unless the reason applies to each mail. */
static void shrink_or_refuse(struct putting *p, size_t asked, const struct error *why)
{
	if (why->slow || p->alone >= REFUSALS_MAX) {
		refuse(p, p->count, why->text);
	} else if (asked > 1) {
		p->imap->settle_most = asked / 2;
	} else {
		p->alone++;
		p->imap->settle_most = p->imap->settle_whole;
		refuse(p, 1, why->text);
	}
}

/* Part of the command may have been executed. */
static bool resume_after_loss(struct putting *p, size_t asked, struct error *err)
{
	const struct error why = *err;

	if (asked > 1)
		p->imap->settle_most = asked / 2;
	if (!imap_reconnect_if_broken(p->imap, err))
		return false;
	if (leaves_folder(p) && !imap_still_there(&p->imap->session, p->uids, &p->count, err))
		return false;
	if (asked == 1 && p->count > 0 && ++p->vain > REFUSALS_MAX)
		refuse(p, p->count, why.text);
	return true;
}

static bool put_some(struct putting *p, struct error *err)
{
	struct imap_mailbox *imap = p->imap;
	const size_t most = p->count < imap->settle_most ? p->count : imap->settle_most;
	size_t asked = most;

	if (imap_archive_settle(&imap->archive, &imap->session, p->fate, p->uids, most, &asked,
				err))
		return check_done(p, asked, err);
	if (imap->session.broken)
		return resume_after_loss(p, asked, err);
	shrink_or_refuse(p, asked, err);
	return true;
}

static bool put_all(struct putting *p, struct error *err)
{
	while (p->count > 0)
		if (!put_some(p, err))
			return false;
	return true;
}

static void mark_refused(const struct putting *p, struct mail_settlement *settlements, size_t count)
{
	const size_t refused = uids_sort(p->refused, p->refused_count);

	for (size_t i = 0; i < count; i++)
		if (settlements[i].fate == p->fate &&
		    uids_find(p->refused, refused, settlements[i].id) < refused)
			settlements[i].refusal = p->imap->settle_refusal;
}

static bool put_fate(struct imap_mailbox *imap, enum mail_fate fate,
		     struct mail_settlement *settlements, size_t count, struct error *err)
{
	uint32_t *uids = xreallocarray(NULL, count + 1, sizeof(*uids));
	struct putting p = { .imap = imap, .fate = fate, .uids = uids };
	bool good;

	p.refused = xreallocarray(NULL, count + 1, sizeof(*p.refused));
	for (size_t i = 0; i < count; i++)
		if (settlements[i].fate == fate)
			uids[p.count++] = settlements[i].id;
	p.count = uids_sort(uids, p.count);
	good = put_all(&p, err);
	if (good && p.alone == 0)
		imap->settle_whole = imap->settle_most;
	if (good)
		mark_refused(&p, settlements, count);
	free(uids);
	free(p.refused);
	return good;
}

/* --- unrelated mail ------------------------------------------------------------- */

static size_t unrelated_uids(const struct mail_settlement *settlements, size_t count,
			     uint32_t *uids)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (settlements[i].unrelated)
			uids[found++] = settlements[i].id;
	return uids_sort(uids, found);
}

/* Stores them in our memory file. */
static void note_unrelated(struct imap_mailbox *imap, const uint32_t *uids, size_t count)
{
	uint64_t *keys = xreallocarray(NULL, count + 1, sizeof(*keys));
	struct error err;

	for (size_t i = 0; i < count; i++)
		keys[i] = mail_memory_uid_key(imap->session.uidvalidity, uids[i]);
	if (!mail_memory_add(&imap->unrelated, keys, count, &err) && !imap->settle_refusal)
		imap->settle_refusal = xmemdup(err.text, strlen(err.text));
	free(keys);
}

/* Uses the keyword, or the memory file if the server refuses the keyword. */
static bool leave_unrelated(struct imap_mailbox *imap, struct mail_settlement *settlements,
			    size_t count, struct error *err)
{
	uint32_t *uids = xreallocarray(NULL, count + 1, sizeof(*uids));
	const size_t found = unrelated_uids(settlements, count, uids);
	bool good = true, marked = imap->session.keeps_unrelated;
	size_t done;

	for (size_t i = 0; good && marked && i < found; i += done) {
		marked = imap_mark(&imap->session, uids + i, found - i, IMAP_UNRELATED_KEYWORD,
				   &done, err);
		good = marked || imap_reconnect_if_broken(imap, err);
	}
	if (good && !marked)
		note_unrelated(imap, uids, found);
	free(uids);
	return good;
}

bool imap_put(struct imap_mailbox *imap, struct mail_settlement *settlements, size_t count,
	      struct error *err)
{
	bool good = true;

	free(imap->settle_refusal);
	imap->settle_refusal = NULL;
	for (size_t i = 0; i < count; i++) {
		settlements[i].refusal = NULL;
		if (uids_find(imap->uids, imap->sized, settlements[i].id) == imap->sized)
			return error_set(err, ERROR_FATAL,
					 "uid %lu was not read since the mailbox was opened",
					 (unsigned long)settlements[i].id);
	}
	if (imap->settings->examine)
		return true;
	for (enum mail_fate fate = MAIL_KEEP + 1; good && fate < MAIL_FATES; fate++)
		good = put_fate(imap, fate, settlements, count, err);
	return good && leave_unrelated(imap, settlements, count, err);
}

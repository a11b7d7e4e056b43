/* imap_settle.c - moves, deletes or marks mails
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include <libetpan/mailimap.h>

#include "base/cleanup.h"
#include "base/xalloc.h"
#include "mailbox/imap_session.h"

/* Other clients may remove mails during a move. */
#define MOVE_RETRIES 3

DEFINE_CLEANUP(struct mailimap_set *, mailimap_set_free)
DEFINE_CLEANUP(struct mailimap_store_att_flags *, mailimap_store_att_flags_free)

/* --- required extensions ---------------------------------------------------------- */

static bool lacks(struct error *err, const char *what, const char *purpose)
{
	return error_set(err, ERROR_FATAL,
			 "the server has %s, so %s safely: enable it or use another server", what,
			 purpose);
}

bool imap_can_settle(struct imap_session *session, struct error *err)
{
	const struct imap_settings *settings = session->settings;

	session->has_idle = mailimap_has_extension(session->im, "IDLE");
	session->has_move = mailimap_has_extension(session->im, "MOVE");
	if (settings->examine || mailimap_has_extension(session->im, "UIDPLUS"))
		return true;
	if (settings->retention_ms > 0)
		return lacks(err, "no UIDPLUS (RFC 4315)",
			     "old mail cannot be deleted from the archive");
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++) {
		if (settings->dispositions[fate] == MAILBOX_DELETE)
			return lacks(err, "no UIDPLUS (RFC 4315)",
				     "settled mail cannot be deleted");
		if (settings->dispositions[fate] == MAILBOX_MOVE && !session->has_move)
			return lacks(err, "neither MOVE (RFC 6851) nor UIDPLUS (RFC 4315)",
				     "settled mail cannot be moved");
	}
	return true;
}

/* --- sets of mails -------------------------------------------------------------- */

/* Builds the set of the next *done UIDs. */
static struct mailimap_set *next_set(const uint32_t *uids, size_t count, size_t *done)
{
	struct uid_range ranges[UID_RANGES_MAX];
	size_t range_count;

	*done = uids_to_ranges(uids, count, ranges, &range_count);
	return imap_session_set(ranges, range_count);
}

/* Takes over the flag. */
static int add_flag(struct imap_session *session, struct mailimap_set *set,
		    struct mailimap_flag *flag)
{
	cleanup(mailimap_store_att_flags_free) struct mailimap_store_att_flags *store = NULL;
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();

	if (!flags || !flag || mailimap_flag_list_add(flags, flag) != MAILIMAP_NO_ERROR)
		abort();
	store = mailimap_store_att_flags_new_add_flags_silent(flags);
	if (!store)
		abort();
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	return mailimap_uid_store(session->im, set, store);
}

/* Never uses a plain EXPUNGE: it would remove mail that other clients have
 * marked. */
static int delete_set(struct imap_session *session, struct mailimap_set *set)
{
	const int code = add_flag(session, set, mailimap_flag_new_deleted());

	if (code != MAILIMAP_NO_ERROR)
		return code;
	session->announced = IMAP_UNKNOWN;
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	return mailimap_uid_expunge(session->im, set);
}

/* Uses MOVE (RFC 6851), or COPY, STORE and EXPUNGE. */
static int move_set(struct imap_session *session, struct mailimap_set *set, const char *name)
{
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	if (session->has_move) {
		session->announced = IMAP_UNKNOWN;
		return mailimap_uid_move(session->im, set, name);
	}
	code = mailimap_uid_copy(session->im, set, name);
	return code == MAILIMAP_NO_ERROR ? delete_set(session, set) : code;
}

/* --- commands --------------------------------------------------------------------- */

static bool target_missing(const struct imap_session *session)
{
	const struct mailimap_response_info *info = session->im->imap_response_info;

	return info && info->rsp_trycreate;
}

/* Some servers move nothing if one of the mails is gone, report it (RFC 5530), and
 * succeed on the next attempt. */
static bool some_vanished(const struct imap_session *session)
{
	return imap_session_has_code(session, "EXPUNGEISSUED");
}

size_t imap_count_left(const struct imap_session *session)
{
	const struct mailimap_response_info *info = session->im->imap_response_info;

	return info && info->rsp_expunged ? (size_t)clist_count(info->rsp_expunged) : 0;
}

bool imap_move(struct imap_session *session, const uint32_t *uids, size_t count, const char *name,
	       size_t *done, struct error *err)
{
	cleanup(mailimap_set_free) struct mailimap_set *set = next_set(uids, count, done);
	int code = move_set(session, set, name);

	if (code != MAILIMAP_NO_ERROR && target_missing(session)) {
		if (!imap_create(session, name, err))
			return false;
		code = move_set(session, set, name);
	}
	for (int i = 0; code != MAILIMAP_NO_ERROR && some_vanished(session) && i < MOVE_RETRIES;
	     i++)
		code = move_set(session, set, name);
	if (code == MAILIMAP_NO_ERROR)
		return true;
	imap_session_failed(session, IMAP_STEP_MOVE, code, err);
	return error_context(err, "to %s", name);
}

bool imap_delete(struct imap_session *session, const uint32_t *uids, size_t count, const char *name,
		 size_t *done, struct error *err)
{
	cleanup(mailimap_set_free) struct mailimap_set *set = next_set(uids, count, done);
	const int code = delete_set(session, set);

	(void)name;
	if (code == MAILIMAP_NO_ERROR)
		return true;
	return imap_session_failed(session, IMAP_STEP_DELETE, code, err);
}

bool imap_mark(struct imap_session *session, const uint32_t *uids, size_t count, const char *name,
	       size_t *done, struct error *err)
{
	cleanup(mailimap_set_free) struct mailimap_set *set = next_set(uids, count, done);
	char *keyword = xmemdup(name, strlen(name));
	const int code = add_flag(session, set, mailimap_flag_new_flag_keyword(keyword));

	if (code == MAILIMAP_NO_ERROR)
		return true;
	return imap_session_failed(session, IMAP_STEP_MARK, code, err);
}

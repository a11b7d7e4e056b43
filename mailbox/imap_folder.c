/* imap_folder.c - names, selection and search of IMAP folders
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libetpan/mailimap.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/datetime.h"
#include "base/xalloc.h"
#include "mailbox/imap_session.h"

/* libetpan uses 130 bytes per UID of an answer, so a large folder is searched in
 * ranges of this many mails. */
#define SEARCH_MAILS 10000
/* Later mails are read in the next round. */
#define ROUND_MAILS 1000000

DEFINE_CLEANUP(clist *, mailimap_list_result_free)
DEFINE_CLEANUP(clist *, mailimap_search_result_free)

/* --- names ------------------------------------------------------------------ */

/* LIST "" "" returns only the delimiter (RFC 3501 section 6.3.8). */
static bool list_delimiter(struct imap_session *session, struct error *err)
{
	cleanup(mailimap_list_result_free) clist *folders = NULL;
	const struct mailimap_mailbox_list *folder;
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_list(session->im, "", "", &folders);
	if (code != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_NAMESPACE, code, err);
	if (folders && clist_begin(folders)) {
		folder = clist_content(clist_begin(folders));
		session->space.delimiter = folder->mb_delimiter;
	}
	return true;
}

bool imap_namespace_read(struct imap_session *session, struct error *err)
{
	int code;

	memset(&session->space, 0, sizeof(session->space));
	if (!mailimap_has_extension(session->im, "NAMESPACE"))
		return list_delimiter(session, err);
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_custom_command(session->im, "NAMESPACE");
	/* proxies announce the extension although the server behind them lacks it */
	if (code != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_NAMESPACE, code, err) ||
		       (!session->broken && list_delimiter(session, err));
	switch (transport_namespace(session->transport, &session->space)) {
	case IMAP_NAMESPACE_UNKNOWN: return list_delimiter(session, err);
	case IMAP_NAMESPACE_KNOWN: return true;
	case IMAP_NAMESPACE_STRANGE: break;
	}
	return imap_broken(err, IMAP_STEP_NAMESPACE, "a prefix that no folder name can have");
}

/* --- creating and selecting ------------------------------------------------- */

/* Some servers list more than was requested; some ignore case, or end the name of a folder
 * with the delimiter. */
static bool is_same_folder(const struct imap_session *session, struct slice listed,
			   struct slice name)
{
	if (listed.size == name.size + 1 && listed.data[name.size] == session->space.delimiter)
		listed.size--;
	return slice_equal_nocase(listed, name);
}

/* Servers without RFC 5530 answer NO with their own text if the folder exists, so a
 * NO only counts if the folder is not listed either. */
static bool is_listed(struct imap_session *session, const char *name)
{
	cleanup(mailimap_list_result_free) clist *folders = NULL;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	if (mailimap_list(session->im, "", name, &folders) != MAILIMAP_NO_ERROR)
		return false;
	for (clistiter *i = folders ? clist_begin(folders) : NULL; i; i = clist_next(i)) {
		const struct mailimap_mailbox_list *folder = clist_content(i);

		if (is_same_folder(session, slice_of(folder->mb_name), slice_of(name)))
			return true;
	}
	return false;
}

/* Checks the code of RFC 5530 and the texts of common servers. */
static bool says_it_exists(const struct imap_session *session)
{
	const struct slice words = slice_of(session->im->imap_response);

	return imap_session_has_code(session, "ALREADYEXISTS") ||
	       (!transport_failure(session->transport) &&
		(slice_find_text(words, "already exist") < words.size ||
		 slice_find_text(words, " exists") < words.size));
}

bool imap_create(struct imap_session *session, const char *name, struct error *err)
{
	struct error why;
	int code;

	if (is_listed(session, name))
		return true;
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_create(session->im, name);
	if (code != MAILIMAP_NO_ERROR && !says_it_exists(session)) {
		imap_session_failed(session, IMAP_STEP_CREATE, code, err);
		/* Another of our sessions may have created it. */
		if (session->broken || !is_listed(session, name))
			return error_context(err, "%s", name);
	}
	/* SUBSCRIBE makes mail programs show the folder; ignore a refusal. */
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_subscribe(session->im, name);
	if (code != MAILIMAP_NO_ERROR &&
	    !imap_session_failed(session, IMAP_STEP_CREATE, code, &why) && session->broken) {
		*err = why;
		return false;
	}
	return true;
}

bool imap_marks(const struct imap_settings *settings)
{
	for (enum mail_fate fate = MAIL_KEEP + 1; fate < MAIL_FATES; fate++)
		if (settings->dispositions[fate] == MAILBOX_MARK)
			return true;
	return false;
}

/* With a keyword that lasts only for the session, every mail would be read again.
 * Without PERMANENTFLAGS the keyword is assumed to be kept. */
static bool keeps_keyword(const struct mailimap_selection_info *info, const char *keyword)
{
	clist *flags = info->sel_perm_flags;

	for (clistiter *i = flags ? clist_begin(flags) : NULL; i; i = clist_next(i)) {
		const struct mailimap_flag_perm *flag = clist_content(i);

		if (flag->fl_type == MAILIMAP_FLAG_PERM_ALL)
			return true;
		if (flag->fl_flag && flag->fl_flag->fl_type == MAILIMAP_FLAG_KEYWORD &&
		    slice_is_nocase(slice_of(flag->fl_flag->fl_data.fl_keyword), keyword))
			return true;
	}
	return !flags;
}

bool imap_select(struct imap_session *session, const char *name, struct error *err)
{
	const struct imap_settings *settings = session->settings;
	const struct mailimap_selection_info *info;
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = (settings->examine ? mailimap_examine : mailimap_select)(session->im, name);
	if (code != MAILIMAP_NO_ERROR) {
		imap_session_failed(session, IMAP_STEP_SELECT, code, err);
		return error_context(err, "%s", name);
	}
	info = session->im->imap_selection_info;
	if (!info || (!settings->examine && info->sel_perm == MAILIMAP_MAILBOX_READONLY))
		return error_set(
			err, ERROR_RETRY,
			"%s: the user may only read this folder, and settled mail is moved "
			"out of it or marked: grant write access, or check folder",
			name);
	if (!settings->examine && imap_marks(settings) && !keeps_keyword(info, settings->keyword))
		return error_set(
			err, ERROR_RETRY,
			"%s: the server keeps no keyword %s there, and settled mail is to be "
			"marked with it: move or delete it instead",
			name, settings->keyword);
	session->keeps_unrelated = settings->unrelated == MAILBOX_UNRELATED_LEAVE &&
				   !settings->examine && info->sel_perm_flags &&
				   keeps_keyword(info, IMAP_UNRELATED_KEYWORD);
	session->exists = session->announced = info->sel_exists;
	session->uidvalidity = info->sel_uidvalidity;
	return true;
}

/* --- searching -------------------------------------------------------------- */

static void add_key(struct mailimap_search_key *all, struct mailimap_search_key *key)
{
	if (!key || mailimap_search_key_multiple_add(all, key) != MAILIMAP_NO_ERROR)
		abort();
}

static struct mailimap_search_key *undeleted_key(void)
{
	struct mailimap_search_key *key = mailimap_search_key_new_all();

	if (key)
		key->sk_type = MAILIMAP_SEARCH_KEY_UNDELETED;
	return key;
}

/* IMAP searches by date, in the server's time zone. */
static struct mailimap_date *day_of(int64_t unix_seconds)
{
	char text[DATETIME_SIZE];
	uint64_t year = 0, month = 0, day = 0;

	datetime_format(unix_seconds, text);
	(void)slice_to_uint((struct slice){ text, 4 }, 9999, &year);
	(void)slice_to_uint((struct slice){ text + 5, 2 }, 12, &month);
	(void)slice_to_uint((struct slice){ text + 8, 2 }, 31, &day);
	return mailimap_date_new((int)day, (int)month, (int)year);
}

static struct mailimap_search_key *without_key(const char *keyword)
{
	return mailimap_search_key_new_unkeyword(xmemdup(keyword, strlen(keyword)));
}

/* Selects the mails of a range that are to be read; takes over the range key. */
static struct mailimap_search_key *unread_key(const struct imap_session *session,
					      struct mailimap_search_key *piece)
{
	const struct imap_settings *settings = session->settings;
	struct mailimap_search_key *all = mailimap_search_key_new_multiple_empty();
	int64_t since = settings->since;

	if (!all)
		abort();
	add_key(all, piece);
	add_key(all, undeleted_key());
	if (imap_marks(settings))
		add_key(all, without_key(settings->keyword));
	if (session->keeps_unrelated)
		add_key(all, without_key(IMAP_UNRELATED_KEYWORD));
	if (settings->since_age_ms > 0)
		since = clock_unix() - settings->since_age_ms / 1000;
	if (since > 0)
		add_key(all, mailimap_search_key_new_since(day_of(since)));
	return all;
}

struct uid_list {
	uint32_t *uids;
	size_t count, alloc;
	size_t most; /* limit, whatever the server sends */
};

static void add_uids(struct uid_list *list, clist *found, uint32_t least)
{
	for (clistiter *i = found ? clist_begin(found) : NULL; i; i = clist_next(i)) {
		const uint32_t uid = *(const uint32_t *)clist_content(i);

		if (uid < least)
			continue;
		if (list->count == list->most)
			break;
		list->uids = xgrow(list->uids, list->count, &list->alloc, sizeof(uint32_t));
		list->uids[list->count++] = uid;
	}
}

/* Takes over the key. */
static bool search_into(struct imap_session *session, struct mailimap_search_key *key,
			uint32_t least, struct uid_list *list, struct error *err)
{
	cleanup(mailimap_search_result_free) clist *found = NULL;
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_uid_search(session->im, NULL, key, &found);
	mailimap_search_key_free(key);
	if (code != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_SEARCH, code, err);
	add_uids(list, found, least);
	return true;
}

/* Selects a range of the folder; 0 as its end means the last mail. */
static struct mailimap_search_key *piece_key(uint64_t first, uint32_t exists)
{
	const uint64_t last = first + SEARCH_MAILS - 1;

	return mailimap_search_key_new_set(
		mailimap_set_new_interval((uint32_t)first, last < exists ? (uint32_t)last : 0));
}

static bool search_all(struct imap_session *session, struct uid_list *list, struct error *err)
{
	const uint32_t exists = session->exists;

	/* A server may report 2^32-1 mails. */
	for (uint64_t first = 1; first <= exists && first <= ROUND_MAILS; first += SEARCH_MAILS)
		if (!search_into(session, unread_key(session, piece_key(first, exists)), 0, list,
				 err))
			return false;
	return true;
}

/* The last mail always matches, whatever its UID (RFC 3501 section 6.4.8). */
static bool search_from(struct imap_session *session, uint32_t least, struct uid_list *list,
			struct error *err)
{
	struct mailimap_search_key *piece = mailimap_search_key_new_uid(
		mailimap_set_new_interval(least, 0));

	return search_into(session, unread_key(session, piece), least, list, err);
}

/* Some servers leave the SEARCH line out if nothing matches.  So that one that cannot search
 * does not look like an empty folder, it is asked once for the first mail, which exists. */
static bool search_is_answered(struct imap_session *session, struct error *err)
{
	struct uid_list first = { .most = 1 };

	if (session->omits_empty || transport_found(session->transport) || session->exists == 0 ||
	    session->announced == IMAP_UNKNOWN)
		return true;
	if (!search_into(session, mailimap_search_key_new_set(mailimap_set_new_single(1)), 0,
			 &first, err))
		return false;
	free(first.uids);
	session->omits_empty = transport_found(session->transport);
	return session->omits_empty ||
	       imap_broken(err, IMAP_STEP_SEARCH,
			   "the server ends the search without a result, although the folder has "
			   "mail");
}

static bool give_list(struct uid_list *list, bool good, uint32_t **uids, size_t *count)
{
	if (!good) {
		free(list->uids);
		return false;
	}
	*uids = list->uids;
	*count = uids_sort(list->uids, list->count);
	return true;
}

static bool search(struct imap_session *session, uint32_t least, uint32_t **uids, size_t *count,
		   struct error *err)
{
	struct uid_list list = { .most = ROUND_MAILS };
	bool good;

	if (least > 1 && session->exists > 0)
		good = search_from(session, least, &list, err);
	else
		good = search_all(session, &list, err);
	if (good && list.count == 0)
		good = search_is_answered(session, err);
	return give_list(&list, good, uids, count);
}

/* If the server does not support the keyword, our memory file is used. */
bool imap_search(struct imap_session *session, uint32_t least, uint32_t **uids, size_t *count,
		 struct error *err)
{
	if (search(session, least, uids, count, err))
		return true;
	if (session->broken || !session->keeps_unrelated)
		return false;
	session->keeps_unrelated = false;
	return search(session, least, uids, count, err);
}

bool imap_still_there(struct imap_session *session, uint32_t *uids, size_t *count,
		      struct error *err)
{
	/* Some servers return more than was requested. */
	struct uid_list found = { .most = ROUND_MAILS };
	struct uid_range ranges[UID_RANGES_MAX];
	size_t range_count, kept = 0, asked;
	bool good = true;

	for (size_t i = 0; good && i < *count; i += asked) {
		asked = uids_to_ranges(uids + i, *count - i, ranges, &range_count);
		good = search_into(session,
				   mailimap_search_key_new_uid(
					   imap_session_set(ranges, range_count)),
				   0, &found, err);
	}
	found.count = uids_sort(found.uids, found.count);
	for (size_t i = 0; good && i < *count; i++)
		if (uids_find(found.uids, found.count, uids[i]) < found.count)
			uids[kept++] = uids[i];
	if (good)
		*count = kept;
	free(found.uids);
	return good;
}

static bool may_be_gone(const struct imap_body *mail)
{
	return mail->state == IMAP_BODY_WANTED && !mail->answered;
}

bool imap_find_gone(struct imap_session *session, struct imap_body *mails, size_t count,
		    struct error *err)
{
	uint32_t uids[IMAP_BATCH_MAILS];
	size_t wanted = 0;

	for (size_t i = 0; i < count && wanted < IMAP_BATCH_MAILS; i++)
		if (may_be_gone(&mails[i]))
			uids[wanted++] = mails[i].uid;
	if (wanted > 0 && !imap_still_there(session, uids, &wanted, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (may_be_gone(&mails[i]) &&
		    (wanted == 0 || uids_find(uids, wanted, mails[i].uid) == wanted))
			mails[i].state = IMAP_BODY_GONE;
	return true;
}

bool imap_search_before(struct imap_session *session, int64_t unix_seconds, size_t most,
			uint32_t **uids, size_t *count, struct error *err)
{
	struct uid_list list = { .most = most };
	const uint32_t exists = session->exists;
	bool good = true;

	for (uint64_t first = 1; good && first <= exists && list.count < most;
	     first += SEARCH_MAILS) {
		struct mailimap_search_key *key = mailimap_search_key_new_multiple_empty();

		if (!key)
			abort();
		add_key(key, piece_key(first, exists));
		add_key(key, mailimap_search_key_new_before(day_of(unix_seconds)));
		good = search_into(session, key, 0, &list, err);
	}
	return give_list(&list, good, uids, count);
}

/* imap_folder.c - folders of an IMAP server: names, what is in them, moving
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libetpan/mailimap.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "base/xalloc.h"
#include "mailbox/imap_session.h"

/* libetpan keeps 130 bytes per UID of an answer, so a large folder is asked
 * for in pieces of this many mails. */
#define SEARCH_MAILS 10000
/* Other clients may take mails away while we move them. */
#define MOVE_RETRIES 3

DEFINE_CLEANUP(struct mailimap_set *, mailimap_set_free)
DEFINE_CLEANUP(struct mailimap_search_key *, mailimap_search_key_free)
DEFINE_CLEANUP(struct mailimap_namespace_data *, mailimap_namespace_data_free)
DEFINE_CLEANUP(struct mailimap_store_att_flags *, mailimap_store_att_flags_free)
DEFINE_CLEANUP(clist *, mailimap_list_result_free)
DEFINE_CLEANUP(clist *, mailimap_search_result_free)

/* --- names ------------------------------------------------------------------ */

/* A delimiter that is no printable ASCII character would end a command. */
static char usable_delimiter(char delimiter)
{
	return delimiter > ' ' && delimiter < 0x7f ? delimiter : '\0';
}

static bool usable_prefix(const char *prefix, size_t room)
{
	if (strlen(prefix) >= room)
		return false;
	for (const char *p = prefix; *p; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return true;
}

/* LIST "" "" names the delimiter and nothing else (RFC 3501 section 6.3.8). */
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
		session->space.delimiter = usable_delimiter(folder->mb_delimiter);
	}
	return true;
}

bool imap_namespace_read(struct imap_session *session, struct error *err)
{
	cleanup(mailimap_namespace_data_free) struct mailimap_namespace_data *spaces = NULL;
	const struct mailimap_namespace_info *own;
	struct imap_namespace *space = &session->space;
	int code;

	memset(space, 0, sizeof(*space));
	if (!mailimap_has_extension(session->im, "NAMESPACE"))
		return list_delimiter(session, err);
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_namespace(session->im, &spaces);
	if (code != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_NAMESPACE, code, err);
	if (!spaces || !spaces->ns_personal || !clist_begin(spaces->ns_personal->ns_data_list))
		return list_delimiter(session, err);
	own = clist_content(clist_begin(spaces->ns_personal->ns_data_list));
	space->delimiter = usable_delimiter(own->ns_delimiter);
	if (!usable_prefix(own->ns_prefix, sizeof(space->prefix)))
		return imap_broken(err, IMAP_STEP_NAMESPACE,
				   "a prefix that no folder name can have");
	memcpy(space->prefix, own->ns_prefix, strlen(own->ns_prefix) + 1);
	return true;
}

/* --- creating and selecting ------------------------------------------------- */

/* The response code of the last command. */
static bool has_code(const struct imap_session *session, const char *code)
{
	const struct mailimap_response_info *info = session->im->imap_response_info;

	return info && info->rsp_atom && slice_is_nocase(slice_of(info->rsp_atom), code);
}

/* Servers without RFC 5530 say NO to an existing folder in words of their own,
 * so a NO is believed only if the folder is not listed either. */
static bool is_listed(struct imap_session *session, const char *name)
{
	cleanup(mailimap_list_result_free) clist *folders = NULL;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	return mailimap_list(session->im, "", name, &folders) == MAILIMAP_NO_ERROR && folders &&
	       clist_begin(folders);
}

bool imap_create(struct imap_session *session, const char *name, struct error *err)
{
	struct error why;
	int code;

	if (is_listed(session, name))
		return true;
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_create(session->im, name);
	if (code != MAILIMAP_NO_ERROR && !has_code(session, "ALREADYEXISTS")) {
		imap_session_failed(session, IMAP_STEP_CREATE, code, err);
		return error_context(err, "%s", name);
	}
	/* Only so that mail programs show it; refusing that harms nobody. */
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_subscribe(session->im, name);
	if (code != MAILIMAP_NO_ERROR &&
	    !imap_session_failed(session, IMAP_STEP_CREATE, code, &why) && session->broken) {
		*err = why;
		return false;
	}
	return true;
}

bool imap_select(struct imap_session *session, const char *name, struct error *err)
{
	const struct mailimap_selection_info *info;
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_select(session->im, name);
	if (code != MAILIMAP_NO_ERROR) {
		imap_session_failed(session, IMAP_STEP_SELECT, code, err);
		return error_context(err, "%s", name);
	}
	info = session->im->imap_selection_info;
	if (!info || info->sel_perm == MAILIMAP_MAILBOX_READONLY)
		return error_set(
			err, ERROR_RETRY,
			"%s: the user may only read this folder, and settled mail is moved "
			"out of it: grant write access, or check folder",
			name);
	session->exists = info->sel_exists;
	session->uidvalidity = info->sel_uidvalidity;
	return true;
}

/* --- searching -------------------------------------------------------------- */

/* The UNDELETED ones of a set, which it takes over: of sequence numbers or of
 * UIDs. */
static bool search_set(struct imap_session *session, struct mailimap_search_key *piece,
		       clist **found, struct error *err)
{
	cleanup(mailimap_search_key_free) struct mailimap_search_key *key =
		mailimap_search_key_new_multiple_empty();
	struct mailimap_search_key *undeleted = mailimap_search_key_new_all();
	int code;

	if (!key || !undeleted || !piece)
		abort();
	undeleted->sk_type = MAILIMAP_SEARCH_KEY_UNDELETED;
	if (mailimap_search_key_multiple_add(key, piece) != MAILIMAP_NO_ERROR ||
	    mailimap_search_key_multiple_add(key, undeleted) != MAILIMAP_NO_ERROR)
		abort();
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_uid_search(session->im, NULL, key, found);
	if (code != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_SEARCH, code, err);
	return true;
}

struct uid_list {
	uint32_t *uids;
	size_t count, alloc;
};

static void add_uids(struct uid_list *list, clist *found, uint32_t least)
{
	for (clistiter *i = found ? clist_begin(found) : NULL; i; i = clist_next(i)) {
		const uint32_t uid = *(const uint32_t *)clist_content(i);

		if (uid < least)
			continue;
		if (list->count == list->alloc) {
			list->alloc = list->alloc ? 2 * list->alloc : 1024;
			list->uids = xreallocarray(list->uids, list->alloc, sizeof(uint32_t));
		}
		list->uids[list->count++] = uid;
	}
}

static bool search_piece(struct imap_session *session, struct mailimap_search_key *piece,
			 uint32_t least, struct uid_list *list, struct error *err)
{
	cleanup(mailimap_search_result_free) clist *found = NULL;

	if (!search_set(session, piece, &found, err))
		return false;
	add_uids(list, found, least);
	return true;
}

/* 0 is the last of all. */
static bool search_numbers(struct imap_session *session, uint32_t first, uint32_t last,
			   struct uid_list *list, struct error *err)
{
	return search_piece(session,
			    mailimap_search_key_new_set(mailimap_set_new_interval(first, last)), 0,
			    list, err);
}

/* The last mail always answers, whatever its UID (RFC 3501 section 6.4.8). */
static bool search_from(struct imap_session *session, uint32_t uid, struct uid_list *list,
			struct error *err)
{
	return search_piece(session, mailimap_search_key_new_uid(mailimap_set_new_interval(uid, 0)),
			    uid, list, err);
}

static bool search_all(struct imap_session *session, struct uid_list *list, struct error *err)
{
	const uint32_t exists = session->exists;

	/* By 64 bits: a server may claim 2^32-1 mails. */
	for (uint64_t first = 1; first <= exists; first += SEARCH_MAILS) {
		const uint64_t last = first + SEARCH_MAILS - 1;

		if (!search_numbers(session, (uint32_t)first, last < exists ? (uint32_t)last : 0,
				    list, err))
			return false;
	}
	return true;
}

bool imap_search(struct imap_session *session, uint32_t least, uint32_t **uids, size_t *count,
		 struct error *err)
{
	struct uid_list list = { NULL, 0, 0 };
	bool good = true;

	if (least > 1 && session->exists > 0)
		good = search_from(session, least, &list, err);
	else
		good = search_all(session, &list, err);
	if (!good) {
		free(list.uids);
		return false;
	}
	*uids = list.uids;
	*count = uids_sort(list.uids, list.count);
	return true;
}

/* --- moving ----------------------------------------------------------------- */

bool imap_can_settle(struct imap_session *session, struct error *err)
{
	session->has_idle = mailimap_has_extension(session->im, "IDLE");
	session->has_move = mailimap_has_extension(session->im, "MOVE");
	if (session->has_move || mailimap_has_extension(session->im, "UIDPLUS"))
		return true;
	return error_set(
		err, ERROR_FATAL,
		"the server has neither MOVE (RFC 6851) nor UIDPLUS (RFC 4315), so settled "
		"mail cannot be moved safely: enable one of them or use another server");
}

static bool target_missing(const struct imap_session *session)
{
	const struct mailimap_response_info *info = session->im->imap_response_info;

	return info && info->rsp_trycreate;
}

/* Some servers move nothing when one of the mails is gone, say so, and know
 * better the next time (RFC 5530). */
static bool some_vanished(const struct imap_session *session)
{
	return has_code(session, "EXPUNGEISSUED");
}

static int mark_deleted(struct imap_session *session, struct mailimap_set *set)
{
	cleanup(mailimap_store_att_flags_free) struct mailimap_store_att_flags *store = NULL;
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();

	if (!flags ||
	    mailimap_flag_list_add(flags, mailimap_flag_new_deleted()) != MAILIMAP_NO_ERROR)
		abort();
	store = mailimap_store_att_flags_new_add_flags_silent(flags);
	if (!store)
		abort();
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	return mailimap_uid_store(session->im, set, store);
}

/* MOVE (RFC 6851), or the three commands it stands for.  Never a plain
 * EXPUNGE: it would remove what other clients have marked. */
static int move_set(struct imap_session *session, struct mailimap_set *set, const char *name)
{
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	if (session->has_move)
		return mailimap_uid_move(session->im, set, name);
	code = mailimap_uid_copy(session->im, set, name);
	if (code != MAILIMAP_NO_ERROR)
		return code;
	code = mark_deleted(session, set);
	if (code != MAILIMAP_NO_ERROR)
		return code;
	imap_session_allow(session, IMAP_ANSWER_BYTES);
	return mailimap_uid_expunge(session->im, set);
}

bool imap_move(struct imap_session *session, const uint32_t *uids, size_t count, const char *name,
	       size_t *moved, struct error *err)
{
	cleanup(mailimap_set_free) struct mailimap_set *set = NULL;
	struct uid_range ranges[UID_RANGES_MAX];
	size_t range_count;
	const size_t taken = uids_to_ranges(uids, count, ranges, &range_count);
	int code;

	set = imap_session_set(ranges, range_count);
	code = move_set(session, set, name);
	if (code != MAILIMAP_NO_ERROR && target_missing(session)) {
		if (!imap_create(session, name, err))
			return false;
		code = move_set(session, set, name);
	}
	for (int i = 0; code != MAILIMAP_NO_ERROR && some_vanished(session) && i < MOVE_RETRIES;
	     i++)
		code = move_set(session, set, name);
	if (code != MAILIMAP_NO_ERROR) {
		imap_session_failed(session, IMAP_STEP_MOVE, code, err);
		return error_context(err, "to %s", name);
	}
	*moved = taken;
	return true;
}

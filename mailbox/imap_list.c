/* imap_list.c - lists an IMAP folder and those below it
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include <libetpan/mailimap.h>

#include "base/cleanup.h"
#include "mailbox/imap_mailbox.h"

#define FOLDERS_MAX 10000
#define PATTERN_LIMIT (2 * IMAP_NAME_MAX)

DEFINE_CLEANUP(clist *, mailimap_list_result_free)

struct listing {
	struct slice name; /* of the folder, as the server writes it */
	char delimiter;
	mailbox_folder_fn *take;
	void *context;
};

/* The rewriter passes only the \Noselect flag. */
static bool holds_mail(const struct mailimap_mailbox_list *folder)
{
	return !folder->mb_flag || folder->mb_flag->mbf_type != MAILIMAP_MBX_LIST_FLAGS_SFLAG ||
	       folder->mb_flag->mbf_sflag != MAILIMAP_MBX_LIST_SFLAG_NOSELECT;
}

/* Some servers list more than was requested. */
static bool is_wanted(const struct listing *l, const char *name, bool below)
{
	const size_t size = l->name.size;
	struct error unused;

	return strncmp(name, l->name.data, size) == 0 &&
	       (below ? name[size] == l->delimiter : name[size] == '\0') &&
	       imap_text_valid(name, "folder", &unused);
}

static bool list(struct imap_session *session, const struct listing *l, const char *pattern,
		 bool below, struct error *err)
{
	cleanup(mailimap_list_result_free) clist *folders = NULL;
	unsigned count = 0;
	int code;

	imap_session_allow(session, IMAP_ANSWER_BYTES);
	code = mailimap_list(session->im, "", pattern, &folders);
	if (code != MAILIMAP_NO_ERROR)
		return imap_session_failed(session, IMAP_STEP_NAMESPACE, code, err);
	for (clistiter *i = folders ? clist_begin(folders) : NULL; i && count < FOLDERS_MAX;
	     i = clist_next(i), count++) {
		const struct mailimap_mailbox_list *folder = clist_content(i);

		if (holds_mail(folder) && is_wanted(l, folder->mb_name, below))
			l->take(l->context, folder->mb_name);
	}
	return true;
}

static bool list_all(struct imap_session *session, struct listing *l, const char *folder,
		     struct error *err)
{
	const char delimiter[] = { session->space.delimiter, '\0' };
	struct strbuf pattern;
	char *name;
	bool good;

	if (!imap_name_new(&session->space, folder, "--reread", &name, err))
		return false;
	l->name = slice_of(name);
	l->delimiter = delimiter[0];
	strbuf_init(&pattern, PATTERN_LIMIT);
	strbuf_add_format(&pattern, "%s%s*", name, delimiter);
	good = list(session, l, name, false, err) &&
	       (!l->delimiter || list(session, l, pattern.buf, true, err));
	strbuf_release(&pattern);
	free(name);
	return good;
}

bool imap_list(struct mailbox *mailbox, const char *folder, mailbox_folder_fn *take, void *context,
	       struct error *err)
{
	struct imap_mailbox *imap = (struct imap_mailbox *)mailbox;
	struct listing l = { .take = take, .context = context };
	const bool good = imap_session_open(&imap->session, imap->settings, err) &&
			  imap_namespace_read(&imap->session, err) &&
			  list_all(&imap->session, &l, folder, err);

	imap_session_close(&imap->session);
	return good || error_context(err, "%s@%s", imap->settings->user, imap->settings->host);
}

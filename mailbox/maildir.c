/* maildir.c - a Maildir as a source of mail
 *
 * SPDX-License-Identifier: MIT
 *
 * Other programs deliver and read mail without locks: a file may be renamed or
 * removed at any time, which is never an error.  Settled mail is moved to a
 * folder of the same Maildir, so that one rename does it.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "mailbox/mailbox.h"
#include "mailbox/mail_memory.h"
#include "mailbox/maildir_folder.h"
#include "mailbox/maildir_list.h"
#include "mailbox/maildir_name.h"
#include "mailbox/maildir_watch.h"

#define BUFFER_KEPT_BYTES (1 * MIB)

struct maildir_mailbox {
	struct mailbox mailbox;
	const struct maildir_settings *settings;
	int root, directories[MAILDIR_DIRECTORIES], targets[MAIL_FATES]; /* -1: not open */

	struct maildir_watch watch;
	bool waited;     /* the next call of next() begins a round */
	int64_t full_at; /* rounds before it cover only new mail; 0: not known yet */

	struct maildir_list list; /* mails above its limit are read in the next round */
	size_t given;             /* entries returned by next() */

	struct mail_memory unrelated; /* mails left in place, not returned again */

	struct mail mail;
	struct strbuf raw;
	struct strbuf trouble;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A file that is still empty after this time is an empty mail. */
#define EMPTY_IS_NEW_SECONDS 60

/* --- opening ---------------------------------------------------------------- */

static bool create_targets(struct maildir_mailbox *m, struct error *err)
{
	struct strbuf name;
	bool ok = true;

	strbuf_init(&name, 4 * KIB);
	for (enum mail_fate fate = MAIL_KEEP + 1; ok && fate < MAIL_FATES; fate++) {
		if (m->settings->examine || m->settings->dispositions[fate] != MAILBOX_MOVE)
			continue;
		strbuf_reset(&name);
		ok = maildir_folder_name(m->settings->archive, mail_fate_folder(fate), &name,
					 err) &&
		     maildir_folder_create(m->root, name.buf, &m->targets[fate], err);
	}
	strbuf_release(&name);
	return ok;
}

static void forget_round(struct maildir_mailbox *m)
{
	maildir_list_reset(&m->list);
	m->given = 0;
}

static bool list_all(struct maildir_mailbox *m, struct error *err)
{
	for (int i = 0; i < MAILDIR_DIRECTORIES; i++)
		if (!maildir_list_read(&m->list, m->directories[i], i, err))
			return false;
	maildir_list_sort(&m->list);
	return true;
}

static bool open_all(struct maildir_mailbox *m, struct error *err)
{
	if (!maildir_directory_open(AT_FDCWD, m->settings->path, &m->root, err))
		return false;
	for (int i = 0; i < MAILDIR_DIRECTORIES; i++)
		if (!maildir_directory_open(m->root, maildir_directory_names[i], &m->directories[i],
					    err))
			return false;
	maildir_watch_start(&m->watch, m->directories);
	return create_targets(m, err) && list_all(m, err);
}

static bool maildir_open(struct mailbox *mailbox, struct error *err)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;

	assert(m->root < 0 && m->list.count == 0);
	maildir_list_init(&m->list);
	strbuf_init(&m->raw, m->settings->max_mail_bytes);
	strbuf_init(&m->trouble, 4 * KIB);
	if (!m->unrelated.keys && !m->settings->examine &&
	    m->settings->unrelated == MAILBOX_UNRELATED_LEAVE &&
	    !mail_memory_open(&m->unrelated, m->settings->memory_file, err))
		return error_context(err, "unrelated mail");
	if (!open_all(m, err))
		return error_context(err, "Maildir %s", m->settings->path);
	return true;
}

static void maildir_close(struct mailbox *mailbox)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;

	maildir_watch_stop(&m->watch);
	close_fd(&m->root);
	for (int i = 0; i < MAILDIR_DIRECTORIES; i++)
		close_fd(&m->directories[i]);
	for (int i = 0; i < MAIL_FATES; i++)
		close_fd(&m->targets[i]);
	maildir_list_release(&m->list);
	strbuf_release(&m->raw);
	strbuf_release(&m->trouble);
	m->given = 0;
	m->waited = false;
	m->full_at = 0;
}

static void maildir_free(struct mailbox *mailbox)
{
	maildir_close(mailbox);
	mail_memory_close(&((struct maildir_mailbox *)mailbox)->unrelated);
	free(mailbox);
}

/* --- reading ---------------------------------------------------------------- */

static void set_trouble(struct maildir_mailbox *m, const struct maildir_entry *entry, int error)
{
	strbuf_reset(&m->trouble);
	strbuf_add_format(&m->trouble, "%s/%s: %s", maildir_directory_names[entry->directory],
			  maildir_list_name(&m->list, entry), strerror(error));
	m->mail.unreadable = m->trouble.buf;
}

static void read_file(struct maildir_mailbox *m, int fd, const struct maildir_entry *entry)
{
	ssize_t got = 1;

	if (m->raw.alloc > BUFFER_KEPT_BYTES) {
		strbuf_release(&m->raw);
		strbuf_init(&m->raw, m->settings->max_mail_bytes);
	}
	strbuf_reset(&m->raw);
	/* Read one byte more than fstat reported, to find the end without another
	 * call. */
	for (size_t piece = m->mail.size + 1; got > 0; piece = 64 * KIB) {
		const size_t left = m->raw.limit - m->raw.len;
		char *room = left ? strbuf_room(&m->raw, piece < left ? piece : left) : NULL;

		if (!room)
			break;
		do
			got = read(fd, room, piece < left ? piece : left);
		while (got < 0 && errno == EINTR);
		if (got > 0)
			m->raw.len += (size_t)got;
		m->raw.buf[m->raw.len] = '\0';
	}
	if (got < 0) {
		set_trouble(m, entry, errno);
		return;
	}
	m->mail.size = m->raw.len;
	m->mail.raw = strbuf_slice(&m->raw);
}

static bool is_too_old(const struct maildir_settings *settings, const struct stat *status)
{
	const int64_t since = settings->since_age_ms > 0
				      ? clock_unix() - settings->since_age_ms / 1000
				      : settings->since;

	return since > 0 && status->st_mtime < since;
}

/* Some programs write directly to "new" instead of "tmp" (maildir(5)).  Such a mail
 * is returned after the file is closed, or in a later round. */
static bool is_being_written(const struct maildir_mailbox *m, int fd, const struct stat *before)
{
	struct stat now;

	if (before->st_size == 0)
		return clock_unix() - before->st_mtime < EMPTY_IS_NEW_SECONDS;
	return m->mail.raw.data && fstat(fd, &now) == 0 &&
	       ((size_t)now.st_size != m->mail.raw.size ||
		now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != before->st_mtim.tv_nsec);
}

/* false: there is no such mail, no longer or not yet. */
static bool read_entry(struct maildir_mailbox *m, struct maildir_entry *entry)
{
	bool whole;

	/* Non-blocking, so that a named pipe does not block us. */
	const int fd = openat(m->directories[entry->directory], maildir_list_name(&m->list, entry),
			      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	m->mail = (struct mail){ .id = (uint32_t)(entry - m->list.entries) + 1,
				 .name = maildir_list_name(&m->list, entry) };
	if (fd < 0) {
		if (errno == ENOENT || errno == ELOOP || errno == ENXIO)
			return false;
		set_trouble(m, entry, errno);
		return true;
	}
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    is_too_old(m->settings, &status)) {
		close(fd);
		return false;
	}
	m->mail.size = (size_t)status.st_size;
	m->mail.received = status.st_mtime;
	m->mail.too_large = m->mail.size > m->settings->max_mail_bytes;
	entry->size = m->mail.size;
	if (!m->mail.too_large)
		read_file(m, fd, entry);
	whole = !is_being_written(m, fd, &status);
	close(fd);
	return whole;
}

/* --- waiting ---------------------------------------------------------------- */

/* Another Maildir may have been moved to the path of the open one. */
static bool still_there(struct maildir_mailbox *m, struct error *err)
{
	struct stat open, now;

	if (fstat(m->root, &open) == 0 && stat(m->settings->path, &now) == 0 &&
	    open.st_dev == now.st_dev && open.st_ino == now.st_ino)
		return true;
	return error_set(err, ERROR_RETRY, "Maildir %s was replaced by another one",
			 m->settings->path);
}

static bool begin_again(struct maildir_mailbox *m, struct error *err)
{
	if (!m->waited)
		return true;
	m->waited = false;
	forget_round(m);
	/* A mail that was already in the last listing is gone or, if it was kept,
	 * returned twice at worst. */
	if (maildir_watch_take(&m->watch, &m->list) &&
	    (clock_ms() < m->full_at || m->settings->examine)) {
		maildir_list_sort(&m->list);
		return true;
	}
	m->full_at = 0;
	forget_round(m);
	return still_there(m, err) && list_all(m, err);
}

static bool maildir_wait(struct mailbox *mailbox, int64_t until, struct error *err)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;
	struct pollfd wanted = { .fd = m->watch.fd, .events = POLLIN };

	m->waited = true;
	if (m->full_at == 0)
		m->full_at = until;
	if (m->full_at < until)
		until = m->full_at;
	if (wait_poll_idle(&wanted, 1, until) >= 0 || errno == ECANCELED)
		return true;
	return error_set(err, ERROR_RETRY, "Maildir %s: %s", m->settings->path, strerror(errno));
}

/* Uses the name without its flags, which other programs may change.  A mail that
 * was read before it was complete counts as another mail once it has grown. */
static uint64_t entry_key(const struct maildir_mailbox *m, const struct maildir_entry *entry)
{
	struct slice rest;

	return mail_memory_file_key(slice_split(slice_of(maildir_list_name(&m->list, entry)), ':',
						&rest),
				    entry->size);
}

static bool is_remembered(const struct maildir_mailbox *m, struct maildir_entry *entry)
{
	struct stat status;

	if (m->unrelated.count == 0 ||
	    fstatat(m->directories[entry->directory], maildir_list_name(&m->list, entry), &status,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	entry->size = (size_t)status.st_size;
	return mail_memory_has(&m->unrelated, entry_key(m, entry));
}

/* --- rounds ----------------------------------------------------------------- */

static bool give_entry(struct maildir_mailbox *m, struct maildir_entry *entry)
{
	return !is_remembered(m, entry) && read_entry(m, entry);
}

static bool maildir_next(struct mailbox *mailbox, const struct mail **mail, struct error *err)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;

	if (!begin_again(m, err))
		return false;
	*mail = NULL;
	while (!*mail && m->given < m->list.count)
		if (give_entry(m, &m->list.entries[m->given++]))
			*mail = &m->mail;
	mailbox->waiting = m->list.count - m->given;
	mailbox->partial = m->full_at != 0;
	return true;
}

/* --- settling --------------------------------------------------------------- */

static bool settle_entry(struct maildir_mailbox *m, const struct maildir_entry *entry,
			 enum mail_fate fate, struct error *err)
{
	const char *name = maildir_list_name(&m->list, entry);
	int failure;

	if (m->settings->dispositions[fate] == MAILBOX_DELETE) {
		if (unlinkat(m->directories[entry->directory], name, 0) == 0 || errno == ENOENT)
			return true;
		return error_set(err, ERROR_RETRY, "Maildir %s: %s cannot be deleted: %s",
				 m->settings->path, name, strerror(errno));
	}
	failure = maildir_move(m->directories[entry->directory], name, m->targets[fate],
			       fate != MAIL_INVALID);
	if (failure == 0 || failure == ENOENT)
		return true;
	return error_set(err, ERROR_RETRY, "Maildir %s: %s cannot be moved to %s: %s",
			 m->settings->path, name, mail_fate_folder(fate), strerror(failure));
}

static bool leave_entry(struct maildir_mailbox *m, const struct maildir_entry *entry,
			struct error *err)
{
	const uint64_t key = entry_key(m, entry);

	return mail_memory_add(&m->unrelated, &key, 1, err);
}

/* A mail that cannot be settled stays and does not prevent settling the others. */
static bool maildir_settle(struct mailbox *mailbox, struct mail_settlement *settlements,
			   size_t count, struct error *err)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;
	struct error later;
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		const uint32_t id = settlements[i].id;

		settlements[i].refusal = NULL;
		if (id == 0 || id > m->given)
			return error_set(err, ERROR_FATAL,
					 "mail %lu was not read since the Maildir was opened",
					 (unsigned long)id);
		if (settlements[i].unrelated && !m->settings->examine &&
		    !leave_entry(m, &m->list.entries[id - 1], good ? err : &later))
			good = false;
		if (settlements[i].fate != MAIL_KEEP && !m->settings->examine &&
		    !settle_entry(m, &m->list.entries[id - 1], settlements[i].fate,
				  good ? err : &later))
			good = false;
	}
	return good;
}

static bool maildir_list(struct mailbox *mailbox, const char *folder, mailbox_folder_fn *take,
			 void *context, struct error *err)
{
	const struct maildir_mailbox *m = (const struct maildir_mailbox *)mailbox;

	return maildir_folders_below(m->settings->path, folder, take, context, err) ||
	       error_context(err, "Maildir %s", m->settings->path);
}

struct mailbox *maildir_mailbox_new(const struct maildir_settings *settings)
{
	static const struct mailbox_ops ops = {
		.name = "maildir",
		.open = maildir_open,
		.next = maildir_next,
		.settle = maildir_settle,
		.wait = maildir_wait,
		.list = maildir_list,
		.close = maildir_close,
		.free = maildir_free,
	};
	struct maildir_mailbox *m = xcalloc(1, sizeof(*m));

	m->mailbox.ops = &ops;
	m->settings = settings;
	m->root = m->watch.fd = -1;
	for (int i = 0; i < MAILDIR_DIRECTORIES; i++)
		m->directories[i] = -1;
	for (int i = 0; i < MAIL_FATES; i++)
		m->targets[i] = -1;
	return &m->mailbox;
}

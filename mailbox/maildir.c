/* maildir.c - a Maildir as a source of mail
 *
 * SPDX-License-Identifier: MIT
 *
 * Whoever delivers and reads mail here does so without locks: a file may be
 * renamed or gone at any time, which is never an error.  Settled mail goes to
 * a folder below the same Maildir, so that a rename moves it in one step.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "mailbox/mailbox.h"
#include "mailbox/maildir_name.h"

/* Names of one opening; the mails behind them are met in the next round. */
#define NAMES_MAX_BYTES (64 * MIB)
/* A name that is taken gets a number, up to this one. */
#define NAME_ATTEMPTS 100
#define BUFFER_KEPT_BYTES (1 * MIB)

enum { DIRECTORY_NEW, DIRECTORY_CUR, DIRECTORIES };
static const char *const directory_names[DIRECTORIES] = { "new", "cur" };

struct entry {
	size_t name; /* offset in names */
	int directory;
};

struct maildir_mailbox {
	struct mailbox mailbox;
	const struct maildir_settings *settings;
	int root, directories[DIRECTORIES], targets[MAIL_FATES]; /* -1: not open */

	int watch; /* inotify on the directories; -1: they are looked at from time to time */
	int watched[DIRECTORIES];
	bool waited;	 /* the next call of next() begins a round */
	int64_t full_at; /* until then a round is of new mail alone; 0: not known yet */

	struct strbuf names; /* each with its NUL */
	struct entry *entries;
	size_t count, alloc, given;

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

static const char *entry_name(const struct maildir_mailbox *m, const struct entry *entry)
{
	return m->names.buf + entry->name;
}

/* --- opening ---------------------------------------------------------------- */

static bool open_directory(int parent, const char *name, int *fd, struct error *err)
{
	*fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd >= 0)
		return true;
	return error_set(err, ERROR_RETRY, "%s: %s", name, strerror(errno));
}

/* A folder with its three directories; the mark says it is no Maildir of its
 * own to delivery agents. */
static bool create_folder(int root, const char *name, int *cur, struct error *err)
{
	static const char *const parts[] = { "new", "tmp", "cur" };
	int folder, mark;
	bool ok = true;

	if (mkdirat(root, name, 0700) < 0 && errno != EEXIST)
		return error_set(err, ERROR_RETRY, "%s: cannot be created: %s", name,
				 strerror(errno));
	if (!open_directory(root, name, &folder, err))
		return false;
	for (size_t i = 0; ok && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (mkdirat(folder, parts[i], 0700) < 0 && errno != EEXIST)
			ok = error_set(err, ERROR_RETRY, "%s/%s: cannot be created: %s", name,
				       parts[i], strerror(errno));
	mark = ok ? openat(folder, "maildirfolder", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (mark >= 0)
		close(mark);
	ok = ok && open_directory(folder, "cur", cur, err);
	close(folder);
	return ok;
}

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
		     create_folder(m->root, name.buf, &m->targets[fate], err);
	}
	strbuf_release(&name);
	return ok;
}

static void add_entry(struct maildir_mailbox *m, const char *name, int directory)
{
	const size_t at = m->names.len;

	strbuf_add(&m->names, name, strlen(name) + 1);
	if (m->names.overflowed)
		return;
	if (m->count == m->alloc) {
		m->alloc = m->alloc ? 2 * m->alloc : 256;
		m->entries = xreallocarray(m->entries, m->alloc, sizeof(*m->entries));
	}
	m->entries[m->count++] = (struct entry){ at, directory };
}

static bool is_mail_name(const char *name)
{
	return name[0] != '.' && !maildir_is_trashed(slice_of(name));
}

static bool list_directory(struct maildir_mailbox *m, int directory, struct error *err)
{
	/* A descriptor of its own, for closedir() closes it. */
	const int fd = openat(m->directories[directory], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *found;

	if (!stream)
		return error_set(err, ERROR_RETRY, "%s: %s", directory_names[directory],
				 strerror(errno));
	errno = 0;
	while ((found = readdir(stream)) != NULL) {
		if (is_mail_name(found->d_name))
			add_entry(m, found->d_name, directory);
		errno = 0;
	}
	if (errno != 0) {
		error_set(err, ERROR_RETRY, "%s: %s", directory_names[directory], strerror(errno));
		closedir(stream);
		return false;
	}
	closedir(stream);
	return true;
}

/* Names begin with the time of delivery. */
static int compare_entries(const void *a, const void *b, void *names)
{
	const char *text = names;

	return strcmp(text + ((const struct entry *)a)->name,
		      text + ((const struct entry *)b)->name);
}

static void sort_entries(struct maildir_mailbox *m)
{
	if (m->count > 1)
		qsort_r(m->entries, m->count, sizeof(*m->entries), compare_entries, m->names.buf);
}

static void forget_round(struct maildir_mailbox *m)
{
	strbuf_reset(&m->names);
	m->count = m->given = 0;
}

static bool list_all(struct maildir_mailbox *m, struct error *err)
{
	for (int i = 0; i < DIRECTORIES; i++)
		if (!list_directory(m, i, err))
			return false;
	sort_entries(m);
	return true;
}

/* Before the first listing, so that nothing falls in between. */
static void start_watching(struct maildir_mailbox *m)
{
	char path[sizeof("/proc/self/fd/") + 10];

	m->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (int i = 0; m->watch >= 0 && i < DIRECTORIES; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", m->directories[i]);
		m->watched[i] = inotify_add_watch(m->watch, path, IN_CREATE | IN_MOVED_TO);
		if (m->watched[i] < 0)
			close_fd(&m->watch);
	}
}

static bool open_all(struct maildir_mailbox *m, struct error *err)
{
	if (!open_directory(AT_FDCWD, m->settings->path, &m->root, err))
		return false;
	for (int i = 0; i < DIRECTORIES; i++)
		if (!open_directory(m->root, directory_names[i], &m->directories[i], err))
			return false;
	start_watching(m);
	return create_targets(m, err) && list_all(m, err);
}

static bool maildir_open(struct mailbox *mailbox, struct error *err)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;

	assert(m->root < 0 && m->count == 0);
	strbuf_init(&m->names, NAMES_MAX_BYTES);
	strbuf_init(&m->raw, m->settings->max_mail_bytes);
	strbuf_init(&m->trouble, 4 * KIB);
	if (!open_all(m, err))
		return error_context(err, "Maildir %s", m->settings->path);
	return true;
}

static void maildir_close(struct mailbox *mailbox)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;

	close_fd(&m->watch);
	close_fd(&m->root);
	for (int i = 0; i < DIRECTORIES; i++)
		close_fd(&m->directories[i]);
	for (int i = 0; i < MAIL_FATES; i++)
		close_fd(&m->targets[i]);
	strbuf_release(&m->names);
	strbuf_release(&m->raw);
	strbuf_release(&m->trouble);
	free(m->entries);
	m->entries = NULL;
	m->count = m->alloc = m->given = 0;
	m->waited = false;
	m->full_at = 0;
}

static void maildir_free(struct mailbox *mailbox)
{
	maildir_close(mailbox);
	free(mailbox);
}

/* --- reading ---------------------------------------------------------------- */

static void set_trouble(struct maildir_mailbox *m, const struct entry *entry, int error)
{
	strbuf_reset(&m->trouble);
	strbuf_add_format(&m->trouble, "%s/%s: %s", directory_names[entry->directory],
			  entry_name(m, entry), strerror(error));
	m->mail.unreadable = m->trouble.buf;
}

static void read_file(struct maildir_mailbox *m, int fd, const struct entry *entry)
{
	ssize_t got = 1;

	if (m->raw.alloc > BUFFER_KEPT_BYTES) {
		strbuf_release(&m->raw);
		strbuf_init(&m->raw, m->settings->max_mail_bytes);
	}
	strbuf_reset(&m->raw);
	/* One byte more than fstat said finds the end without another round. */
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

/* False: there is no such mail (any more). */
static bool read_entry(struct maildir_mailbox *m, const struct entry *entry)
{
	/* Non-blocking, so that a named pipe does not hold us. */
	const int fd = openat(m->directories[entry->directory], entry_name(m, entry),
			      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	m->mail = (struct mail){ .id = (uint32_t)(entry - m->entries) + 1,
				 .name = entry_name(m, entry) };
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
	m->mail.too_large = m->mail.size > m->settings->max_mail_bytes;
	if (!m->mail.too_large)
		read_file(m, fd, entry);
	close(fd);
	return true;
}

/* --- waiting ---------------------------------------------------------------- */

/* Somebody may have put another Maildir in the place of the one that is open. */
static bool still_there(struct maildir_mailbox *m, struct error *err)
{
	struct stat open, now;

	if (fstat(m->root, &open) == 0 && stat(m->settings->path, &now) == 0 &&
	    open.st_dev == now.st_dev && open.st_ino == now.st_ino)
		return true;
	return error_set(err, ERROR_RETRY, "Maildir %s is not the one that was opened",
			 m->settings->path);
}

static void add_event(struct maildir_mailbox *m, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		m->full_at = clock_ms();
	else if (event->len > 0 && !(event->mask & IN_ISDIR) && is_mail_name(event->name))
		add_entry(m, event->name,
			  event->wd == m->watched[DIRECTORY_NEW] ? DIRECTORY_NEW : DIRECTORY_CUR);
}

/* What has come since the last round.  A mail that was in the last listing too
 * is gone meanwhile or, if it was kept, met twice at worst. */
static void take_events(struct maildir_mailbox *m)
{
	char events[4 * KIB] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t got;

	while (m->watch >= 0 && (got = read(m->watch, events, sizeof(events))) > 0)
		for (const char *at = events; at < events + got;) {
			const struct inotify_event *event = (const void *)at;

			add_event(m, event);
			at += sizeof(*event) + event->len;
		}
	sort_entries(m);
}

static bool begin_again(struct maildir_mailbox *m, struct error *err)
{
	if (!m->waited)
		return true;
	m->waited = false;
	forget_round(m);
	take_events(m);
	if ((clock_ms() < m->full_at || m->settings->examine) && m->watch >= 0)
		return true;
	m->full_at = 0;
	forget_round(m);
	return still_there(m, err) && list_all(m, err);
}

static bool maildir_wait(struct mailbox *mailbox, int64_t until, struct error *err)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;
	struct pollfd wanted = { .fd = m->watch, .events = POLLIN };

	m->waited = true;
	if (m->full_at == 0)
		m->full_at = until;
	if (m->full_at < until)
		until = m->full_at;
	if (wait_poll_idle(&wanted, 1, until) >= 0 || errno == ECANCELED)
		return true;
	return error_set(err, ERROR_RETRY, "Maildir %s: %s", m->settings->path, strerror(errno));
}

/* --- in turn ---------------------------------------------------------------- */

static bool maildir_next(struct mailbox *mailbox, const struct mail **mail, struct error *err)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;

	if (!begin_again(m, err))
		return false;
	while (m->given < m->count) {
		if (read_entry(m, &m->entries[m->given++])) {
			*mail = &m->mail;
			return true;
		}
	}
	*mail = NULL;
	return true;
}

/* --- settling --------------------------------------------------------------- */

/* Never over an existing name.  Some network file systems cannot say that in
 * a rename; a link can be made on all of them. */
static int rename_new(int from, const char *name, int to, const char *target)
{
	if (renameat2(from, name, to, target, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return errno;
	if (linkat(from, name, to, target, 0) < 0 || unlinkat(from, name, 0) < 0)
		return errno;
	return 0;
}

static bool settle_entry(struct maildir_mailbox *m, const struct entry *entry, enum mail_fate fate,
			 struct error *err)
{
	const char *name = entry_name(m, entry);
	struct strbuf target;
	int failure = EEXIST;

	if (m->settings->dispositions[fate] == MAILBOX_DELETE) {
		if (unlinkat(m->directories[entry->directory], name, 0) == 0 || errno == ENOENT)
			return true;
		return error_set(err, ERROR_RETRY, "Maildir %s: %s cannot be deleted: %s",
				 m->settings->path, name, strerror(errno));
	}
	strbuf_init(&target, 4 * KIB);
	for (unsigned attempt = 0; failure == EEXIST && attempt < NAME_ATTEMPTS; attempt++) {
		strbuf_reset(&target);
		maildir_settled_name(slice_of(name), fate != MAIL_INVALID, attempt, &target);
		failure = rename_new(m->directories[entry->directory], name, m->targets[fate],
				     target.buf);
	}
	strbuf_release(&target);
	if (failure == 0 || failure == ENOENT)
		return true;
	return error_set(err, ERROR_RETRY, "Maildir %s: %s cannot be moved to %s: %s",
			 m->settings->path, name, mail_fate_folder(fate), strerror(failure));
}

static bool maildir_settle(struct mailbox *mailbox, const struct mail_settlement *settlements,
			   size_t count, struct error *err)
{
	struct maildir_mailbox *m = (struct maildir_mailbox *)mailbox;

	for (size_t i = 0; i < count; i++) {
		const uint32_t id = settlements[i].id;

		if (id == 0 || id > m->given)
			return error_set(err, ERROR_FATAL,
					 "mail %lu is not of this opening of the Maildir",
					 (unsigned long)id);
		if (settlements[i].fate != MAIL_KEEP && !m->settings->examine &&
		    !settle_entry(m, &m->entries[id - 1], settlements[i].fate, err))
			return false;
	}
	return true;
}

struct mailbox *maildir_mailbox_new(const struct maildir_settings *settings)
{
	static const struct mailbox_ops ops = {
		.name = "maildir",
		.open = maildir_open,
		.next = maildir_next,
		.settle = maildir_settle,
		.wait = maildir_wait,
		.close = maildir_close,
		.free = maildir_free,
	};
	struct maildir_mailbox *m = xcalloc(1, sizeof(*m));

	m->mailbox.ops = &ops;
	m->settings = settings;
	m->root = m->watch = -1;
	for (int i = 0; i < DIRECTORIES; i++)
		m->directories[i] = -1;
	for (int i = 0; i < MAIL_FATES; i++)
		m->targets[i] = -1;
	return &m->mailbox;
}
